"""Random updates that reach the corners of the format: any header, any segment map, moved code.

The segment maps are random rather than good: parts overlap in the base, lie between others or have
no base at all, and references move in every way that the prediction distinguishes.
"""

import random
from dataclasses import dataclass
from typing import Final

from pipeline.encoder import native
from pipeline.encoder._encoder import ffi
from pipeline.encoder.header import (
    RAM_PRESETS,
    AddressRange,
    ArchitectureNumber,
    Layout,
    Mode,
    PatchHeader,
    RamRange,
)
from tests.reference_decoder.base_image import CodeAt
from tests.reference_decoder.header import AddressSpace, Section
from tests.reference_decoder.random_code import random_code
from tests.reference_decoder.relocation.architectures import ARCHITECTURES, load, store
from tests.reference_decoder.segment_map import Segment, SegmentMap
from tests.reference_decoder.words import MASK32

HALF_OF_ALL_ADDRESSES: Final = RamRange(0x4000_0000, 0x8000_0000)
"""So large that addresses spelled out by chance are often in it."""
LITTLE_RAM: Final = RamRange(0x80_0000, 0x1_0000)
"""Every 16-bit data address of AVR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Two images and how to encode the change."""

    header: PatchHeader
    base: bytes
    new: bytes
    segments: tuple[Segment, ...]

    def encode(self) -> bytes:
        """Return the patch with exactly this header and segment map."""
        array = ffi.new("struct ad_segment[]", max(len(self.segments), 1))
        for at, segment in enumerate(self.segments):
            array[at].new_start = segment.new_start
            array[at].base_start = segment.base_start
            array[at].length = segment.length
        segments = native.Segments(array, len(self.segments))
        return native.encode(self.base, self.new, self.header.to_bytes(), segments)[0]


def random_update(
    mode: Mode, architecture: ArchitectureNumber, rng: random.Random, *, size: int
) -> Update:
    """Make up an update of a base image with about `size` bytes."""
    base = bytearray(random_code(architecture, size, rng))
    segments = _random_segments(size, rng)
    new_size = (segments[-1].new_end if segments else 0) + rng.randrange(30)
    layout = _random_layout(size, new_size, rng) if rng.random() < 0.85 else None
    header = PatchHeader(
        mode=mode,
        architecture=architecture,
        learns_base=rng.random() < 0.4,
        layout=layout,
    )
    if layout is not None:
        _plant_pointers(base, layout, rng)
    mover = _Mover(header, bytes(base), segments, new_size, rng)
    return Update(header=header, base=bytes(base), new=mover.make_new(), segments=tuple(segments))


def _random_segments(size: int, rng: random.Random) -> list[Segment]:
    segments: list[Segment] = []
    new_end = 0
    shifts = [0]
    longest = rng.choice((30, 400))
    while new_end < size and rng.random() < 0.98:
        new_start = new_end + rng.choice((0, 0, 0, 0, 1, 4, rng.randrange(30)))
        length = min(size, rng.choice((1, 3, rng.randrange(8, 60), rng.randrange(8, longest))))
        shift = rng.choice((rng.choice(shifts), 4 * rng.randint(-size // 8, size // 8)))
        if rng.random() < 0.1:
            shift += rng.randrange(4)
        base_start = max(0, min(new_start + shift, size - length))
        segments.append(Segment(new_start, base_start, length))
        shifts.append(base_start - new_start)
        new_end = new_start + length
    return segments


def _random_layout(base_size: int, new_size: int, rng: random.Random) -> Layout:
    rams = (*RAM_PRESETS, HALF_OF_ALL_ADDRESSES, HALF_OF_ALL_ADDRESSES, LITTLE_RAM, LITTLE_RAM)
    ram = rng.choice(rams)
    address = rng.choice((0, 0x0800_4000, 0x4200_0000, 0xFFF0_0000))
    moved = address + rng.choice((0, 0x1_0000)) & MASK32
    if rng.random() < 0.5:
        base: tuple[AddressRange, ...] = (AddressRange(0, address, base_size),)
        new: tuple[AddressRange, ...] = (AddressRange(0, moved, new_size),)
    else:
        base = _random_sections(base_size, address, rng)
        new = _random_sections(new_size, moved, rng, count=len(base))
    return Layout(base=base, new=new, ram=ram, words_are_pointers=rng.random() < 0.8)


def _random_sections(
    size: int, address: int, rng: random.Random, *, count: int | None = None
) -> tuple[AddressRange, ...]:
    """Cut an image into sections with gaps between them; they may be in any order."""
    wanted = count or rng.randint(1, 4)
    cuts = sorted(rng.randrange(size + 1) for _ in range(2 * wanted))
    sections = [
        AddressRange(start, (address + start + 0x1000 * place) & MASK32, end - start)
        for place, (start, end) in enumerate(zip(cuts[::2], cuts[1::2], strict=True))
    ]
    rng.shuffle(sections)
    return tuple(sections)


def _plant_pointers(base: bytearray, layout: Layout, rng: random.Random) -> None:
    """Put some aligned words that refer to the image or to variables."""
    for _ in range(len(base) // 40):
        at = rng.randrange(len(base) // 4) * 4
        section = rng.choice((*layout.base, None))
        if section is None:
            value = layout.ram.start + 4 * rng.randrange(40)
        else:
            value = section.address + rng.randrange(max(section.length, 1))
        base[at : at + 4] = (value & MASK32).to_bytes(4, "little")


class _Mover:
    """Makes the new image: the segments' bytes, with most references moved, and noise."""

    def __init__(
        self,
        header: PatchHeader,
        base: bytes,
        segments: list[Segment],
        new_size: int,
        rng: random.Random,
    ) -> None:
        self._architecture = ARCHITECTURES.get(header.architecture)
        self._segments = segments
        self._map = SegmentMap(segments)
        self._padded = bytes(80) + base + bytes(80)
        self._base = base
        self._new = bytearray(rng.randbytes(new_size))
        self._rng = rng
        self._base_space = _space(header.layout.base if header.layout else None, len(base))
        self._new_space = _space(header.layout.new if header.layout else None, new_size)
        self._shifts = [rng.randrange(-64, 64) * 4 for _ in range(4)]

    def make_new(self) -> bytes:
        """Return the new image."""
        for segment in self._segments:
            end = segment.base_start + segment.length
            self._new[segment.new_start : segment.new_end] = self._base[segment.base_start : end]
            if self._rng.random() < 0.9:
                self._move_fields(segment)
            for _ in range(segment.length // self._rng.choice((10, 40, 1000))):
                at = self._rng.randrange(segment.new_start, segment.new_end)
                self._new[at] = self._rng.getrandbits(8)
        return bytes(self._new)

    def _move_fields(self, segment: Segment) -> None:
        shift = segment.new_start - segment.base_start
        at = segment.base_start
        while at < segment.base_start + segment.length:
            at += self._move_field(at, shift, segment.new_end)

    def _move_field(self, at: int, shift: int, new_end: int) -> int:
        word = int.from_bytes(self._base[at : at + 4], "little")
        if at % 4 == 0 and at + 4 + shift <= new_end and self._rng.random() < 0.5:
            if self._base_space.offset_of(word) is None and not 0x4000_0000 <= word < 0xC000_0000:
                return 2
            self._put(at + shift, self._moved(word).to_bytes(4, "little"))
            return 4
        if self._architecture is None or at % self._architecture.alignment:
            return 1
        address = self._base_space.address_of(at)
        found = self._architecture.find(CodeAt(self._padded, 80 + at), address)
        if isinstance(found, int):
            return found
        if at + found.length + shift <= new_end and self._rng.random() < 0.9:
            swaps = self._architecture.has_halves_first
            raw = load(self._base[at : at + found.length], has_halves_first=swaps)
            new_address = self._new_space.address_of(at + shift)
            moved = found.form.write(raw, new_address, self._moved(found.target))
            self._put(at + shift, store(moved, found.length, has_halves_first=swaps))
        return found.length

    def _moved(self, target: int) -> int:
        """Return where a target went: by the segment map, or with its neighbours."""
        offset = self._base_space.offset_of(target)
        if offset is not None and self._rng.random() < 0.7:
            return self._new_space.address_of(self._map.find(offset, offset)[0])
        return (target + self._shifts[target >> 6 & 3]) & MASK32

    def _put(self, at: int, raw: bytes) -> None:
        self._new[at : at + len(raw)] = raw


def _space(ranges: tuple[AddressRange, ...] | None, size: int) -> AddressSpace:
    if ranges is None:
        return AddressSpace((Section(0, 0, size),))
    return AddressSpace(tuple(Section(r.offset, r.address, r.length) for r in ranges))
