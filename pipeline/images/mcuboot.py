"""MCUboot images: header, code, and a list of type-length-value entries (TLVs).

Source: MCUboot, docs/design.md ("Image format", "Image trailer") and boot/bootutil/include/
bootutil/image.h. Signatures are the bootloader's business and are not checked here; the digest is,
to be sure that what looks like an MCUboot image is one, whole and undamaged.
"""

import hashlib
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final, NamedTuple

from pipeline.images.container import Container, ContainerKind
from pipeline.images.errors import UnusableImage

MAGIC: Final = bytes.fromhex("3db8f396")
"""IMAGE_MAGIC, 0x96f3b83d, little-endian."""
_HEADER: Final = Struct("<4sIHHIIBBHII")
_TLV_INFO: Final = Struct("<HH")
_TLV: Final = Struct("<HH")
_INFO_MAGIC: Final = 0x6907
_PROTECTED_INFO_MAGIC: Final = 0x6908
# Boot magic at the very end of a padded image: for write units up to 8 bytes the whole of it, for
# larger ones its first two bytes hold the unit.
_TRAILER_MAGICS: Final = (
    bytes.fromhex("77c295f360d2ef7f3552500f2cb67980"),
    bytes.fromhex("2de15d29410b8d77679c110f1f8a"),
)
_ERASED: Final = (b"\xff", b"\x00")


class _Flags(IntFlag):
    ENCRYPTED_AES128 = 0x0004
    ENCRYPTED_AES256 = 0x0008
    COMPRESSED_LZMA1 = 0x0200
    COMPRESSED_LZMA2 = 0x0400


class _Digest(IntEnum):
    """TLV types that hold a digest of header, code and protected TLVs."""

    SHA256 = 0x10
    SHA384 = 0x11
    SHA512 = 0x12


class _Header(NamedTuple):
    magic: bytes
    load_address: int
    header_bytes: int
    protected_tlv_bytes: int
    image_bytes: int
    flags: int
    major: int
    minor: int
    revision: int
    build: int
    padding: int


def find_mcuboot_container(data: bytes) -> Container | None:
    """Return the MCUboot container that `data` begins with, or None if it does not.

    Raises:
        UnusableImage: it has one that is cut short or damaged.
    """
    if not data.startswith(MAGIC) or len(data) < _HEADER.size:
        return None
    header = _Header(*_HEADER.unpack_from(data))
    hashed_end = header.header_bytes + header.image_bytes
    if header.header_bytes < _HEADER.size or hashed_end > len(data):
        raise UnusableImage(
            f"has an MCUboot header that claims {hashed_end} bytes, the file holds {len(data)}:"
            " it was cut short, build or fetch it again"
        )
    if header.protected_tlv_bytes:
        hashed_end = _area_end(data, hashed_end, _PROTECTED_INFO_MAGIC)
    end = _area_end(data, hashed_end, _INFO_MAGIC)
    _check_digest(data, hashed_end, end, is_encrypted=_is_encrypted(header))
    return Container(
        kind=ContainerKind.MCUBOOT,
        size=end,
        version=f"{header.major}.{header.minor}.{header.revision}+{header.build}",
        delta_obstacle=_delta_obstacle(header),
    )


def is_mcuboot_padding(rest: bytes) -> bool:
    """Whether `rest`, found behind an image, is blank flash with or without a boot trailer."""
    if any(rest == value * len(rest) for value in _ERASED):
        return True
    return rest.endswith(_TRAILER_MAGICS)


def _area_end(data: bytes, start: int, magic: int) -> int:
    """Return where a TLV area ends, its length checked against the file."""
    if start + _TLV_INFO.size > len(data):
        raise UnusableImage(
            "has an MCUboot header but no TLVs behind the image: sign it with imgtool first"
        )
    found, total = _TLV_INFO.unpack_from(data, start)
    if found != magic or total < _TLV_INFO.size or start + total > len(data):
        raise UnusableImage(
            f"has an MCUboot header but no valid TLVs at byte {start}: it is damaged, or was not"
            " signed with imgtool"
        )
    return start + int(total)


def _check_digest(data: bytes, start: int, end: int, *, is_encrypted: bool) -> None:
    """Compare the digest that the TLVs hold; an encrypted image's is over its plain form."""
    digests = [(tag, value) for tag, value in _tlvs(data, start, end) if tag in list(_Digest)]
    if not digests:
        raise UnusableImage("is an MCUboot image without a digest: sign it with imgtool first")
    if is_encrypted:
        return
    tag, value = digests[0]
    if hashlib.new(_Digest(tag).name.lower(), data[:start]).digest() != value:
        raise UnusableImage(
            "is an MCUboot image whose bytes do not match its own digest: it is damaged"
        )


def _tlvs(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    position = start + _TLV_INFO.size
    while position < end:
        if position + _TLV.size > end:
            raise UnusableImage(f"has an MCUboot TLV at byte {position} that is cut short")
        tag, length = _TLV.unpack_from(data, position)
        position += _TLV.size
        if position + length > end:
            raise UnusableImage(f"has an MCUboot TLV at byte {position} beyond the end of its area")
        yield tag, data[position : position + length]
        position += length


def _is_encrypted(header: _Header) -> bool:
    return bool(header.flags & (_Flags.ENCRYPTED_AES128 | _Flags.ENCRYPTED_AES256))


def _delta_obstacle(header: _Header) -> str | None:
    if _is_encrypted(header):
        return (
            "the MCUboot image is encrypted: build the delta between images signed with"
            " `imgtool sign --clear`, and let the package be encrypted instead"
        )
    if header.flags & (_Flags.COMPRESSED_LZMA1 | _Flags.COMPRESSED_LZMA2):
        return (
            "the MCUboot image is compressed with LZMA: build the delta between images signed"
            " without --compression, the patch is compressed anyway"
        )
    return None
