"""Keys that a payload can be encrypted for, read from files.

A P-256 public key in PEM (ECDH-ES + A128KW): only the device has the private half. Or a file of 32
hex digits, a key that vendor and devices share (A128KW): small, and as secret as a private key.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_apply.key_agreement import public_key_id, shared_key_id
from device_apply.wire.encryption import CONTENT_KEY_BYTES
from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.keys.key_files import refuse_access_for_others

_MAX_KEY_FILE_BYTES: Final = 64 * 1024
_PEM: Final = b"-----BEGIN"
_MAKE_ONE: Final = "make one with `airdelta keys new KEY --algorithm p256` or `a128`"


@dataclass(frozen=True, slots=True)
class SharedKey:
    """16 bytes that vendor and devices have."""

    key: bytes

    @property
    def key_id(self) -> bytes:
        """Its name in a package."""
        return shared_key_id(self.key)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The public half of a key that only devices have."""

    key: ec.EllipticCurvePublicKey

    @property
    def key_id(self) -> bytes:
        """Its name in a package."""
        return public_key_id(self.key)


RecipientKey: TypeAlias = SharedKey | DeviceKey


def load_recipient(path: Path) -> RecipientKey:
    """Read the key that `--encrypt-to` names.

    Raises:
        InputError: no such key, or a shared key that others can read.
        pipeline.errors.EnvironmentProblem: the system does not let it be read.
    """
    if not is_pem(path):
        return read_shared_key(path)
    data = _read(path)
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise InputError(
            f"{path}: is no public key: give the device's KEY.pub.pem, or {_MAKE_ONE}"
        ) from problem
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != ec.SECP256R1.name:
        raise InputError(f"{path}: is not on P-256, which encryption needs: {_MAKE_ONE}")
    return DeviceKey(key)


def is_pem(path: Path) -> bool:
    """Whether a key file is PEM; if not, it holds a shared key.

    Raises:
        InputError: there is no such file.
        pipeline.errors.EnvironmentProblem: the system does not let it be read.
    """
    return _PEM in _read(path)


def read_shared_key(path: Path) -> SharedKey:
    """Read a shared key's file: 32 hex digits.

    Raises:
        InputError: another form, or others can read it.
        pipeline.errors.EnvironmentProblem: the system does not let it be read.
    """
    refuse_access_for_others(path)
    try:
        key = bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError as problem:
        raise InputError(f"{path}: is neither PEM nor hex digits: {_MAKE_ONE}") from problem
    if len(key) != CONTENT_KEY_BYTES:
        raise InputError(f"{path}: {len(key)} bytes, a shared key has {CONTENT_KEY_BYTES}")
    return SharedKey(key)


def _read(path: Path) -> bytes:
    return read_input_file(path, "key", _MAX_KEY_FILE_BYTES)
