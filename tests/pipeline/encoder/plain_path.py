"""The cheapest path as it is meant: byte by byte, without strides; slow, the measure of them."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from pipeline.encoder.native import Costs

_LEAD_BYTES: Final = 96
_CANDIDATES: Final = 40
_RECENT_SEGMENTS: Final = 6
_MISS_REACH: Final = 6
_UNREACHABLE: Final = 2**62

Chain: TypeAlias = tuple[tuple[int, int, int], ...]
"""Finished segments: new start, base start, length."""


@dataclass(frozen=True)
class Way:
    """One way to be at the current byte; without a shift it is outside of all segments."""

    shift: int | None
    cost: int = _UNREACHABLE
    chain: Chain = ()
    start: int = 0
    last_miss: int | None = None

    def finished(self, now: int) -> Chain:
        if self.shift is None or self.start == now:
            return self.chain
        return (*self.chain, (self.start, self.start + self.shift, now - self.start))


def plain_path(
    base: bytes, new: bytes, anchors: list[tuple[int, int]], costs: Costs
) -> list[tuple[int, int, int]]:
    """Return the segments of the cheapest path through the anchors' shifts."""
    ways = _proposed([Way(None, cost=0)], 0)
    waiting = list(anchors)
    for at in range(len(new)):
        while waiting and waiting[0][0] <= at + _LEAD_BYTES:
            ways = _proposed(ways, waiting.pop(0)[1])
        best = min(ways, key=lambda way: way.cost)
        ways = [_switched(way, best, at, costs) for way in ways]
        ways = [_paid(way, base, new, at, costs) for way in ways]
    return list(min(ways, key=lambda way: way.cost).finished(len(new)))


def _proposed(ways: list[Way], shift: int) -> list[Way]:
    if any(way.shift == shift for way in ways):
        return ways
    if len(ways) <= _CANDIDATES:
        return [*ways, Way(shift)]
    dearest = max(range(1, len(ways)), key=lambda index: ways[index].cost)
    return [*ways[:dearest], Way(shift), *ways[dearest + 1 :]]


def _switched(way: Way, best: Way, now: int, costs: Costs) -> Way:
    chain = best.finished(now)
    cost = best.cost + (0 if way.shift is None else _entry_cost(chain, way.shift, costs))
    if way is best or cost >= way.cost:
        return way
    return Way(way.shift, cost, chain, now)


def _entry_cost(chain: Chain, shift: int, costs: Costs) -> int:
    shifts = [base - new for new, base, _ in chain]
    if shift in shifts[-_RECENT_SEGMENTS:]:
        return costs.recent_segment
    distance = abs(shift - (shifts[-1] if shifts else 0)) | 1
    return costs.new_segment + _log2_sixteenths(distance) * costs.per_distance_bit // 16


def _log2_sixteenths(value: int) -> int:
    whole = value.bit_length() - 1
    fraction = value >> (whole - 4) if whole >= 4 else value << (4 - whole)
    return whole * 16 + fraction % 16


def _paid(way: Way, base: bytes, new: bytes, at: int, costs: Costs) -> Way:
    if way.shift is None:
        return replace(way, cost=way.cost + costs.inserted)
    start = at + way.shift
    if not 0 <= start < len(base):
        return replace(way, cost=_UNREACHABLE)
    if base[start] == new[at]:
        return replace(way, cost=way.cost + costs.hit)
    is_soon = way.last_miss is not None and at <= way.last_miss + _MISS_REACH
    miss = costs.next_miss if is_soon else costs.first_miss
    return replace(way, cost=way.cost + miss, last_miss=at)
