"""Making keys: `KEY.pem` to sign or decrypt with, `KEY.pub.pem` to trust or to encrypt for.

Private keys are PKCS#8 in PEM, readable for their owner alone, and encrypted unless the caller
decides otherwise. A shared AES key is one file of 32 hex digits, for its owner alone.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

from pipeline.errors import EnvironmentProblem, InputError
from pipeline.keys.image_signature import ImagePrivateKey
from pipeline.keys.key_files import public_path_of
from pipeline.keys.lms_key import LmsKey, create_lms_files
from pipeline.keys.pkcs8_encryption import encrypted_pkcs8_pem
from pipeline.keys.signer import PrivateKey

_OWNER_ONLY: Final = 0o600
_SHARED_KEY_BYTES: Final = 16


@unique
class KeyAlgorithm(StrEnum):
    """The kinds of key, by the names that the command line uses."""

    ED25519 = "ed25519"
    P256 = "p256"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"
    P384 = "p384"
    """Signs images, not update packages."""
    RSA3072 = "rsa3072"
    """Signs images, not update packages."""
    HSS_LMS = "hss-lms"
    """Stateful: a file of its own form (`lms_key`)."""
    A128 = "a128"
    """Signs nothing: a key that vendor and devices share, to encrypt for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPairFiles:
    """Where the two halves of a key pair are."""

    private_path: Path
    public_path: Path


def create_key_pair(path: Path, algorithm: KeyAlgorithm, passphrase: bytes | None) -> KeyPairFiles:
    """Make a key pair: the private key at `path`, the public one beside it.

    Without a passphrase the private key is stored as it is.

    Raises:
        InputError: one of the files exists, its folder does not, or the passphrase is empty.
        EnvironmentProblem: a file cannot be written. In either case neither file is left behind.
        ValueError: it is no algorithm of pairs.
    """
    if passphrase is not None and not passphrase:
        raise InputError(f"{path}: the passphrase is empty: choose one, or none at all")
    files = KeyPairFiles(private_path=path, public_path=public_path_of(path))
    if algorithm not in _GENERATORS:
        raise ValueError(f"{algorithm.value}: is no algorithm of key pairs in PEM")
    key = _GENERATORS[algorithm]()
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_pem = _private_pem(key, passphrase)
    _write_all(
        {files.private_path: (private_pem, _OWNER_ONLY), files.public_path: (public_pem, 0o644)}
    )
    return files


def create_shared_key(path: Path) -> Path:
    """Make an AES key that vendor and devices share, at `path`, and return that.

    Raises:
        InputError: the file exists, or its folder does not.
        EnvironmentProblem: it cannot be written.
    """
    content = os.urandom(_SHARED_KEY_BYTES).hex().encode() + b"\n"
    _write_all({path: (content, _OWNER_ONLY)})
    return path


def create_lms_key(path: Path, key: LmsKey, passphrase: bytes | None, witnesses: Path) -> Path:
    """Write a stateful key with its state and its witness; return where the public key is.

    Raises:
        InputError: one of the files exists, or the key's folder does not.
        EnvironmentProblem: a file cannot be written. In either case no file is left behind.
    """
    witnesses.mkdir(parents=True, exist_ok=True)
    files = dict(create_lms_files(path, key, passphrase, witnesses))
    public_path = path.with_name(path.name.removesuffix(".lms") + ".pub.pem")
    files[public_path] = (key.public_key.to_pem(), 0o644)
    _write_all(files)
    return public_path


def _write_all(files: Mapping[Path, tuple[bytes, int]]) -> None:
    with ExitStack() as undo:
        for path, (data, mode) in files.items():
            _write_new(path, data, mode, undo)
        undo.pop_all()


_GENERATORS: Final[Mapping[KeyAlgorithm, Callable[[], ImagePrivateKey | PrivateKey]]] = {
    KeyAlgorithm.ED25519: ed25519.Ed25519PrivateKey.generate,
    KeyAlgorithm.P256: lambda: ec.generate_private_key(ec.SECP256R1()),
    KeyAlgorithm.P384: lambda: ec.generate_private_key(ec.SECP384R1()),
    KeyAlgorithm.RSA3072: lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072),
    KeyAlgorithm.ML_DSA_44: mldsa.MLDSA44PrivateKey.generate,
    KeyAlgorithm.ML_DSA_65: mldsa.MLDSA65PrivateKey.generate,
    KeyAlgorithm.ML_DSA_87: mldsa.MLDSA87PrivateKey.generate,
}


def _private_pem(key: ImagePrivateKey | PrivateKey, passphrase: bytes | None) -> bytes:
    encoding = serialization.Encoding.PEM if passphrase is None else serialization.Encoding.DER
    data = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return data if passphrase is None else encrypted_pkcs8_pem(data, passphrase)


def _write_new(path: Path, data: bytes, mode: int, undo: ExitStack) -> None:
    """Write a file that must not exist, and register its removal in case a later step fails."""
    try:
        # The mode is given here, not set afterwards, so at no moment can others read it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        undo.callback(path.unlink)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as problem:
        raise InputError(
            f"{path}: exists, and keys are not overwritten: choose another name, or move it away"
        ) from problem
    except FileNotFoundError as problem:
        raise InputError(f"{path}: its folder does not exist: create it first") from problem
    except OSError as problem:
        raise EnvironmentProblem(f"{path}: cannot be written ({problem.strerror})") from problem
