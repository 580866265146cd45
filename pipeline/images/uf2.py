"""UF2: blocks of 512 bytes, each with an address, made for bootloaders that look like a USB drive.

Source: Microsoft, "USB Flashing Format (UF2)", https://github.com/microsoft/uf2

An image read from UF2 is often a little longer than the `.bin` it was made from, since converters
fill the last block with zeros; what is read here is what a device would have in its flash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from struct import Struct
from typing import ClassVar, Final, Self

from pipeline.images.assembly import Run
from pipeline.images.errors import UnusableImage

MAGIC: Final = bytes.fromhex("5546320a57515d9e")
"""The first eight bytes of every block: 0x0A324655, 0x9E5D5157, little-endian."""
_END_MAGIC: Final = 0x0AB16F30
_BLOCK_BYTES: Final = 512
_MAX_PAYLOAD_BYTES: Final = 476
# RP2350 datasheet, erratum E10: picotool puts a block in front that only prepares the flash, and
# marks it with UF2_EXTENSION_RP2_IGNORE_BLOCK (0x9957e304): a tag of 4 bytes, without a value.
_TAG_RP2_IGNORE_BLOCK: Final = 0x9957E3


class _Flags(IntFlag):
    NOT_MAIN_FLASH = 0x0000_0001
    FILE_CONTAINER = 0x0000_1000
    FAMILY_ID_PRESENT = 0x0000_2000
    EXTENSION_TAGS_PRESENT = 0x0000_8000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    flags: _Flags
    address: int
    payload: memoryview
    number: int
    block_count: int
    family_id: int | None
    tail: memoryview
    """What follows the payload: extension tags, or padding."""

    _HEADER: ClassVar = Struct("<8s6I")
    _TRAILER: ClassVar = Struct("<I")

    @classmethod
    def from_bytes(cls, data: memoryview, index: int) -> Self:
        magic, flags, address, size, number, count, family = cls._HEADER.unpack_from(data)
        (end_magic,) = cls._TRAILER.unpack_from(data, _BLOCK_BYTES - cls._TRAILER.size)
        if magic != MAGIC or end_magic != _END_MAGIC:
            raise UnusableImage(f"block {index}: lacks the UF2 magic numbers: the file is damaged")
        if size > _MAX_PAYLOAD_BYTES:
            raise UnusableImage(f"block {index}: claims {size} bytes of {_MAX_PAYLOAD_BYTES}")
        content = data[cls._HEADER.size : cls._HEADER.size + _MAX_PAYLOAD_BYTES]
        return cls(
            flags=_Flags(flags),
            address=address,
            payload=content[:size],
            number=number,
            block_count=count,
            family_id=family if flags & _Flags.FAMILY_ID_PRESENT else None,
            tail=content[size:],
        )

    @property
    def holds_flash_bytes(self) -> bool:
        return not self.flags & (_Flags.NOT_MAIN_FLASH | _Flags.FILE_CONTAINER)

    def extension_tags(self) -> Iterator[int]:
        """Yield the types of the tags: size (1 byte, with this head), type (3), value, padding."""
        if not self.flags & _Flags.EXTENSION_TAGS_PRESENT:
            return
        tail = self.tail[-len(self.payload) % 4 :]
        while len(tail) >= 4 and tail[0] >= 4:  # noqa: PLR2004 (the head of a tag)
            yield int.from_bytes(tail[1:4], "little")
            tail = tail[tail[0] + -tail[0] % 4 :]


def uf2_runs(data: bytes) -> Iterator[Run]:
    """Yield the payloads of the blocks that belong into main flash.

    Raises:
        UnusableImage: a block is damaged or missing, or the blocks are for different chip families.
    """
    if len(data) % _BLOCK_BYTES:
        raise UnusableImage(
            f"has {len(data)} bytes, no multiple of {_BLOCK_BYTES}: it was cut off, copy it again"
        )
    view = memoryview(data)
    blocks = [
        _Block.from_bytes(view[offset : offset + _BLOCK_BYTES], offset // _BLOCK_BYTES)
        for offset in range(0, len(data), _BLOCK_BYTES)
    ]
    blocks = [block for block in blocks if _TAG_RP2_IGNORE_BLOCK not in block.extension_tags()]
    _check_one_family(blocks)
    _check_complete(blocks)
    for block in blocks:
        if block.holds_flash_bytes:
            yield Run(block.address, block.payload)


def _check_one_family(blocks: list[_Block]) -> None:
    families = {block.family_id for block in blocks if block.holds_flash_bytes}
    if len(families) > 1:
        named = ", ".join(sorted("none" if f is None else f"{f:#010x}" for f in families)[:4])
        raise UnusableImage(
            f"holds images for several chip families ({named}):"
            " give the file of the one chip that this update is for"
        )


def _check_complete(blocks: list[_Block]) -> None:
    counts = {block.block_count for block in blocks}
    if len(counts) > 1:
        raise UnusableImage("disagrees with itself about its number of blocks: it is damaged")
    numbers = {block.number for block in blocks}
    for count in counts:
        missing = next((n for n in range(len(blocks) + 1) if n not in numbers), 0)
        if missing < count:
            raise UnusableImage(f"lacks block {missing} of {count}: it was cut off, copy it again")
        if max(numbers) >= count:
            raise UnusableImage(f"numbers a block {max(numbers)} of {count}: it is damaged")
