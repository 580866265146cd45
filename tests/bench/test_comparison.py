from pathlib import Path

import pytest
from patch_bench.comparison import PairSizes, Reference, compare_sizes, geometric_mean, mean_ratio
from patch_bench.corpus import read_corpora
from patch_bench.cost import Cost
from patch_bench.measuring import Failed, Measured
from patch_bench.peer_table import BestPeers, PeerSize, PeerTable

from tests.bench.fake_tools import Padded
from tests.bench.tiny_corpus import add_pair

COST = Cost(cpu_s=1.0, peak_bytes=1)
PEERS = (
    Padded(name="small", patch_bytes={}),
    Padded(name="fits", patch_bytes={}, is_mcu_applicable=True),
)


def measured(tool: str, size: int) -> Measured:
    return Measured(tool=tool, pair="pair", patch_bytes=size, build=COST, apply=COST)


def compare(folder: Path, *outcomes: Measured | Failed, table: BestPeers | None) -> PairSizes:
    add_pair(folder, "pair")
    pairs = read_corpora([folder], ("*",))
    tables = [PeerTable(name="", sha256="", pairs={"pair": table})] if table else []
    (sizes,) = compare_sizes(pairs, outcomes, PEERS, tables)
    return sizes


def test_the_geometric_mean_is_the_root_of_the_product() -> None:
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1)
    assert geometric_mean([0.1, 0.2, 0.4]) == pytest.approx(0.2)
    assert geometric_mean([0.3]) == pytest.approx(0.3)
    assert geometric_mean([]) is None


def test_the_best_peer_is_the_smallest_of_table_and_measurements(tmp_path: Path) -> None:
    table = BestPeers(
        best=PeerSize(tool="listed", patch_bytes=50),
        best_mcu=PeerSize(tool="listed for MCUs", patch_bytes=90),
    )

    sizes = compare(tmp_path, measured("small", 40), measured("fits", 95), table=table)

    assert sizes.best_peer == PeerSize(tool="small", patch_bytes=40)
    assert sizes.best_mcu_peer == PeerSize(tool="listed for MCUs", patch_bytes=90)
    assert sizes.is_in_peer_table


def test_a_tier_is_no_peer_of_itself(tmp_path: Path) -> None:
    sizes = compare(tmp_path, measured("airdelta-tiny", 10), measured("fits", 20), table=None)

    assert sizes.best_peer == PeerSize(tool="fits", patch_bytes=20)
    assert sizes.ratio("airdelta-tiny", Reference.BEST_PEER) == 0.5
    assert not sizes.is_in_peer_table


def test_a_tool_that_failed_has_no_size(tmp_path: Path) -> None:
    failed = Failed(tool="fits", pair="pair", reason="broken")

    sizes = compare(tmp_path, failed, measured("small", 8), table=None)

    assert sizes.best_mcu_peer is None
    assert sizes.ratio("small", Reference.BEST_MCU_PEER) is None
    assert sizes.ratio("fits", Reference.BEST_PEER) is None


def test_a_mean_says_over_how_many_pairs_it_goes(tmp_path: Path) -> None:
    first = compare(tmp_path / "a", measured("bsdiff4", 10), measured("small", 20), table=None)
    second = compare(tmp_path / "b", measured("small", 5), table=None)

    mean = mean_ratio([first, second], "small", Reference.BSDIFF4)

    assert mean.value == pytest.approx(2)
    assert mean.pair_count == 1
    assert mean_ratio([second], "small", Reference.BSDIFF4).value is None
