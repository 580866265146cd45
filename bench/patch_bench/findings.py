"""One run of the bench: what was asked for and everything that came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patch_bench.comparison import PairSizes, Reference
from patch_bench.corpus import CODE
from patch_bench.measuring import Failed, LeftOut, Measured
from patch_bench.peer_table import PeerTable
from patch_bench.tools.contract import Tier, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that reports are made of."""

    tiers: Sequence[Tier]
    """Asked for, whether they ran or not."""
    peers: Sequence[Tool]
    """Those that ran."""
    pairs: Sequence[PairSizes]
    measured: Sequence[Measured]
    failed: Sequence[Failed]
    left_out: Sequence[LeftOut]
    versions: Mapping[str, str]
    peer_tables: Sequence[PeerTable]
    jobs: int
    """How many measurements ran at a time."""

    @property
    def code_pairs(self) -> list[PairSizes]:
        """The pairs that headline means are taken over."""
        return [pair for pair in self.pairs if pair.content == CODE]

    @property
    def other_pairs(self) -> list[PairSizes]:
        """All other pairs."""
        return [pair for pair in self.pairs if pair.content != CODE]

    @property
    def is_sound(self) -> bool:
        """Whether every result was right, and airdelta had one for every pair."""
        own = {tier.name for tier in self.tiers}
        return not any(failure.is_wrong_result or failure.tool in own for failure in self.failed)

    def larger_than_best_peer(self, tier: Tier) -> list[PairSizes]:
        """Return the pairs on which a tier loses, worst first."""
        ratios = [(pair.ratio(tier.name, Reference.BEST_PEER), pair) for pair in self.pairs]
        lost = [(ratio, pair) for ratio, pair in ratios if ratio is not None and ratio > 1]
        return [pair for _, pair in sorted(lost, key=lambda entry: (-entry[0], entry[1].name))]
