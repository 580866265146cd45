"""What each tool costs over a whole corpus, and in relation to one that everybody knows.

Rates are sums over sums, so that a large image counts for more than a small one, as it does for
whoever waits. Ratios are taken over the pairs that both tools did; below 1 is better. MB is 10^6
bytes of the new image.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from patch_bench.cost import Cost
from patch_bench.measuring import Measured

REFERENCE_TOOL: Final = "detools-sequential-lzma"
"""What times and memory are compared with: detools' defaults, in use on many devices."""

BYTES_PER_MB: Final = 1_000_000

_Costs: TypeAlias = Mapping[str, Cost]  # by pair


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCost:
    """What building, or applying, takes; None where there is nothing to say it from."""

    s_per_mb: float | None
    time_ratio: float | None
    """To the time of the reference tool."""
    peak_bytes: int | None
    """The most that any pair took."""
    peak_ratio: float | None
    """To the most that any pair took of the reference tool."""

    @property
    def mb_per_s(self) -> float | None:
        """The inverse of `s_per_mb`."""
        return _quotient(1, self.s_per_mb)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSummary:
    """One tool's costs."""

    build: PhaseCost
    apply: PhaseCost


def summarise_costs(
    tool: str, measured: Sequence[Measured], new_bytes: Mapping[str, int]
) -> CostSummary:
    """Summarise the costs of `tool` over the pairs that `new_bytes` names.

    Args:
        tool: Its name.
        measured: Measurements of any tools, those of `tool` and of the reference among them.
        new_bytes: Sizes of new images, by pair.
    """
    own, reference = (
        [m for m in measured if m.tool == name and m.pair in new_bytes]
        for name in (tool, REFERENCE_TOOL)
    )
    return CostSummary(
        build=_phase(_build_costs(own), _build_costs(reference), new_bytes),
        apply=_phase(_apply_costs(own), _apply_costs(reference), new_bytes),
    )


def _build_costs(measured: Sequence[Measured]) -> _Costs:
    return {m.pair: m.build for m in measured}


def _apply_costs(measured: Sequence[Measured]) -> _Costs:
    return {m.pair: m.apply for m in measured}


def _phase(own: _Costs, reference: _Costs, new_bytes: Mapping[str, int]) -> PhaseCost:
    common = own.keys() & reference.keys()
    image_mb = sum(new_bytes[pair] for pair in own) / BYTES_PER_MB
    return PhaseCost(
        s_per_mb=_quotient(_total_s(own, own.keys()), image_mb),
        time_ratio=_quotient(_total_s(own, common), _total_s(reference, common)),
        peak_bytes=_largest(own, own.keys()),
        peak_ratio=_quotient(_largest(own, common), _largest(reference, common)),
    )


def _total_s(costs: _Costs, pairs: Collection[str]) -> float | None:
    return sum(costs[pair].cpu_s for pair in pairs) if pairs else None


def _largest(costs: _Costs, pairs: Collection[str]) -> int | None:
    peaks = [peak for pair in pairs if (peak := costs[pair].peak_bytes) is not None]
    return max(peaks, default=None)


def _quotient(dividend: float | None, divisor: float | None) -> float | None:
    """Divide, unless something is missing or too quick or small to be measured."""
    return dividend / divisor if dividend is not None and divisor else None
