"""The whole bench, with tools whose sizes are known: what it prints, writes and returns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from patch_bench.command import main
from patch_bench.tools.contract import Tier, Tool

from tests.bench.fake_tools import (
    Broken,
    BrokenTier,
    Crashing,
    Missing,
    Padded,
    WrongBytes,
    WrongSize,
    padded_tier,
)
from tests.bench.tiny_corpus import add_pair

Json: TypeAlias = Any
"""What `json.loads` returns; a test that looks up what is not there fails."""

TINY = padded_tier("tiny", {"first": 800, "packed": 1000, "second": 900})
LARGE = padded_tier("large", {"first": 700, "packed": 1200, "second": 1800})
BSDIFF4 = Padded(name="bsdiff4", patch_bytes={"first": 1600, "packed": 1000, "second": 1200})
HEATSHRINK = Padded(
    name="heatshrink",
    patch_bytes={"first": 2000, "packed": 2000, "second": 2000},
    is_mcu_applicable=True,
)
TABLE = """\
pair,best_peer_bytes,best_peer,best_mcu_peer_bytes,best_mcu_peer
first,1000,hdiffz,3200,hdiffi
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A corpus of two code pairs and a compressed one, and where to put things."""

    folder: Path

    def run(self, *options: str, tiers: Sequence[Tier] = (), peers: Sequence[Tool] = ()) -> int:
        return main(("--corpus", str(self.folder / "corpus"), *options), tiers, peers)

    def run_to_json(self, *options: str, tiers: Sequence[Tier], peers: Sequence[Tool]) -> Json:
        path = self.folder / "out.json"
        asked = ",".join(tier.tier for tier in tiers) or "none"
        options = ("--tiers", asked, "--json", str(path), *options)
        assert self.run(*options, tiers=tiers, peers=peers) == 0
        return json.loads(path.read_text())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    add_pair(tmp_path / "corpus", "first")
    add_pair(tmp_path / "corpus", "second")
    add_pair(tmp_path / "corpus", "packed", content="compressed")
    return Bench(tmp_path)


def one_error(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


class TestTheWholeRun:
    def test_ratios_and_means_are_those_computed_by_hand(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        table = bench.folder / "peers.csv"
        table.write_text(TABLE)

        document = bench.run_to_json(
            "--peers", str(table), "--jobs", "2", tiers=(TINY, LARGE), peers=(BSDIFF4, HEATSHRINK)
        )

        assert document["geomean"]["tiny"] == {
            "best_peer": pytest.approx(sqrt(800 / 1000 * 900 / 1200), abs=1e-4),
            "best_mcu_peer": pytest.approx(sqrt(800 / 2000 * 900 / 2000), abs=1e-4),
            "bsdiff4": pytest.approx(sqrt(800 / 1600 * 900 / 1200), abs=1e-4),
        }
        assert document["geomean"]["standard"] == dict.fromkeys(document["geomean"]["tiny"])
        assert document["geomean_of_other_content"]["compressed"]["large"]["best_peer"] == 1.2
        assert document["code_pairs"] == 2
        assert document["larger_than_best_peer"] == {"tiny": [], "large": ["second", "packed"]}
        first, packed, second = document["pairs"]
        assert (first["pair"], packed["pair"], second["pair"]) == ("first", "packed", "second")
        assert first["tiny_bytes"] == 800
        assert first["standard_bytes"] is None
        assert first["large_bytes"] == 700
        assert (first["best_peer_bytes"], first["best_peer"]) == (1000, "hdiffz")
        assert (first["best_mcu_peer_bytes"], first["best_mcu_peer"]) == (2000, "heatshrink")
        assert (second["best_peer_bytes"], second["best_peer"]) == (1200, "bsdiff4")
        assert first["peer_bytes"] == {"bsdiff4": 1600, "heatshrink": 2000}
        assert second["ratios"]["large"]["best_peer"] == 1.5
        assert (packed["content"], packed["is_headline"]) == ("compressed", False)
        assert document["peer_tables"][0]["name"] == "peers.csv"
        assert document["versions"]["bsdiff4"] == "1.2.3"
        assert {"airdelta", "python"} <= document["versions"].keys()
        assert document["failed"] == document["left_out"] == []
        timings = document["timings"]
        assert len(timings["measurements"]) == 3 * 4
        assert all(entry["build_s"] >= 0 for entry in timings["measurements"])
        printed = capsys.readouterr().out
        assert "large is larger than the best peer on second: 1.500 x bsdiff4" in printed
        assert "not in the peer table: packed, second" in printed
        assert "0.775 MISSED" in printed  # tiny over the best peer: sqrt(0.8 * 0.75)
        assert "0.424 met" in printed  # tiny over the best MCU peer: sqrt(0.4 * 0.45)

    def test_results_without_timings_are_the_same_in_every_run(self, bench: Bench) -> None:
        written = []
        for name in ("one", "two"):
            folder = bench.folder / name
            folder.mkdir()
            options = ("--tiers", "tiny", "--results", str(folder), "--pairs", "first")
            assert bench.run(*options, tiers=(TINY,), peers=(BSDIFF4,)) == 0
            files = {path.name: path.read_text() for path in folder.iterdir()}
            assert "timings" not in json.loads(files["patch_size.json"])
            assert json.loads(files.pop("patch_size_timings.json"))["measurements"]
            written.append(files)

        assert written[0] == written[1]
        assert sorted(written[0]) == [
            "patch_size.json", "patch_size_by_pair.svg", "patch_size_by_tool.svg",
        ]  # fmt: skip

    def test_a_plot_that_no_longer_fits_the_numbers_is_removed(self, bench: Bench) -> None:
        stale = bench.folder / "patch_size_by_pair.svg"
        stale.write_text("<svg/>")

        options = ("--tiers", "none", "--results", str(bench.folder), "--pairs", "first")

        assert bench.run(*options, peers=(BSDIFF4,)) == 0
        assert not stale.exists()
        assert (bench.folder / "patch_size_by_tool.svg").exists()

    def test_a_plot_compares_only_tools_that_ran_on_every_code_pair(self, bench: Bench) -> None:
        picky = Padded(name="picky", patch_bytes={"second": 700})

        options = ("--tiers", "none", "--results", str(bench.folder), "--pairs", "*s*")

        assert bench.run(*options, peers=(BSDIFF4, picky)) == 0
        drawn = (bench.folder / "patch_size_by_tool.svg").read_text()
        assert ">bsdiff4<" in drawn
        assert "picky" not in drawn


class TestWhatGoesWrong:
    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            (WrongBytes, "wrong result: differs from offset 7"),
            (WrongSize, "wrong result: 700 bytes instead of 617"),
        ],
    )
    def test_a_wrong_result_is_reported_and_fails_the_run(
        self,
        bench: Bench,
        capsys: pytest.CaptureFixture[str],
        kind: type[Padded],
        reason: str,
    ) -> None:
        liar = kind(name="liar", patch_bytes={"first": 700})

        code = bench.run("--tiers", "none", "--pairs", "first", peers=(liar,))

        assert code == 1
        assert f"FAILED: liar on first: {reason}" in capsys.readouterr().out

    def test_a_wrong_result_counts_as_none(self, bench: Bench) -> None:
        path = bench.folder / "out.json"
        liar = WrongBytes(name="liar", patch_bytes={"first": 620})

        options = ("--tiers", "none", "--pairs", "first", "--json", str(path))
        code = bench.run(*options, peers=(liar, BSDIFF4))

        document = json.loads(path.read_text())
        assert code == 1
        assert document["pairs"][0]["best_peer"] == "bsdiff4"
        assert document["failed"][0]["is_wrong_result"]

    def test_a_missing_tool_is_left_out_and_said_to_be(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        missing = Missing(name="nowhere", patch_bytes={})

        document = bench.run_to_json("--pairs", "first", tiers=(), peers=(missing, BSDIFF4))

        reason = "the command nowhere is not installed"
        assert document["left_out"] == [{"tool": "nowhere", "pair": None, "reason": reason}]
        assert f"left out: nowhere: {reason}" in capsys.readouterr().out
        assert "nowhere" not in document["versions"]

    def test_a_tool_that_is_not_for_a_pair_is_left_out_there(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        picky = Padded(name="picky", patch_bytes={"second": 700})

        document = bench.run_to_json("--pairs", "*s*", tiers=(), peers=(picky,))

        assert [entry["pair"] for entry in document["left_out"]] == ["first"]
        assert "left out: picky on first: picky is not for first" in capsys.readouterr().out
        assert document["tools"] == [
            {"tool": "picky", "geomean_to_best_peer": 1.0, "code_pairs": 1}
        ]

    def test_a_peer_that_breaks_or_crashes_stops_nobody_else(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = Broken(name="broken", patch_bytes={})
        crashing = Crashing(name="crashing", patch_bytes={})

        document = bench.run_to_json(
            "--pairs", "first", tiers=(), peers=(broken, crashing, BSDIFF4)
        )

        reasons = {entry["tool"]: entry["reason"] for entry in document["failed"]}
        assert reasons["broken"] == "cannot build the patch: ZeroDivisionError: no way"
        assert "BrokenProcessPool" in reasons["crashing"]
        assert document["pairs"][0]["peer_bytes"] == {"bsdiff4": 1600}
        assert "FAILED: crashing on first" in capsys.readouterr().out

    def test_a_tier_that_breaks_fails_the_run(self, bench: Bench) -> None:
        tier = BrokenTier(name="airdelta-tiny", tier="tiny", patch_bytes={})
        options = ("--tiers", "tiny", "--pairs", "first")

        assert bench.run(*options, tiers=(tier,), peers=(BSDIFF4,)) == 1


class TestOptionsThatCannotBeUsed:
    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            (("--tiers", "tiny,huge"), "--tiers: unknown tier 'huge' (known: tiny)"),
            (("--tools", "b*,x*"), "--tools: no peer is called 'x*' (known: bsdiff4)"),
            (("--pairs", "third"), "no pair is called third"),
            (("--peers", "nowhere.csv"), "nowhere.csv: no such file"),
            (("--json", "no/where.json"), "no/where.json: its folder does not exist"),
            (("--results", "nowhere"), "nowhere: no such folder"),
        ],
    )
    def test_the_mistake_is_one_line(
        self,
        bench: Bench,
        capsys: pytest.CaptureFixture[str],
        options: tuple[str, ...],
        complaint: str,
    ) -> None:
        tiers = () if "--tiers" in options else ("--tiers", "tiny")

        assert bench.run(*tiers, *options, tiers=(TINY,), peers=(BSDIFF4,)) == 2
        assert complaint in one_error(capsys)

    def test_a_damaged_peer_table_is_one_line(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        table = bench.folder / "peers.csv"
        table.write_text(TABLE.replace("1000", "many"))

        code = bench.run("--tiers", "none", "--peers", str(table), peers=(BSDIFF4,))

        assert code == 2
        assert "peers.csv: line 2: best_peer_bytes is 'many'" in one_error(capsys)

    @pytest.mark.parametrize("jobs", ["0", "-1", "two"])
    def test_jobs_are_a_number_above_zero(self, bench: Bench, jobs: str) -> None:
        with pytest.raises(SystemExit) as caught:
            bench.run("--jobs", jobs)

        assert caught.value.code == 2
