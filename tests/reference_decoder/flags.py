"""The contexts of clean flags and hits. Sections 9.1 and 9.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.reference_decoder.history import History
from tests.reference_decoder.prediction import Piece
from tests.reference_decoder.tables import Group, Table
from tests.reference_decoder.words import lg, slot

_SMALL_KEYS: Final = 2
"""The keys of so many contexts are the numbers of their counters."""


@dataclass(slots=True)
class BlockOutlook:
    """What was predicted for a block."""

    doubtful: int = 0
    """Pieces whose target is not certain."""
    changed: int = 0
    """Pieces that differ from the base."""

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        self.doubtful += piece.certainty != 0
        self.changed += piece.is_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class BytePlace:
    """Where a byte of a dirty block is, and what is known of it."""

    piece: Piece
    position: int
    expected: int
    base_before: int
    base_byte: int
    base_after: int
    in_segment: int
    segment_left: int
    has_block_missed: bool

    @property
    def in_piece(self) -> int:
        """The byte's place in its piece."""
        return self.position - self.piece.start


def numbers_of(group: Group, keys: Sequence[int]) -> list[int]:
    """Return the counters of the contexts that the tier has."""
    return [table.first + _place_in(table, keys[table.context]) for table in group.tables]


def _place_in(table: Table, key: int) -> int:
    return key if table.context < _SMALL_KEYS else slot(key, table.bits)


def clean_keys(outlook: BlockOutlook, history: History) -> list[int]:
    """Return the keys of a clean flag."""
    doubtful = min(outlook.doubtful, 3)
    return [
        doubtful | min(outlook.changed, 3) << 2 | min(lg(history.quiet + 1), 7) << 4,
        history.blocks & 63,
        history.blocks & 15 | doubtful << 4 | min(outlook.changed, 7) << 6,
    ]


def hit_keys(place: BytePlace, history: History) -> list[int]:
    """Return the keys of a hit."""
    kind, in_piece = int(place.piece.kind), place.in_piece
    expected, base = place.expected, place.base_byte
    is_field = int(kind != 0)
    run = min(lg(history.run + 1), 7)
    return [
        kind | in_piece << 4 | has_field_missed(place, history) << 6 | (expected != base) << 7,
        run | place.has_block_missed << 3 | is_field << 4,
        history.misses & 127 | is_field << 7,
        expected | kind << 8,
        place.piece.certainty | kind << 2,
        history.last_byte(1) | expected << 8 | (history.misses & 3) << 16,
        place.base_before | base << 8 | place.base_after << 16,
        min(lg(place.segment_left), 7)
        | min(lg(place.in_segment + 1), 7) << 3
        | min(run, 3) << 6
        | is_field << 8,
    ]


def hit_weight_set(place: BytePlace, history: History) -> int:
    """Return the number of the weights of a hit."""
    run = min(lg(history.run + 1), 7)
    if not place.piece.kind:
        return run
    return run + 8 + 8 * has_field_missed(place, history)


def has_field_missed(place: BytePlace, history: History) -> bool:
    """Whether the byte before this one is of the same field and was a miss."""
    return place.piece.kind != 0 and place.in_piece > 0 and history.misses & 1 != 0
