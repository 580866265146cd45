"""Sizes side by side: patch bytes of every tool, the best peers of each pair, mean ratios.

Peers are all tools but airdelta's tiers. The best peer of a pair is the smallest of those that ran
here and of those that a peer table knows; who it is may differ from pair to pair, which makes it a
harder bar than any single tool.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from patch_bench.corpus import Pair
from patch_bench.measuring import Measured, Outcome
from patch_bench.peer_table import PeerSize, PeerTable
from patch_bench.tools.contract import Tool


@unique
class Reference(StrEnum):
    """What a size is compared with."""

    BEST_PEER = "best_peer"
    BEST_MCU_PEER = "best_mcu_peer"
    BSDIFF4 = "bsdiff4"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSizes:
    """All that is known of the patches for one pair."""

    name: str
    content: str
    architecture: str
    base_bytes: int
    new_bytes: int
    patch_bytes: Mapping[str, int]
    """Of every tool that ran, by name, in the order in which tools are reported."""
    best_peer: PeerSize | None
    best_mcu_peer: PeerSize | None
    is_in_peer_table: bool

    def reference_bytes(self, reference: Reference) -> int | None:
        """Return the size that others are compared with, or None if there is none."""
        match reference:
            case Reference.BEST_PEER:
                return self.best_peer.patch_bytes if self.best_peer else None
            case Reference.BEST_MCU_PEER:
                return self.best_mcu_peer.patch_bytes if self.best_mcu_peer else None
            case Reference.BSDIFF4:
                return self.patch_bytes.get("bsdiff4")

    def ratio(self, tool: str, reference: Reference) -> float | None:
        """Return a tool's size over that of the reference; None unless both are known."""
        size, against = self.patch_bytes.get(tool), self.reference_bytes(reference)
        return size / against if size is not None and against is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanRatio:
    """A geometric mean and over how many pairs it was taken."""

    value: float | None
    """None if there is nothing to take it over."""
    pair_count: int


def compare_sizes(
    pairs: Sequence[Pair],
    outcomes: Iterable[Outcome],
    peers: Collection[Tool],
    tables: Sequence[PeerTable],
) -> list[PairSizes]:
    """Collect the sizes of each pair and find its best peers."""
    sizes: dict[str, dict[str, int]] = {pair.name: {} for pair in pairs}
    for outcome in outcomes:
        if isinstance(outcome, Measured):
            sizes[outcome.pair][outcome.tool] = outcome.patch_bytes
    return [_pair_sizes(pair, sizes[pair.name], peers, tables) for pair in pairs]


def mean_ratio(pairs: Iterable[PairSizes], tool: str, reference: Reference) -> MeanRatio:
    """Return the geometric mean of a tool's ratios over the pairs that have one."""
    ratios = [ratio for pair in pairs if (ratio := pair.ratio(tool, reference)) is not None]
    return MeanRatio(value=geometric_mean(ratios), pair_count=len(ratios))


def geometric_mean(values: Sequence[float]) -> float | None:
    """Return the geometric mean of positive numbers, None if there are none."""
    if not values:
        return None
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _pair_sizes(
    pair: Pair,
    sizes: Mapping[str, int],
    peers: Collection[Tool],
    tables: Sequence[PeerTable],
) -> PairSizes:
    rows = [table.pairs[pair.name] for table in tables if pair.name in table.pairs]
    measured = [
        (PeerSize(tool=peer.name, patch_bytes=sizes[peer.name]), peer.is_mcu_applicable)
        for peer in peers
        if peer.name in sizes
    ]
    return PairSizes(
        name=pair.name,
        content=pair.content,
        architecture=pair.architecture,
        base_bytes=len(pair.base),
        new_bytes=len(pair.new),
        patch_bytes=sizes,
        best_peer=_smallest([row.best for row in rows] + [size for size, _ in measured]),
        best_mcu_peer=_smallest(
            [row.best_mcu for row in rows] + [size for size, is_mcu in measured if is_mcu]
        ),
        is_in_peer_table=bool(rows),
    )


def _smallest(sizes: Sequence[PeerSize]) -> PeerSize | None:
    """Return the smallest; of equal ones the first, so that a table's names come before ours."""
    return min(sizes, key=lambda size: size.patch_bytes, default=None)
