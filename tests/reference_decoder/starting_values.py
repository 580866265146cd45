"""The frozen starting values, read from the tables that the format names. Section 6.

The values are data: `priors_*.c` are the only C files that this decoder reads.
"""

import re
from pathlib import Path
from typing import Final

from tests.reference_decoder.fixed_point import squash
from tests.reference_decoder.header import Mode
from tests.reference_decoder.mixing import Counters
from tests.reference_decoder.tables import LITERAL_SETS, RAW_COUNTERS, TIERS, Group, Places

_SOURCES: Final = Path(__file__).parents[2] / "device_apply" / "core" / "src"
_OBSERVATIONS: Final = (0, 2, 6, 15)
_MOST_TRAINED_BITS: Final = 12
_LIKELY: Final = 60000
_EVEN_ODDS: Final = 32768
_WEIGHT_STEP: Final = 256


def map_counters() -> Counters:
    """Return the counters of the segment map."""
    trained = _array("map", "ad_priors_map")
    return Counters([_probability(v) for v in trained], [_OBSERVATIONS[v & 3] for v in trained])


def tier_counters(mode: Mode) -> Counters:
    """Return the pool of counters of a tier."""
    values = _TrainedValues(_array(mode.name.lower(), "counters"))
    places = Places.of(TIERS[mode])
    values.take_group(places.clean, _LIKELY)
    values.take_group(places.hits, _LIKELY)
    values.take(RAW_COUNTERS)
    values.take_group(places.literals, _EVEN_ODDS)
    return Counters(values.probabilities, values.observations)


def tier_weights(mode: Mode) -> list[int]:
    """Return all weights of a tier."""
    weights = [value * _WEIGHT_STEP for value in _array(mode.name.lower(), "weights")]
    expected = Places.of(TIERS[mode]).literals.weight_set(LITERAL_SETS)
    if len(weights) != expected:
        raise ValueError(f"{mode.name} has {len(weights)} starting weights, not {expected}")
    return weights


class _TrainedValues:
    """The trained bytes, used up table by table."""

    def __init__(self, trained: list[int]) -> None:
        self._trained = trained
        self._used = 0
        self.probabilities: list[int] = []
        self.observations: list[int] = []

    def take(self, count: int) -> None:
        """Start the next counters from the next bytes."""
        values = self._trained[self._used : self._used + count]
        self._used += count
        self.probabilities += [_probability(value) for value in values]
        self.observations += [_OBSERVATIONS[value & 3] for value in values]

    def take_group(self, group: Group, neutral: int) -> None:
        """Start the tables of a group; those too large to be trained at `neutral`."""
        for table in group.tables:
            if table.bits <= _MOST_TRAINED_BITS:
                self.take(1 << table.bits)
            else:
                self.probabilities += [neutral] * (1 << table.bits)
                self.observations += [0] * (1 << table.bits)


def _probability(value: int) -> int:
    return squash(96 * ((value >> 2) - 32))


def _array(tier: str, name: str) -> list[int]:
    source = (_SOURCES / f"priors_{tier}.c").read_text()
    found = re.search(rf"\b{name}\[\] = \{{([-\d,\s]*)\}};", source)
    if found is None:
        raise ValueError(f"priors_{tier}.c has no table {name}")
    return [int(value) for value in re.findall(r"-?\d+", found[1])]
