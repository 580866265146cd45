"""A key change: the current key signs which key comes next. Bytes: SPEC.md section 10.

A device takes it only from the key that it believes now, and only with the next number, so a key
that was left behind can bring nobody back. The device's side is `airdelta_key_ring.h`.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, encode
from device_apply.wire.cose import (
    CoseAlgorithm,
    attached_sign1_from_bytes,
    attached_sign1_to_bytes,
    sig_structure,
)
from device_apply.wire.delivery import MAX_U32
from device_apply.wire.manifest import IDENTIFIER_BYTES

_CONTEXT: Final = b"airdelta key change 1"
_VENDOR, _NUMBER, _ALGORITHM, _KEY = range(1, 5)
KEY_BYTES: Final = {CoseAlgorithm.ED25519: 32, CoseAlgorithm.ESP256: 64}
"""What devices keep of a key: as it is, or x and y of P-256. Others do not fit their record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """The claims: which key devices of a vendor believe from now on."""

    vendor_id: bytes
    number: int
    """One more than that of the key that signs."""
    algorithm: CoseAlgorithm
    key: bytes

    def to_bytes(self) -> bytes:
        """Encode; `from_bytes(c.to_bytes()) == c`."""
        return encode(
            {
                _VENDOR: self.vendor_id,
                _NUMBER: self.number,
                _ALGORITHM: self.algorithm,
                _KEY: self.key,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode claims of exactly this form.

        Raises:
            FormatError: anything else.
        """
        reader = CborReader(data, "key change")
        reader.map(_KEY)
        reader.literal(_VENDOR)
        vendor_id = _sized(reader, IDENTIFIER_BYTES)
        reader.literal(_NUMBER)
        number = reader.unsigned(MAX_U32)
        reader.literal(_ALGORITHM)
        named = reader.integer()
        algorithm = next((each for each in KEY_BYTES if each == named), None)
        if algorithm is None:
            raise reader.malformed(f"algorithm {named} is none that devices keep a key of")
        reader.literal(_KEY)
        key = _sized(reader, KEY_BYTES[algorithm])
        reader.end()
        return cls(vendor_id=vendor_id, number=number, algorithm=algorithm, key=key)


def key_change_signed_bytes(change: KeyChange, algorithm: CoseAlgorithm) -> bytes:
    """Return what the current key signs; `algorithm` is that key's."""
    return sig_structure(algorithm, change.to_bytes(), _CONTEXT)


def signed_key_change(change: KeyChange, algorithm: CoseAlgorithm, signature: bytes) -> bytes:
    """Return the message for devices: a COSE_Sign1 with the claims inside."""
    return attached_sign1_to_bytes(algorithm, change.to_bytes(), signature)


def read_key_change(message: bytes) -> tuple[KeyChange, CoseAlgorithm, bytes]:
    """Decode a message: claims, algorithm and signature, which is not verified here.

    Raises:
        FormatError: any other form.
    """
    algorithm, claims, signature = attached_sign1_from_bytes(message)
    return KeyChange.from_bytes(claims), algorithm, signature


def _sized(reader: CborReader, size: int) -> bytes:
    data = reader.byte_string()
    if len(data) != size:
        raise FormatError(f"key change: {size} bytes are wanted, not {len(data)}")
    return data
