"""Stretch and squash in integers. Section 4.2.

The table is computed from the formula of the document: floating point is exact enough here,
since no value lies close to a half.
"""

from typing import Final

from tests.reference_decoder.words import lg

LOGISTIC: Final = [round(65536 / (1 + 2 ** (-i / 2))) for i in range(25)]
"""`S` of the document."""
_LIMIT: Final = 3071


def stretch(probability: int) -> int:
    """Return the log-odds of 1..65535 in 1/256 bit, pieced together from straight lines."""
    smaller = min(probability, 65536 - probability)
    whole = lg(smaller)
    fraction = (smaller << (31 - whole)) >> 23 & 255
    distance = 256 * (16 - whole) - fraction - (smaller >> 7)
    return distance if probability >= 32768 else -distance


def squash(log_odds: int) -> int:
    """Return the probability of log-odds in 1/256 bit."""
    distance = min(abs(log_odds), _LIMIT)
    low, high = LOGISTIC[distance >> 7], LOGISTIC[(distance >> 7) + 1]
    probability = low + ((high - low) * (distance & 127) >> 7)
    return probability if log_odds >= 0 else 65536 - probability


STRETCH: Final = [0] + [stretch(p) for p in range(1, 65536)]
"""Log-odds of every probability; number 0 is never used."""
