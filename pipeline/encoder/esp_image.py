"""Sections of Espressif images, from their headers (esptool, "Firmware image format")."""

import struct
from typing import Final

from pipeline.encoder.header import AddressRange

_MAGIC: Final = 0xE9
_MAX_SEGMENTS: Final = 16
_HEADER_SIZES: Final = (24, 8)
"""With the extended header (ESP32 and later), and without (ESP8266)."""
_ALIGNMENT: Final = 0x1000
"""Images begin at flash sectors."""
_LOWEST_ADDRESS: Final = 0x3C00_0000
_HIGHEST_ADDRESS: Final = 0x6020_0000
_SEGMENT: Final = struct.Struct("<II")


def esp_segments(image: bytes) -> list[AddressRange]:
    """Return the segments of every image in a flash dump, in order of their offset."""
    found: list[AddressRange] = []
    for start in range(0, len(image) - max(_HEADER_SIZES), _ALIGNMENT):
        if image[start] != _MAGIC or not 1 <= image[start + 1] <= _MAX_SEGMENTS:
            continue
        for header_size in _HEADER_SIZES:
            segments = _read_segments(image, start + header_size, image[start + 1])
            if segments:
                found += segments
                break
    return found


def _read_segments(image: bytes, offset: int, count: int) -> list[AddressRange]:
    """Return the segments whose headers follow each other from `offset`, or none if one is odd."""
    segments = []
    for _ in range(count):
        if offset + _SEGMENT.size > len(image):
            return []
        address, length = _SEGMENT.unpack_from(image, offset)
        offset += _SEGMENT.size
        if not _LOWEST_ADDRESS <= address < _HIGHEST_ADDRESS or length > len(image) - offset:
            return []
        segments.append(AddressRange(offset, address, length))
        offset += length
    return segments
