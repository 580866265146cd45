"""A signed image: what runs under secure boot carries its own signature. Bytes: SPEC.md section 6.

The signature is part of the image, so deltas are made between signed images and an update needs no
second signature on the air. The device's side is `airdelta_secure_boot.h`.
"""

import hashlib
from struct import Struct
from typing import Final

from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm

_HEAD: Final = Struct("<4sIIi")
_MAGIC: Final = b"ADSI"
_CONTEXT: Final = b"airdelta image 1"
TRAILER_BYTES: Final = _HEAD.size + SIGNATURE_BYTES


def with_trailer_head(code: bytes, security_counter: int, algorithm: CoseAlgorithm) -> bytes:
    """Return the image up to its signature: the code and what the trailer says of it."""
    return code + _HEAD.pack(_MAGIC, len(code), security_counter, algorithm)


def signed_bytes(unsigned_image: bytes) -> bytes:
    """Return what a signer signs for an image that lacks nothing but its signature."""
    return _CONTEXT + hashlib.sha256(unsigned_image).digest()
