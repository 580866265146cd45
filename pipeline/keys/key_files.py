"""Key pairs in files: `KEY.pem` to sign with, `KEY.pub.pem` for devices to trust.

Private keys are PKCS#8 in PEM, readable for their owner alone, and encrypted unless the caller
decides otherwise. Public keys are SubjectPublicKeyInfo in PEM. Both are what OpenSSL reads.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Final

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from device_apply.trust import PublicKey
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.input_files import read_input_file
from pipeline.keys.image_signature import MIN_RSA_BITS, ImagePrivateKey, ImagePublicKey
from pipeline.keys.pkcs8_encryption import encrypted_pkcs8_pem
from pipeline.keys.signer import LocalSigner, PrivateKey

# Keys of the supported kinds take a few hundred bytes; comments may stand in front of them.
_MAX_KEY_FILE_BYTES: Final = 64 * 1024
_OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077
_NEW_KEY: Final = "make one with `airdelta keys new`"
_IMAGE_CURVES: Final = (ec.SECP256R1.name, ec.SECP384R1.name)
_NOT_FOR_IMAGES: Final = f"is not an Ed25519, P-256, P-384 or RSA key: {_NEW_KEY}"


@unique
class KeyAlgorithm(StrEnum):
    """The kinds of key, by the names that the command line uses."""

    ED25519 = "ed25519"
    P256 = "p256"
    P384 = "p384"
    """Signs images, not update packages."""
    RSA3072 = "rsa3072"
    """Signs images, not update packages."""


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
    """
    if passphrase is not None and not passphrase:
        raise InputError(f"{path}: the passphrase is empty: choose one, or none at all")
    files = KeyPairFiles(private_path=path, public_path=public_path_of(path))
    key = _generate(algorithm)
    public_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    contents = (
        (files.private_path, _private_pem(key, passphrase), _OWNER_ONLY),
        (files.public_path, public_pem, 0o644),
    )
    with ExitStack() as undo:
        for file, data, mode in contents:
            _write_new(file, data, mode, undo)
        undo.pop_all()
    return files


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
        raise InputError(f"{path}: is neither an Ed25519 nor a P-256 key: {_NEW_KEY}")
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
            f"{path}: is not an Ed25519 or P-256 public key, or damaged: {_NEW_KEY}"
        ) from problem


def _read_public_key(path: Path) -> bytes:
    pem = read_input_file(path, "public key", _MAX_KEY_FILE_BYTES)
    if b"PRIVATE KEY-----" in pem:
        raise InputError(
            f"{path}: is a private key, which must not leave its place: give the public one,"
            f" as in {public_path_of(path).name}"
        )
    if b"-----BEGIN PUBLIC KEY-----" not in pem:
        raise InputError(f"{path}: is not a public key in PEM: give the KEY.pub.pem of a key pair")
    return pem


def public_path_of(path: Path) -> Path:
    """Return where the public half of a private key file lies."""
    return path.with_name(path.name.removesuffix(".pem") + ".pub.pem")


def _generate(algorithm: KeyAlgorithm) -> ImagePrivateKey:
    match algorithm:
        case KeyAlgorithm.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case KeyAlgorithm.P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyAlgorithm.P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyAlgorithm.RSA3072:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _private_pem(key: ImagePrivateKey, passphrase: bytes | None) -> bytes:
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


def _read_private_key(path: Path) -> bytes:
    pem = read_input_file(path, "private key", _MAX_KEY_FILE_BYTES)
    if b"-----BEGIN PUBLIC KEY-----" in pem:
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
