"""Reading keys from files: `KEY.pem` to sign with, `KEY.pub.pem` for devices to trust.

Private keys are PKCS#8 in PEM, readable for their owner alone, and encrypted unless the caller
decides otherwise. Public keys are SubjectPublicKeyInfo in PEM. Both are what OpenSSL reads.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from device_apply.trust import PublicKey
from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.keys.image_signature import MIN_RSA_BITS, ImagePrivateKey, ImagePublicKey
from pipeline.keys.signer import LocalSigner, PrivateKey

# Keys of the supported kinds take a few hundred bytes; comments may stand in front of them.
_MAX_KEY_FILE_BYTES: Final = 64 * 1024
_OTHERS: Final = 0o077
_PUBLIC_LABEL: Final = b"-----BEGIN PUBLIC KEY-----"
_NEW_KEY: Final = "make one with `airdelta keys new`"
_IMAGE_CURVES: Final = (ec.SECP256R1.name, ec.SECP384R1.name)
_NOT_FOR_IMAGES: Final = f"is not an Ed25519, P-256, P-384 or RSA key: {_NEW_KEY}"


def load_signer(path: Path, passphrase: bytes | None) -> LocalSigner:
    """Load a private key that signs update packages.

    A passphrase that it does not need is ignored.

    Raises:
        InputError: no private key of a supported kind, readable for others, or the passphrase is
            wrong or missing.
        EnvironmentProblem: the system does not let it be read.
    """
    key = load_private_key(path, passphrase)
    if not isinstance(key, PrivateKey):
        raise InputError(f"{path}: is neither an Ed25519, P-256 nor ML-DSA key: {_NEW_KEY}")
    try:
        return LocalSigner(key)
    except ValueError as problem:
        raise InputError(f"{path}: {problem}: {_NEW_KEY}") from problem


def load_image_signing_key(path: Path, passphrase: bytes | None) -> ImagePrivateKey:
    """Load a private key that signs image files: Ed25519, P-256, P-384 or RSA.

    Raises:
        InputError: as `load_signer`, or an RSA key is too short.
        EnvironmentProblem: the system does not let it be read.
    """
    key = load_private_key(path, passphrase)
    if not isinstance(key, ImagePrivateKey):
        raise InputError(f"{path}: {_NOT_FOR_IMAGES}")
    _check_strength(path, key)
    return key


def load_image_public_key(path: Path) -> ImagePublicKey:
    """Load the public key that verifies signatures of image files.

    Raises:
        InputError: no public key of a supported kind, or an RSA key is too short.
        EnvironmentProblem: the system does not let it be read.
    """
    try:
        key = serialization.load_pem_public_key(_read_public_key(path))
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise InputError(f"{path}: is damaged, or of an unknown kind: {_NEW_KEY}") from problem
    if not isinstance(key, ImagePublicKey):
        raise InputError(f"{path}: {_NOT_FOR_IMAGES}")
    _check_strength(path, key)
    return key


def _check_strength(path: Path, key: ImagePrivateKey | ImagePublicKey) -> None:
    match key:
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey() if key.key_size < MIN_RSA_BITS:
            raise InputError(
                f"{path}: an RSA key of {key.key_size} bits is too short, take {MIN_RSA_BITS}"
            )
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey():
            if key.curve.name not in _IMAGE_CURVES:
                raise InputError(f"{path}: {_NOT_FOR_IMAGES}")
        case _:
            pass


def load_private_key(path: Path, passphrase: bytes | None) -> PrivateKeyTypes:
    """Load a private key of any kind, readable for its owner alone.

    Raises:
        InputError: no private key, readable for others, or the passphrase is wrong or missing.
        EnvironmentProblem: the system does not let it be read.
    """
    pem = _read_private_key(path)
    refuse_access_for_others(path)
    encrypted = _is_encrypted(pem)
    if encrypted and not passphrase:
        raise InputError(
            f"{path}: is protected by a passphrase: give it with --passphrase-file"
            " or AIRDELTA_PASSPHRASE"
        )
    try:
        return serialization.load_pem_private_key(pem, passphrase if encrypted else None)
    except (ValueError, InternalError) as problem:
        # InternalError: parameters of the encryption that no writer would choose.
        reason = "wrong passphrase, or the file is damaged" if encrypted else "the file is damaged"
        raise InputError(f"{path}: {reason}") from problem
    except UnsupportedAlgorithm as problem:
        raise InputError(f"{path}: a key of this kind is not supported: {_NEW_KEY}") from problem


def is_public_key(path: Path) -> bool:
    """Whether a key file holds a public key.

    Raises:
        InputError: there is no such file.
        EnvironmentProblem: the system does not let it be read.
    """
    return _PUBLIC_LABEL in read_input_file(path, "key", _MAX_KEY_FILE_BYTES)


def private_key_is_encrypted(path: Path) -> bool:
    """Whether `load_signer` needs a passphrase for this file.

    Raises:
        InputError: there is no private key in it.
        EnvironmentProblem: the system does not let it be read.
    """
    return _is_encrypted(_read_private_key(path))


def load_public_key(path: Path) -> PublicKey:
    """Load a public key for devices to trust.

    Raises:
        InputError: no public key of a supported kind.
        EnvironmentProblem: the system does not let it be read.
    """
    pem = _read_public_key(path)
    try:
        return PublicKey.from_pem(pem)
    except ValueError as problem:
        raise InputError(
            f"{path}: is no public key that verifies packages, or damaged: {_NEW_KEY}"
        ) from problem


def _read_public_key(path: Path) -> bytes:
    pem = read_input_file(path, "public key", _MAX_KEY_FILE_BYTES)
    if b"PRIVATE KEY-----" in pem:
        raise InputError(
            f"{path}: is a private key, which must not leave its place: give the public one,"
            f" as in {public_path_of(path).name}"
        )
    if _PUBLIC_LABEL not in pem:
        raise InputError(f"{path}: is not a public key in PEM: give the KEY.pub.pem of a key pair")
    return pem


def public_path_of(path: Path) -> Path:
    """Return where the public half of a private key file lies."""
    return path.with_name(path.name.removesuffix(".pem") + ".pub.pem")


def _read_private_key(path: Path) -> bytes:
    pem = read_input_file(path, "private key", _MAX_KEY_FILE_BYTES)
    if _PUBLIC_LABEL in pem:
        raise InputError(f"{path}: is a public key: signing needs the private one beside it")
    if b"PRIVATE KEY-----" not in pem:
        raise InputError(f"{path}: is not a private key in PEM: {_NEW_KEY}")
    return pem


def _is_encrypted(pem: bytes) -> bool:
    """PKCS#8 says so in its label (RFC 7468), the older form in a header (RFC 1421)."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem or b"Proc-Type: 4,ENCRYPTED" in pem


def refuse_access_for_others(path: Path) -> None:
    """Require that a file with a secret is its owner's alone.

    Raises:
        InputError: others can read it.
    """
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise InputError(f"{path}: others can read this private key: run `chmod 600 {path}`")
