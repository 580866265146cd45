"""What a segment's bytes will be, given that code and pointers in it have moved. Section 7."""

from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Final

from tests.reference_decoder.base_image import BaseImage
from tests.reference_decoder.header import Header
from tests.reference_decoder.learning import LearnedTargets
from tests.reference_decoder.relocation.architectures import ARCHITECTURES, load, store
from tests.reference_decoder.relocation.form import Field, Kind, PointerForm
from tests.reference_decoder.segment_map import Segment, SegmentMap
from tests.reference_decoder.words import MASK32

_POINTER: Final = PointerForm()
_POINTER_BYTES: Final = 4
_HALVES: Final = (Kind.UPPER, Kind.LOWER)


@unique
class Certainty(IntEnum):
    """How a field's new target was found: numbers of the format."""

    CERTAIN = 0
    NEARBY = 1
    LEARNED = 2
    OUTSIDE = 3


@dataclass(slots=True, kw_only=True)
class Piece:
    """A field, or bytes that are taken over as they are; `actual` grows with the image."""

    start: int
    base_bytes: bytes
    predicted: bytes
    certainty: Certainty = Certainty.CERTAIN
    source: Field | None = None
    new_address: int = 0
    new_target: int = 0
    actual: bytearray = field(default_factory=bytearray)

    @property
    def length(self) -> int:
        """Bytes of the piece."""
        return len(self.predicted)

    @property
    def end(self) -> int:
        """The offset behind the piece in the new image."""
        return self.start + self.length

    @property
    def kind(self) -> Kind:
        """The field's kind, or none."""
        return self.source.kind if self.source is not None else Kind.NONE

    @property
    def is_changed(self) -> bool:
        """Whether the prediction differs from the base."""
        return self.predicted != self.base_bytes

    @property
    def is_missed(self) -> bool:
        """Whether the complete piece was predicted wrongly."""
        return self.predicted != bytes(self.actual)


class Predictor:
    """Walks over segments piece by piece."""

    def __init__(
        self, header: Header, base: BaseImage, segments: SegmentMap, learned: LearnedTargets
    ) -> None:
        self._header = header
        self._architecture = ARCHITECTURES.get(header.architecture)
        self._halves_first = self._architecture is not None and self._architecture.has_halves_first
        self._base = base
        self._segments = segments
        self._learned = learned
        self._segment = Segment(0, 0, 0)

    def begin(self, segment: Segment) -> None:
        """Go to the start of a segment."""
        self._segment = segment

    def learn(self, piece: Piece) -> None:
        """Remember where the target of a complete piece really went."""
        source = piece.source
        if source is None or not (source.kind in _HALVES or piece.is_missed):
            return
        word = load(bytes(piece.actual), has_halves_first=self._swaps(source))
        target = source.form.read(word, piece.new_address)
        if target is not None and source.kind in _HALVES:
            target = self._learned.join(source.target, target, is_upper=source.kind is Kind.UPPER)
        if target is None or target == piece.new_target:
            return
        self._learned.learn(source.target, target, is_variable=self._is_variable(source))

    def piece_at(self, position: int) -> Piece:
        """Return the piece that starts at an offset of the new image."""
        base_position = self._segment.base_start + position - self._segment.new_start
        left = self._segment.new_end - position
        found = self._find(position, base_position)
        if isinstance(found, int) or found.length > left:
            length = found if isinstance(found, int) else found.length
            raw = self._base.read(base_position, min(length, left))
            return Piece(start=position, base_bytes=raw, predicted=raw)
        raw = self._base.read(base_position, found.length)
        address = self._header.new.address_of(position)
        target, certainty = self._map_target(found, position - base_position)
        swaps = self._swaps(found)
        word = found.form.write(load(raw, has_halves_first=swaps), address, target)
        return Piece(
            start=position,
            base_bytes=raw,
            predicted=store(word, found.length, has_halves_first=swaps),
            certainty=certainty,
            source=found,
            new_address=address,
            new_target=target,
        )

    def _find(self, position: int, base_position: int) -> Field | int:
        """Return the field that starts here, or the length of a piece that is none."""
        pointer = self._pointer_at(position, base_position)
        if pointer is not None:
            return pointer
        architecture = self._architecture
        if architecture is None or (position | base_position) % architecture.alignment:
            return 1
        address = self._header.base.address_of(base_position)
        found = architecture.find(self._base.code_at(base_position), address)
        if isinstance(found, Field) and not (
            found.is_spelled and not self._is_address(found.target)
        ):
            return found
        length = found if isinstance(found, int) else found.length
        aligned = _POINTER_BYTES - base_position % _POINTER_BYTES
        if aligned < length and self._pointer_at(position + aligned, base_position + aligned):
            return aligned
        return length

    def _pointer_at(self, position: int, base_position: int) -> Field | None:
        if not self._header.has_pointers or (position | base_position) % _POINTER_BYTES:
            return None
        word = self._base.code_at(base_position).word(0)
        if self._header.is_in_ram(word):
            return Field(Kind.RAM_POINTER, _POINTER_BYTES, word, _POINTER)
        if self._header.base.offset_of(word) is not None:
            return Field(Kind.POINTER, _POINTER_BYTES, word, _POINTER)
        return None

    def _is_address(self, value: int) -> bool:
        return self._header.is_in_ram(value) or self._header.base.offset_of(value) is not None

    def _swaps(self, source: Field) -> bool:
        return self._halves_first and source.kind < Kind.POINTER

    def _is_variable(self, source: Field) -> bool:
        return source.kind >= Kind.ADDRESS and self._header.base.offset_of(source.target) is None

    def _map_target(self, source: Field, shift: int) -> tuple[int, Certainty]:
        """Return the new target of a field that itself moves by `shift`."""
        target = source.target
        offset = self._header.base.offset_of(target)
        learned = self._learned.recall(target)
        if offset is not None:
            if self._segment.has_base(offset):
                place, is_exact = self._segment.place_of(offset), True
            else:
                place, is_exact = self._segments.find(offset, (offset + shift) & MASK32)
            if is_exact or learned is None:
                certainty = Certainty.CERTAIN if is_exact else Certainty.NEARBY
                return self._header.new.address_of(place), certainty
        if learned is not None:
            return learned, Certainty.LEARNED
        if self._is_variable(source):
            target = (target + self._learned.shift_at(target)) & MASK32
        return target, Certainty.OUTSIDE
