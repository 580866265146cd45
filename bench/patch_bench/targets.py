"""What airdelta promises of its patches, per tier, and what is measured of it.

Sizes are geometric means over code pairs of the patch bytes over those of the best peer of each
pair. Decoding speed is taken over code pairs, on one core of the host; building over all pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from patch_bench.comparison import MeanRatio, PairSizes, Reference, mean_ratio
from patch_bench.corpus import CODE
from patch_bench.cost_summary import summarise_costs
from patch_bench.measuring import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The promise for one tier: at most this large, at least this fast."""

    best_peer: float
    best_peer_aim: float
    """What to strive for beyond the promise."""
    best_mcu_peer: float
    apply_mb_per_s: float


TARGETS: Final[Mapping[str, Target]] = {
    "tiny": Target(best_peer=0.60, best_peer_aim=0.56, best_mcu_peer=0.45, apply_mb_per_s=10),
    "standard": Target(best_peer=0.55, best_peer_aim=0.50, best_mcu_peer=0.41, apply_mb_per_s=5),
    "large": Target(best_peer=0.47, best_peer_aim=0.44, best_mcu_peer=0.35, apply_mb_per_s=0.5),
}
"""By tier."""

MOST_BUILD_S_PER_MB: Final = 4.0
MOST_BUILD_TIME_RATIO: Final = 4.0
"""To detools' bsdiff with LZMA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Achievement:
    """What one tier reached."""

    best_peer: MeanRatio
    best_mcu_peer: MeanRatio
    apply_mb_per_s: float | None
    build_s_per_mb: float | None
    build_time_ratio: float | None


def measure_achievement(
    tool: str, sizes: Sequence[PairSizes], measured: Sequence[Measured]
) -> Achievement:
    """Take the means that the targets speak of."""
    code = [pair for pair in sizes if pair.content == CODE]
    over_code = summarise_costs(tool, measured, {pair.name: pair.new_bytes for pair in code})
    over_all = summarise_costs(tool, measured, {pair.name: pair.new_bytes for pair in sizes})
    return Achievement(
        best_peer=mean_ratio(code, tool, Reference.BEST_PEER),
        best_mcu_peer=mean_ratio(code, tool, Reference.BEST_MCU_PEER),
        apply_mb_per_s=over_code.apply.mb_per_s,
        build_s_per_mb=over_all.build.s_per_mb,
        build_time_ratio=over_all.build.time_ratio,
    )
