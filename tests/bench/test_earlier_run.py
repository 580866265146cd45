"""Peers of an earlier run: taken as measured then, and not run again."""

import json
from pathlib import Path

import pytest
from patch_bench.command import main

from tests.bench.fake_tools import Padded, padded_tier
from tests.bench.tiny_corpus import add_pair

TINY = padded_tier("tiny", {"first": 800})
SMALLER_TINY = padded_tier("tiny", {"first": 700})
THEN = Padded(name="bsdiff4", patch_bytes={"first": 1600})
NOW = Padded(name="bsdiff4", patch_bytes={"first": 1000})


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    add_pair(tmp_path / "corpus", "first")
    return tmp_path / "corpus"


def test_peers_keep_the_sizes_and_costs_of_the_earlier_run(corpus: Path, tmp_path: Path) -> None:
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    earlier.mkdir()
    later.mkdir()
    options = ("--corpus", str(corpus), "--tiers", "tiny")
    assert main((*options, "--results", str(earlier)), [TINY], [THEN]) == 0

    again = (*options, "--peers-from", str(earlier), "--results", str(later))
    assert main(again, [SMALLER_TINY], [NOW]) == 0

    (pair,) = json.loads((later / "patch_size.json").read_text())["pairs"]
    assert pair["tiny_bytes"] == 700
    assert pair["peer_bytes"] == {"bsdiff4": 1600}
    times = [
        [
            entry["build_s"]
            for entry in json.loads((folder / "patch_size_timings.json").read_text())[
                "measurements"
            ]
            if entry["tool"] == "bsdiff4"
        ]
        for folder in (earlier, later)
    ]
    assert times[0] == times[1]


def test_a_folder_without_results_is_told(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--corpus", str(corpus), "--tiers", "tiny", "--peers-from", str(tmp_path))

    code = main(options, [TINY], [THEN])

    assert code == 2
    assert "holds no results of an earlier run" in capsys.readouterr().err
