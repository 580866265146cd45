"""ESP32 application images: header, segments, checksum, digest, signature sectors.

Source: ESP-IDF documentation, "App Image Format", and esptool's "Firmware Image Format"; Secure
Boot v2's signature block from ESP-IDF, "Secure Boot v2".
"""

import hashlib
from functools import reduce
from operator import xor
from struct import Struct
from typing import Final

from pipeline.images.container import Container, ContainerKind

MAGIC: Final = 0xE9
_HEADER: Final = Struct("<BBBBI16s")
_SEGMENT: Final = Struct("<II")
_MAX_SEGMENTS: Final = 16
_CHECKSUM_SEED: Final = 0xEF
_CHECKSUM_ALIGNMENT: Final = 16
_DIGEST_BYTES: Final = 32
_SIGNATURE_MAGIC: Final = 0xE7
_SECTOR_BYTES: Final = 4096
# The application descriptor is the first thing in the first segment: magic, then the version as a
# string of 32 bytes at offset 16.
_DESCRIPTOR_MAGIC: Final = bytes.fromhex("3254cdab")
_VERSION_OFFSET: Final = 16
_VERSION_BYTES: Final = 32


def find_esp_container(data: bytes) -> Container | None:
    """Return the ESP32 container that `data` begins with, or None.

    One byte of magic is too little to accuse a file of being damaged: whatever does not hold
    together, checksum and digest included, is taken for a raw binary.
    """
    if len(data) < _HEADER.size or data[0] != MAGIC:
        return None
    _, segment_count, *_, extended = _HEADER.unpack_from(data)
    end = _checked_end(data, segment_count) if 0 < segment_count <= _MAX_SEGMENTS else None
    if end is None:
        return None
    if extended[-1] == 1:
        if hashlib.sha256(data[:end]).digest() != data[end : end + _DIGEST_BYTES]:
            return None
        end += _DIGEST_BYTES
    return Container(kind=ContainerKind.ESP, size=_signed_end(data, end), version=_version(data))


def _checked_end(data: bytes, segment_count: int) -> int | None:
    """Return where the checksum of all segments ends, or None if it does not hold."""
    position, checksum = _HEADER.size, _CHECKSUM_SEED
    for _ in range(segment_count):
        if position + _SEGMENT.size > len(data):
            return None
        _, length = _SEGMENT.unpack_from(data, position)
        position += _SEGMENT.size
        if position + length > len(data):
            return None
        checksum = reduce(xor, data[position : position + length], checksum)
        position += length
    end = (position // _CHECKSUM_ALIGNMENT + 1) * _CHECKSUM_ALIGNMENT
    return end if end <= len(data) and data[end - 1] == checksum else None


def is_esp_padding(rest: bytes) -> bool:
    """Whether `rest`, found behind an image, is blank flash."""
    return rest == b"\xff" * len(rest)


def _signed_end(data: bytes, end: int) -> int:
    """Return the end of the signature sector, if Secure Boot v2 put one on the next boundary."""
    sector = -(-end // _SECTOR_BYTES) * _SECTOR_BYTES
    if sector < len(data) and data[sector] == _SIGNATURE_MAGIC:
        return min(sector + _SECTOR_BYTES, len(data))
    return end


def _version(data: bytes) -> str | None:
    start = _HEADER.size + _SEGMENT.size
    if data[start : start + len(_DESCRIPTOR_MAGIC)] != _DESCRIPTOR_MAGIC:
        return None
    field = data[start + _VERSION_OFFSET :][:_VERSION_BYTES].split(b"\0", 1)[0]
    return field.decode("utf-8", "replace") or None
