"""How sure a figure is that was counted over many devices."""

import math
from dataclasses import dataclass

CONFIDENCE_95 = 1.959964
"""Standard deviations of a two-sided 95 % interval of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure and the interval that holds the true one in 95 of 100 simulations."""

    value: float
    low: float
    high: float


def share_interval(count: int, total: int) -> Interval:
    """Return a share with Wilson's interval, which is right at 0 and 1 too."""
    share = count / total
    z2 = CONFIDENCE_95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = (
        CONFIDENCE_95
        * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
        / (1 + z2 / total)
    )
    # Rounding must not push the interval off the share itself at 0 and 1.
    return Interval(
        value=share,
        low=max(min(centre - half, share), 0.0),
        high=min(max(centre + half, share), 1.0),
    )


def quantile_ranks(quantile: float, count: int) -> tuple[int, int, int]:
    """Return the ranks, from 1, of a quantile of `count` ordered figures and of its interval."""
    half = CONFIDENCE_95 * math.sqrt(count * quantile * (1 - quantile))
    rank = math.ceil(quantile * count)
    low, high = math.floor(quantile * count - half), math.ceil(quantile * count + half) + 1
    return _within(rank, count), _within(low, count), _within(high, count)


def _within(rank: int, count: int) -> int:
    return min(max(rank, 1), count)
