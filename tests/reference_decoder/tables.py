"""The tiers' tables of counters and sets of weights, and where they are. Section 6."""

from dataclasses import dataclass
from typing import Final

from tests.reference_decoder.header import Mode

CLEAN_SETS: Final = 4
HIT_SETS: Final = 24
LITERAL_SETS: Final = 32
RAW_COUNTERS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A row of the table of tiers: bits per context, 0 where the tier does not have it."""

    clean_bits: tuple[int, ...]
    hit_bits: tuple[int, ...]
    literal_bits: tuple[int, ...]
    remembered_bits: int
    shift_steps: int
    learning_shift: int
    match_bits: int = 0


TIERS: Final = {
    Mode.TINY: Tier(
        clean_bits=(7, 6, 0),
        hit_bits=(8, 7, 0, 7, 7, 0, 0, 0),
        literal_bits=(8, 8, 0, 0, 0, 0, 0, 7, 7, 0),
        remembered_bits=5,
        shift_steps=32,
        learning_shift=17,
    ),
    Mode.STANDARD: Tier(
        clean_bits=(8, 7, 8),
        hit_bits=(8, 8, 0, 9, 9, 0, 0, 8),
        literal_bits=(11, 9, 11, 0, 0, 0, 0, 10, 8, 0),
        remembered_bits=7,
        shift_steps=96,
        learning_shift=17,
    ),
    Mode.LARGE: Tier(
        clean_bits=(8, 8, 8),
        hit_bits=(12, 10, 0, 14, 12, 16, 16, 10),
        literal_bits=(16, 16, 17, 17, 17, 17, 17, 17, 12, 17),
        remembered_bits=12,
        shift_steps=2048,
        learning_shift=18,
        match_bits=16,
    ),
}


@dataclass(frozen=True, slots=True)
class Table:
    """The counters of one context."""

    context: int
    bits: int
    first: int
    """Number of the first counter in the pool."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tables of one kind of bit, with their sets of weights."""

    tables: tuple[Table, ...]
    first_weight: int

    @property
    def end(self) -> int:
        """The counter behind the group's last."""
        return self.tables[-1].first + (1 << self.tables[-1].bits)

    def weight_set(self, number: int) -> int:
        """Return the place of a set's first weight."""
        return self.first_weight + number * (len(self.tables) + 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is in the pool of counters and among the weights."""

    clean: Group
    hits: Group
    first_raw: int
    literals: Group

    @classmethod
    def of(cls, tier: Tier) -> "Places":
        """Lay out the tables of a tier."""
        clean = _group(tier.clean_bits, first=0, first_weight=0)
        hits = _group(tier.hit_bits, first=clean.end, first_weight=clean.weight_set(CLEAN_SETS))
        literals = _group(
            tier.literal_bits,
            first=hits.end + RAW_COUNTERS,
            first_weight=hits.weight_set(HIT_SETS),
        )
        return cls(clean, hits, hits.end, literals)


def _group(bits: tuple[int, ...], *, first: int, first_weight: int) -> Group:
    tables: list[Table] = []
    for context, table_bits in enumerate(bits):
        if table_bits:
            tables.append(Table(context, table_bits, first))
            first += 1 << table_bits
    return Group(tuple(tables), first_weight)
