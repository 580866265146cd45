"""An authorisation to roll back: the vendor lets devices of one class go back to one older image.

Without it a device refuses an image with a lower security counter. It is a COSE_Sign1 of its own,
with its claims inside, in the head of the package that holds the older image, and can be made long
after that package was signed. Bytes: SPEC.md section 7. Reasons: ADR-0008.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, CborValue, encode
from device_apply.wire.cose import (
    CoseAlgorithm,
    attached_sign1_from_bytes,
    attached_sign1_to_bytes,
    sig_structure,
)
from device_apply.wire.suit import read_suit_digest, suit_digest

MAX_U32: Final = 2**32 - 1
IDENTIFIER_BYTES: Final = 16
DEVICE_ID_BYTES: Final = 16
_CONTEXT: Final = b"airdelta rollback 1"
"""Additional data of the signature: no signature of a manifest is one of an authorisation."""

_CLASS, _IMAGE, _COUNTER, _REPLACED, _DEVICE = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackClaims:
    """Who may go back, and to what."""

    class_id: bytes
    image_digest: bytes
    """SHA-256 of the image that may run again."""
    image_counter: int
    """Its security counter, which becomes the device's when it is confirmed."""
    highest_replaced_counter: int
    """Devices whose counter is higher refuse: later releases end what was authorised once."""
    device_id: bytes | None = None
    """16 bytes: only this device. None: every device of the class."""

    def to_bytes(self) -> bytes:
        """Encode; `RollbackClaims.from_bytes(c.to_bytes()) == c` for all claims."""
        claims: dict[int, CborValue] = {
            _CLASS: self.class_id,
            _IMAGE: suit_digest(self.image_digest),
            _COUNTER: self.image_counter,
            _REPLACED: self.highest_replaced_counter,
        }
        if self.device_id is not None:
            claims[_DEVICE] = self.device_id
        return encode(claims)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode claims of exactly this form.

        Raises:
            FormatError: anything else.
        """
        reader = CborReader(data, "rollback authorisation's claims")
        has_device = reader.map_header() == _DEVICE
        device_class = _read_bytes(reader, _CLASS, IDENTIFIER_BYTES)
        reader.literal(_IMAGE)
        wrapped = CborReader(reader.byte_string(), "rollback authorisation's digest")
        digest = read_suit_digest(wrapped)
        reader.literal(_COUNTER)
        image_counter = reader.unsigned(MAX_U32)
        reader.literal(_REPLACED)
        claims = cls(
            class_id=device_class,
            image_digest=digest,
            image_counter=image_counter,
            highest_replaced_counter=reader.unsigned(MAX_U32),
            device_id=_read_bytes(reader, _DEVICE, DEVICE_ID_BYTES) if has_device else None,
        )
        if claims.to_bytes() != data:
            raise FormatError("rollback authorisation: encoding differs from the profile")
        return claims


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackAuthorisation:
    """Signed claims."""

    claims: RollbackClaims
    algorithm: CoseAlgorithm
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """What `signature` signs."""
        return rollback_signed_bytes(self.claims, self.algorithm)

    def to_bytes(self) -> bytes:
        """Encode; `from_bytes(a.to_bytes()) == a`."""
        return attached_sign1_to_bytes(self.algorithm, self.claims.to_bytes(), self.signature)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode. The signature is not verified here.

        Raises:
            FormatError: any other form.
        """
        algorithm, payload, signature = attached_sign1_from_bytes(data)
        claims = RollbackClaims.from_bytes(payload)
        return cls(claims=claims, algorithm=algorithm, signature=signature)


def rollback_signed_bytes(claims: RollbackClaims, algorithm: CoseAlgorithm) -> bytes:
    """Return what a signer signs."""
    return sig_structure(algorithm, claims.to_bytes(), _CONTEXT)


def _read_bytes(reader: CborReader, key: int, size: int) -> bytes:
    reader.literal(key)
    data = reader.byte_string()
    if len(data) != size:
        raise reader.malformed(f"{size} bytes are wanted, not {len(data)}")
    return data
