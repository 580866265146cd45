import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from pipeline.keys.pkcs8_encryption import encrypted_pkcs8_pem
from pipeline.keys.signer import PrivateKey

PASSPHRASE = "grüße aus dem Netz".encode()
KEYS: dict[str, PrivateKey] = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "p256": ec.generate_private_key(ec.SECP256R1()),
}


def der(key: serialization.PrivateFormat | PrivateKey) -> bytes:
    assert isinstance(key, PrivateKey)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("name", KEYS)
def test_the_passphrase_and_no_other_gives_the_key_back(name: str) -> None:
    pem = encrypted_pkcs8_pem(der(KEYS[name]), PASSPHRASE)

    loaded = serialization.load_pem_private_key(pem, PASSPHRASE)

    assert isinstance(loaded, PrivateKey)
    assert der(loaded) == der(KEYS[name])
    for wrong in (PASSPHRASE + b"x", PASSPHRASE[:-1], b"x"):
        with pytest.raises(ValueError, match="password"):
            serialization.load_pem_private_key(pem, wrong)


def test_every_encryption_has_its_own_salt_and_iv() -> None:
    secret = der(KEYS["ed25519"])

    assert encrypted_pkcs8_pem(secret, PASSPHRASE) != encrypted_pkcs8_pem(secret, PASSPHRASE)


@pytest.mark.parametrize("size", [1, 15, 16, 100, 127, 128, 255, 256, 70_000])
def test_contents_of_any_size_are_well_formed(tmp_path: Path, size: int) -> None:
    """Lengths from 128 on take more bytes in DER; OpenSSL reads them all."""
    openssl = require_openssl()
    path = tmp_path / "key.pem"
    path.write_bytes(encrypted_pkcs8_pem(bytes(size), PASSPHRASE))

    listing = run(openssl, "asn1parse", "-in", str(path))

    assert "scrypt" in listing
    assert "aes-256-cbc" in listing


@pytest.mark.parametrize("name", KEYS)
def test_openssl_reads_the_key(tmp_path: Path, name: str) -> None:
    openssl = require_openssl()
    path = tmp_path / "key.pem"
    path.write_bytes(encrypted_pkcs8_pem(der(KEYS[name]), PASSPHRASE))
    passphrase_file = tmp_path / "passphrase"
    passphrase_file.write_bytes(PASSPHRASE)

    public = run(openssl, "pkey", "-in", str(path), "-passin", f"file:{passphrase_file}", "-pubout")

    expected = (
        KEYS[name]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert public == expected.decode()


def require_openssl() -> str:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the system package openssl")
    return openssl


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
