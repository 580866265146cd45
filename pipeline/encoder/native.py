"""The encoder's C functions, typed: alignment, normalisation, coding, detection."""

from collections.abc import Sequence
from copy import copy
from dataclasses import astuple, dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder._encoder import ffi, lib
from pipeline.encoder.header import ArchitectureNumber, PatchHeader

MAX_SEGMENTS: Final = 65_535
"""The format numbers segments with 16 bits."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What alignment weighs, in 1/16 bit."""

    recent_segment: int = 14 * 16
    new_segment: int = 16 * 16
    per_distance_bit: int = 22
    hit: int = 1
    first_miss: int = 12 * 16
    next_miss: int = 8 * 16
    inserted: int = 104


_UNIT_TOO_LARGE: Final = -2
_TOO_MANY_SEGMENTS: Final = -2


class UnencodableError(Exception):
    """The model cannot express the new image; a stored patch can."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the decoder does for one patch, counted by the encoder."""

    mixed_inputs: int
    """Counters read and taught."""
    decisions: int
    """Bits coded."""
    bytes: int
    """Bytes of the new image."""
    unpredicted: int = 0
    """Bytes in segments that are not what relocation predicts."""
    changed: int = 0
    """Bytes in segments that are not what the base image has there."""


class Segments:
    """A segment map: which ranges of the new image come from where in the base image."""

    def __init__(self, array: object, count: int) -> None:
        self.array = array
        self.count = count

    def as_tuples(self) -> list[tuple[int, int, int]]:
        """Return (new start, base start, length) of each segment."""
        records = ffi.unpack(ffi.cast("uint32_t *", self.array), 3 * self.count)
        return list(zip(records[0::3], records[1::3], records[2::3], strict=True))


NO_SEGMENTS: Final = Segments(ffi.new("struct ad_segment[]", 1), 0)
"""The map of an image that has nothing in common with the base."""


_ANCHOR: Final = np.dtype([("start", np.uint32), ("shift", np.int32)])


class Alignment:
    """Two comparable images and what proposes where parts of the new one may come from."""

    def __init__(self, base: bytes, new: bytes) -> None:
        """Find the proposals.

        Raises:
            MemoryError: the images are too large for the memory.
        """
        self._data = ffi.from_buffer(base), ffi.from_buffer(new)
        self._images = ffi.new(
            "struct ad_images *", (self._data[0], len(base), self._data[1], len(new))
        )
        anchors = ffi.new("struct ad_anchor[]", len(new) + 1)
        self._anchor_count = lib.ad_find_anchors(self._images, _weights(Costs()), anchors)
        if self._anchor_count < 0:
            raise MemoryError
        self._anchors = anchors

    def with_proposals(self, moves: Sequence[tuple[int, int]]) -> Self:
        """Return an alignment that considers as well what `moves` from one offset to another."""
        found = np.frombuffer(ffi.buffer(self._anchors), dtype=_ANCHOR)[: self._anchor_count]
        known = np.array([(to, start - to) for start, to in moves], dtype=_ANCHOR)
        both = np.concatenate([found, known])
        more = copy(self)
        more._anchors = ffi.from_buffer(  # noqa: SLF001 (of the same class)
            "struct ad_anchor[]", both[np.argsort(both["start"], kind="stable")]
        )
        more._anchor_count = len(both)  # noqa: SLF001
        return more

    def proposals(self) -> list[tuple[int, int]]:
        """Return new offset and shift of each proposal."""
        return [(anchor.start, anchor.shift) for anchor in self._anchors[0 : self._anchor_count]]

    def segments(self, costs: Costs) -> Segments | None:
        """Return the cheapest of the proposals; None if the format cannot number that many.

        Raises:
            MemoryError: there is not enough.
        """
        array = ffi.new("struct ad_segment[]", MAX_SEGMENTS)
        count = lib.ad_cheapest_path(
            self._images, self._anchors, self._anchor_count, _weights(costs), array, MAX_SEGMENTS
        )
        if count == _TOO_MANY_SEGMENTS:
            return None
        if count < 0:
            raise MemoryError
        return Segments(array, count)


def _weights(costs: Costs) -> object:
    return ffi.new("struct ad_costs *", astuple(costs))


def normalise(
    image: bytes, header: bytes, *, is_base: bool, is_blank: bool, segments: Segments | None = None
) -> bytes:
    """Replace far references by their targets: blank, as they are, or moved by `segments`."""
    result = ffi.new("uint8_t[]", len(image))
    array = segments.array if segments is not None else ffi.NULL
    count = segments.count if segments is not None else 0
    if (
        lib.ad_normalise(
            image, len(image), header, len(header), is_base, is_blank, array, count, result
        )
        < 0
    ):
        raise MemoryError
    return bytes(ffi.buffer(result))


def encode(base: bytes, new: bytes, header: bytes, segments: Segments) -> tuple[bytes, Work]:
    """Code the new image; the patch starts with `header`."""
    work = ffi.new("struct ad_work *")
    capacity = len(new) + len(new) // 2 + 4096
    patch = ffi.new("uint8_t[]", capacity)
    size = lib.ad_encode(
        base,
        len(base),
        new,
        len(new),
        header,
        len(header),
        segments.array,
        segments.count,
        patch,
        capacity,
        work,
    )
    if size == _UNIT_TOO_LARGE or size > capacity:
        raise UnencodableError("one unit of the patch would be more than a decoder accepts")
    if size < 0:
        raise MemoryError
    counted = Work(
        mixed_inputs=int(work.mixed_inputs),
        decisions=int(work.decisions),
        bytes=len(new),
        unpredicted=int(work.unpredicted),
        changed=int(work.changed),
    )
    return bytes(ffi.buffer(patch, size)), counted


def trace(
    base: bytes, new: bytes, header: bytes, segments: Segments
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32], float]:
    """Encode again; return bits and kind by byte of `new`, bits by segment, bits of their number.

    Raises:
        MemoryError: the images are too large for the memory.
    """
    bits = np.zeros(len(new), dtype=np.float32)
    kinds = np.zeros(len(new), dtype=np.uint8)
    segment_bits = np.zeros(segments.count, dtype=np.float32)
    arrays = (
        ffi.from_buffer("float[]", bits),
        ffi.from_buffer("uint8_t[]", kinds),
        ffi.from_buffer("float[]", segment_bits),
    )
    costs = ffi.new("struct ad_trace *", (*arrays, 0.0, 0.0, 0))
    size = lib.ad_encode_traced(
        base,
        len(base),
        new,
        len(new),
        header,
        len(header),
        segments.array,
        segments.count,
        costs,
    )
    if size < 0:
        raise MemoryError
    return bits, kinds, segment_bits, float(costs.count_bits)


def table_bytes(mode: int) -> int:
    """Return the bytes of a tier's tables, the same on every platform."""
    return int(lib.ad_tier_table_bytes(mode))


def code_likeness(image: bytes, architecture: ArchitectureNumber) -> int:
    """Say how much of the image is calls of that architecture that agree with each other."""
    return int(lib.ad_code_likeness(image, len(image), architecture))


def spelled_values(image: bytes, architecture: ArchitectureNumber) -> NDArray[np.uint32]:
    """Return the numbers that code loads from literal pools or spells out in instructions.

    Raises:
        MemoryError: the image is too large for the memory.
    """
    values = np.zeros(len(image), dtype=np.uint32)
    target = ffi.from_buffer("uint32_t[]", values)
    count = lib.ad_spelled_values(image, len(image), architecture, target)
    if count < 0:
        raise MemoryError
    return values[:count]


def guess_load_address(
    image: bytes, architecture: ArchitectureNumber, alignment: int
) -> tuple[int, int]:
    """Return the load address that most pointers agree on, and their number."""
    votes = ffi.new("uint32_t *")
    address = lib.ad_guess_load_address(image, len(image), architecture, alignment, votes)
    return int(address), int(votes[0])


@dataclass(frozen=True, slots=True)
class Adapted:
    """What a model has learned from one pair: for the training of starting values."""

    probability: tuple[int, ...]
    observations: tuple[int, ...]
    weights: tuple[int, ...]
    map_probability: tuple[int, ...]
    map_observations: tuple[int, ...]


def adapted_sizes(mode: int) -> tuple[int, int, int]:
    """Return how many counters, weights and counters of the segment map a mode trains."""
    sizes = ffi.new("uint32_t[3]")
    lib.ad_adapted_sizes(mode, sizes)
    return sizes[0], sizes[1], sizes[2]


def encode_adapted(base: bytes, new: bytes, header: PatchHeader, segments: Segments) -> Adapted:
    """Encode and return what the model has learned by the end."""
    encoded = header.to_bytes()
    sizes = adapted_sizes(header.mode)
    arrays = [
        ffi.new("uint16_t[]", sizes[0]),
        ffi.new("uint8_t[]", sizes[0]),
        ffi.new("int16_t[]", sizes[1]),
        ffi.new("uint16_t[]", sizes[2]),
        ffi.new("uint8_t[]", sizes[2]),
    ]
    adapted = ffi.new("struct ad_adapted *", tuple(arrays))
    size = lib.ad_encode_adapted(
        base,
        len(base),
        new,
        len(new),
        encoded,
        len(encoded),
        segments.array,
        segments.count,
        adapted,
    )
    if size < 0:
        raise MemoryError
    return Adapted(*(tuple(array) for array in arrays))
