"""Engines' results kept by content: found again when nothing changed, and only then."""

from pathlib import Path

import pytest

from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.document_cache import default_folder
from pipeline.engines.contract import NO_HINTS, EngineFailure, Hints
from pipeline.engines.result_cache import Pair, ResultCache
from pipeline.engines.runner import process_executor, run_engine
from pipeline.images.reader import read_image
from pipeline.packaging.build import BuildRequest, rate_candidates

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
BASE, NEW = bytes(range(256)) * 8, bytes(range(1, 256)) * 8
PAIR = Pair(BASE, NEW, NO_HINTS)


def test_a_kept_result_comes_back_as_it_was(tmp_path: Path) -> None:
    outcomes = [run_engine(name, BASE, NEW) for name in ("full", "bsdiff4", "airdelta-tiny")]
    failure = EngineFailure(engine="zstd-patch", reason="left out")
    ResultCache(tmp_path / "new").keep(PAIR, [*outcomes, failure])
    names = ["full", "bsdiff4", "airdelta-tiny", "zstd-patch", "full-zstd"]

    known = ResultCache(tmp_path / "new").known(PAIR, names)
    assert known == {one.engine: one for one in (*outcomes, failure)}


@pytest.mark.parametrize(
    "other",
    [
        Pair(BASE + b"\0", NEW, NO_HINTS),
        Pair(BASE, NEW + b"\0", NO_HINTS),
        Pair(BASE, NEW, Hints(moves=((0, 4),))),
    ],
)
def test_another_pair_is_not_known(tmp_path: Path, other: Pair) -> None:
    cache = ResultCache(tmp_path)
    cache.keep(PAIR, [run_engine("full", BASE, NEW)])

    assert cache.known(PAIR, ["full"])
    assert not cache.known(other, ["full"])


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)
    cache.keep(PAIR, [run_engine("full", BASE, NEW)])
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()

    for damaged in (
        b"",
        whole[:-5],
        b"[]",
        b"{}",
        whole.replace(b'"payload": "AQ', b'"payload": "AR'),
    ):
        assert damaged != whole
        file.write_bytes(damaged)
        assert not cache.known(PAIR, ["full"])


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    cache = ResultCache(file / "folder")

    cache.keep(PAIR, [run_engine("full", BASE, NEW)])
    assert not cache.known(PAIR, ["full"])


def test_running_out_of_memory_is_not_kept(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)

    cache.keep(PAIR, [EngineFailure(engine="full", reason="out of memory")])
    assert not cache.known(PAIR, ["full"])


def test_a_second_comparison_runs_no_engine_and_says_the_same(tmp_path: Path) -> None:
    base, new = (read_image(IMAGES / f"sensor-node-cm3-{v}.bin") for v in ("1.0.0", "1.1.0"))
    profile = parse_profile(builtin_profile_text("sensor-node"))
    request = BuildRequest(base=base, new=new, profile=profile, security_counter=0)
    engines, cache = ("full", "airdelta-tiny"), ResultCache(tmp_path)
    ran: list[str] = []
    with process_executor(1) as executor:
        first, second = (
            rate_candidates(request, executor, lambda one: ran.append(one.engine), engines, cache)
            for _ in range(2)
        )

    assert sorted(ran) == sorted(engines)
    assert first == second


def test_the_folder_is_where_the_xdg_specification_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder("engine-results") == tmp_path / "airdelta" / "engine-results"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder("engine-results") == tmp_path / ".cache" / "airdelta" / "engine-results"
