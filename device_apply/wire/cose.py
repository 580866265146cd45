"""COSE_Sign1 (RFC 9052 section 4.2): one signer, payload detached or inside.

The bytes that are signed are defined once, by `sig_structure`; signer and verifier both call it.
"""

from enum import IntEnum, unique
from typing import Final

from device_apply.wire.cbor import CborReader, Tagged, encode

_TAG_SIGN1: Final = 18
_HEADER_ALGORITHM: Final = 1
SIGNATURE_BYTES: Final = 64
"""Of Ed25519, and of r and s of P-256 as they are: what a signed image's trailer has room for."""
MAX_SIGNATURE_BYTES: Final = 4627
"""Of ML-DSA-87; those of HSS/LMS are as long as their parameters make them, up to this."""


@unique
class CoseAlgorithm(IntEnum):
    """Fully specified signature algorithms (RFC 9864): the number fixes curve and hash."""

    ESP256 = -9
    """ECDSA with P-256 and SHA-256."""
    ED25519 = -19
    """EdDSA with curve Ed25519."""
    HSS_LMS = -46
    """Stateful hash-based signatures (RFC 8554, RFC 8778), SHA-256, one level."""
    ML_DSA_44 = -48
    """Lattice signatures (FIPS 204, RFC 9964), as are the next two."""
    ML_DSA_65 = -49
    ML_DSA_87 = -50

    @property
    def label(self) -> str:
        """The name for people."""
        if self is CoseAlgorithm.ED25519:
            return "Ed25519"
        return self.name.replace("_", "-")

    @property
    def signature_bytes(self) -> int | None:
        """Bytes of a signature; None if its parameters decide."""
        return _SIGNATURE_BYTES.get(self)


_SIGNATURE_BYTES: Final = {
    CoseAlgorithm.ESP256: SIGNATURE_BYTES,
    CoseAlgorithm.ED25519: SIGNATURE_BYTES,
    CoseAlgorithm.ML_DSA_44: 2420,
    CoseAlgorithm.ML_DSA_65: 3309,
    CoseAlgorithm.ML_DSA_87: MAX_SIGNATURE_BYTES,
}


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
    return algorithm, _read_signature(reader, algorithm)


def attached_sign1_from_bytes(data: bytes) -> tuple[CoseAlgorithm, bytes, bytes]:
    """Decode what `attached_sign1_to_bytes` writes: algorithm, payload, signature.

    Raises:
        device_apply.errors.FormatError: any other form, algorithm or signature size.
    """
    reader = CborReader(data, "signature")
    algorithm = _read_headers(reader)
    payload = reader.byte_string()
    return algorithm, payload, _read_signature(reader, algorithm)


def _read_headers(reader: CborReader) -> CoseAlgorithm:
    reader.tag(_TAG_SIGN1)
    reader.array(4)
    algorithm = _algorithm(reader.byte_string())
    reader.map(0)
    return algorithm


def _read_signature(reader: CborReader, algorithm: CoseAlgorithm) -> bytes:
    signature = reader.byte_string()
    reader.end()
    expected = algorithm.signature_bytes
    if expected is None and 0 < len(signature) <= MAX_SIGNATURE_BYTES:
        return signature
    if len(signature) != expected:
        raise reader.malformed(
            f"a signature of {algorithm.label} has {expected or 'some'} bytes,"
            f" this has {len(signature)}"
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
