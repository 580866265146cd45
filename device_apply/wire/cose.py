"""COSE_Sign1 (RFC 9052 section 4.2): one signer, payload detached or inside.

The bytes that are signed are defined once, by `sig_structure`; signer and verifier both call it.
"""

from enum import IntEnum, unique
from typing import Final

from device_apply.wire.cbor import CborReader, Tagged, encode

_TAG_SIGN1: Final = 18
_HEADER_ALGORITHM: Final = 1
SIGNATURE_BYTES: Final = 64
"""Both algorithms have signatures of this size: Ed25519, and r and s of P-256 as they are."""


@unique
class CoseAlgorithm(IntEnum):
    """Fully specified signature algorithms (RFC 9864): the number fixes curve and hash."""

    ESP256 = -9
    """ECDSA with P-256 and SHA-256."""
    ED25519 = -19
    """EdDSA with curve Ed25519."""

    @property
    def label(self) -> str:
        """The name for people."""
        return {CoseAlgorithm.ESP256: "ESP256", CoseAlgorithm.ED25519: "Ed25519"}[self]


def sig_structure(algorithm: CoseAlgorithm, payload: bytes, context: bytes = b"") -> bytes:
    """Return the bytes to sign: `["Signature1", protected, context, payload]` (RFC 9052, 4.4)."""
    return encode(["Signature1", _protected(algorithm), context, payload])


def sign1_to_bytes(algorithm: CoseAlgorithm, signature: bytes) -> bytes:
    """Encode a COSE_Sign1 with detached payload and nothing in its unprotected header."""
    return encode(Tagged(_TAG_SIGN1, [_protected(algorithm), {}, None, signature]))


def attached_sign1_to_bytes(algorithm: CoseAlgorithm, payload: bytes, signature: bytes) -> bytes:
    """Encode a COSE_Sign1 that holds its payload, with nothing in its unprotected header."""
    return encode(Tagged(_TAG_SIGN1, [_protected(algorithm), {}, payload, signature]))


def sign1_from_bytes(data: bytes) -> tuple[CoseAlgorithm, bytes]:
    """Decode what `sign1_to_bytes` writes.

    An unprotected header is refused, since nothing protects it.

    Raises:
        device_apply.errors.FormatError: any other form, algorithm or signature size.
    """
    reader = CborReader(data, "signature")
    algorithm = _read_headers(reader)
    reader.null()
    return algorithm, _read_signature(reader)


def attached_sign1_from_bytes(data: bytes) -> tuple[CoseAlgorithm, bytes, bytes]:
    """Decode what `attached_sign1_to_bytes` writes: algorithm, payload, signature.

    Raises:
        device_apply.errors.FormatError: any other form, algorithm or signature size.
    """
    reader = CborReader(data, "signature")
    algorithm = _read_headers(reader)
    payload = reader.byte_string()
    return algorithm, payload, _read_signature(reader)


def _read_headers(reader: CborReader) -> CoseAlgorithm:
    reader.tag(_TAG_SIGN1)
    reader.array(4)
    algorithm = _algorithm(reader.byte_string())
    reader.map(0)
    return algorithm


def _read_signature(reader: CborReader) -> bytes:
    signature = reader.byte_string()
    reader.end()
    if len(signature) != SIGNATURE_BYTES:
        raise reader.malformed(
            f"a signature has {SIGNATURE_BYTES} bytes, this has {len(signature)}"
        )
    return signature


def _protected(algorithm: CoseAlgorithm) -> bytes:
    return encode({_HEADER_ALGORITHM: algorithm.value})


def _algorithm(protected: bytes) -> CoseAlgorithm:
    reader = CborReader(protected, "signature's protected header")
    reader.map(1)
    reader.literal(_HEADER_ALGORITHM)
    number = reader.integer()
    reader.end()
    try:
        return CoseAlgorithm(number)
    except ValueError as error:
        known = ", ".join(f"{algorithm.label} {algorithm.value}" for algorithm in CoseAlgorithm)
        raise reader.malformed(f"unknown algorithm {number} (known: {known})") from error
