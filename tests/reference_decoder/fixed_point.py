"""Stretch and squash in integers. Section 4.2.

The tables are computed from the formulas of the document: floating point is exact enough here,
since no value lies close to a half.
"""

import math
from typing import Final

from tests.reference_decoder.words import MASK32, lg

LOG2_FRACTION: Final = [round(256 * math.log2(1 + i / 64)) for i in range(64)] + [255]
"""`L` of the document."""
LOGISTIC: Final = [round(65536 / (1 + 2 ** (-i / 8))) for i in range(97)]
"""`S` of the document."""
_LIMIT: Final = 3071


def log2(value: int) -> int:
    """Return log2 of 1..65535 in 1/256, interpolated."""
    whole = lg(value)
    fraction = (value << (31 - whole) << 1) & MASK32
    low, high = LOG2_FRACTION[fraction >> 26], LOG2_FRACTION[(fraction >> 26) + 1]
    return 256 * whole + low + ((high - low) * (fraction >> 18 & 255) >> 8)


def squash(log_odds: int) -> int:
    """Return the probability of log-odds in 1/256 bit."""
    distance = min(abs(log_odds), _LIMIT)
    low, high = LOGISTIC[distance >> 5], LOGISTIC[(distance >> 5) + 1]
    probability = low + ((high - low) * (distance & 31) >> 5)
    return probability if log_odds >= 0 else 65536 - probability


STRETCH: Final = [0] + [log2(p) - log2(65536 - p) for p in range(1, 65536)]
"""Log-odds of every probability; number 0 is never used."""
