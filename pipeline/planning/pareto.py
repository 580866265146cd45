"""Which strategies nobody should look past: those that no other one beats in everything."""

from collections.abc import Sequence
from typing import Final

from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.forecast import Forecast

_NEVER: Final = float("inf")


def objectives(rated: RatedCandidate, forecast: Forecast) -> tuple[float, ...]:
    """Return what is to be small: failures, time, energy, cost, RAM and package bytes.

    What nobody knows counts as the worst.
    """
    return (
        1 - forecast.success_share,
        _NEVER if forecast.campaign_s is None else forecast.campaign_s,
        _NEVER if forecast.energy_mj is None else forecast.energy_mj,
        forecast.cost or 0.0,
        rated.candidate.needs.ram_bytes,
        rated.package_bytes,
    )


def pareto_optimal(points: Sequence[tuple[float, ...] | None]) -> tuple[bool, ...]:
    """Tell for each point whether no other one is at least as good in all and better in one.

    None stands for what cannot be chosen; it is never optimal and beats nothing.
    """
    return tuple(
        point is not None
        and not any(other is not None and _beats(other, point) for other in points)
        for point in points
    )


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
