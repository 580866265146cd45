"""Detached signatures: every kind of key with every hash, checked by OpenSSL's own command."""

import shlex
import subprocess
from itertools import product
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from pipeline.errors import InputError, Refused
from pipeline.keys.image_signature import (
    HashName,
    openssl_command,
    sign_image,
    verify_image,
)
from pipeline.keys.key_files import load_image_public_key, load_image_signing_key, load_signer
from pipeline.keys.new_keys import KeyAlgorithm, create_key_pair

PAIRS = (KeyAlgorithm.ED25519, KeyAlgorithm.P256, KeyAlgorithm.P384, KeyAlgorithm.RSA3072)

IMAGE = bytes(range(256)) * 5
HASHED = (KeyAlgorithm.P256, KeyAlgorithm.P384, KeyAlgorithm.RSA3072)
CASES = [(KeyAlgorithm.ED25519, None), *product(HASHED, (None, *HashName))]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for algorithm in PAIRS:
        create_key_pair(folder / f"{algorithm.value}.pem", algorithm, None)
    return folder


@pytest.mark.parametrize(("algorithm", "hash_name"), CASES)
def test_openssl_accepts_what_we_sign_and_so_do_we(
    keys: Path, tmp_path: Path, algorithm: KeyAlgorithm, hash_name: HashName | None
) -> None:
    key = load_image_signing_key(keys / f"{algorithm.value}.pem", None)
    trust = keys / f"{algorithm.value}.pub.pem"
    image, signature = tmp_path / "image.bin", tmp_path / "image.bin.sig"
    image.write_bytes(IMAGE)
    signature.write_bytes(sign_image(key, IMAGE, hash_name))

    verify_image(load_image_public_key(trust), IMAGE, signature.read_bytes(), hash_name)
    command = openssl_command(key, hash_name, (image, signature, trust))
    subprocess.run(shlex.split(command), check=True, capture_output=True)

    image.write_bytes(IMAGE[:-1] + b"\0")
    assert subprocess.run(shlex.split(command), check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize("algorithm", PAIRS)
def test_every_other_image_key_or_signature_is_refused(
    keys: Path, tmp_path: Path, algorithm: KeyAlgorithm
) -> None:
    key = load_image_signing_key(keys / f"{algorithm.value}.pem", None)
    public = load_image_public_key(keys / f"{algorithm.value}.pub.pem")
    create_key_pair(tmp_path / "other.pem", algorithm, None)
    other = load_image_public_key(tmp_path / "other.pub.pem")
    signature = sign_image(key, IMAGE, None)

    for trusted, image, claimed in (
        (public, IMAGE + b"\0", signature),
        (other, IMAGE, signature),
        (public, IMAGE, signature[:-1]),
        (public, IMAGE, b""),
        (public, IMAGE, bytes(len(signature))),
    ):
        with pytest.raises(Refused):
            verify_image(trusted, image, claimed, None)


def test_another_hash_than_the_signer_used_is_refused_by_name(keys: Path) -> None:
    key = load_image_signing_key(keys / "p256.pem", None)
    public = load_image_public_key(keys / "p256.pub.pem")
    signature = sign_image(key, IMAGE, HashName.SHA256)

    with pytest.raises(Refused, match="ECDSA secp256r1 with sha3-256"):
        verify_image(public, IMAGE, signature, HashName.SHA3_256)


def test_a_hash_for_ed25519_is_refused(keys: Path) -> None:
    with pytest.raises(InputError, match="Ed25519 has its own hash"):
        sign_image(load_image_signing_key(keys / "ed25519.pem", None), IMAGE, HashName.SHA512)


def test_two_rsa_signatures_differ_and_two_ecdsa_signatures_do_not(keys: Path) -> None:
    def sign(name: str) -> bytes:
        return sign_image(load_image_signing_key(keys / name, None), IMAGE, None)

    assert sign("rsa3072.pem") != sign("rsa3072.pem")
    assert sign("p384.pem") == sign("p384.pem")


@pytest.mark.parametrize("name", ["p384.pem", "rsa3072.pem"])
def test_keys_for_images_do_not_sign_update_packages(keys: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"P-256"):
        load_signer(keys / name, None)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (rsa.generate_private_key(65537, 1024), "1024 bits is too short"),  # noqa: S505 (refused)
        (ec.generate_private_key(ec.SECP521R1()), "is not an Ed25519, P-256, P-384 or RSA key"),
        (ed448.Ed448PrivateKey.generate(), "is not an Ed25519, P-256, P-384 or RSA key"),
    ],
    ids=["short-rsa", "p521", "ed448"],
)
def test_weak_and_foreign_keys_are_refused_on_both_sides(
    tmp_path: Path,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey,
    reason: str,
) -> None:
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )

    with pytest.raises(InputError, match=reason):
        load_image_signing_key(private, None)
    with pytest.raises(InputError, match=reason):
        load_image_public_key(public)
