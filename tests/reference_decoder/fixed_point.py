"""Stretch and squash in integers. Section 4.2.

The table is computed from the formula of the document: floating point is exact enough here,
since no value lies close to a half.
"""

from typing import Final

from tests.reference_decoder.words import lg

LOGISTIC: Final = [round(65536 / (1 + 2 ** (-i / 2))) for i in range(25)]
"""`S` of the document."""
_LIMIT: Final = 3071


def log2(value: int) -> int:
    """Return log2 of 1..65535 in 1/256, its fraction by a parabola."""
    whole = lg(value)
    fraction = (value << (31 - whole)) >> 23 & 255
    return 256 * whole + fraction + (fraction * (256 - fraction) * 88 >> 16)


def squash(log_odds: int) -> int:
    """Return the probability of log-odds in 1/256 bit."""
    distance = min(abs(log_odds), _LIMIT)
    low, high = LOGISTIC[distance >> 7], LOGISTIC[(distance >> 7) + 1]
    probability = low + ((high - low) * (distance & 127) >> 7)
    return probability if log_odds >= 0 else 65536 - probability


STRETCH: Final = [0] + [log2(p) - log2(65536 - p) for p in range(1, 65536)]
"""Log-odds of every probability; number 0 is never used."""
