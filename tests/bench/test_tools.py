import random
from pathlib import Path

import pytest
from patch_bench.corpus import Pair, read_corpora
from patch_bench.tools.contract import DoesNotApply, Tool
from patch_bench.tools.registry import PEERS, TIERS

from tests.bench.tiny_corpus import add_pair

INSTALLED = [tool for tool in (*TIERS, *PEERS) if tool.find_obstacle() is None]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    add_pair(tmp_path, "pair")
    (pair,) = read_corpora([tmp_path], ("*",))
    return pair


@pytest.mark.parametrize("tool", INSTALLED, ids=lambda tool: tool.name)
def test_a_patch_gives_the_new_image_back_and_is_smaller(tool: Tool, pair: Pair) -> None:
    patch = tool.encode(pair)

    assert tool.decode(patch, pair.base, len(pair.new)) == pair.new
    assert len(patch) < len(pair.new)


@pytest.mark.parametrize("tool", INSTALLED, ids=lambda tool: tool.name)
def test_a_patch_needs_its_base_image(tool: Tool, pair: Pair) -> None:
    other = random.Random(1).randbytes(len(pair.base))
    patch = tool.encode(pair)

    try:
        decoded = tool.decode(patch, other, len(pair.new))
    except Exception:  # noqa: BLE001 (each library has errors of its own; any of them will do)
        return
    assert decoded != pair.new


@pytest.mark.parametrize("tool", INSTALLED, ids=lambda tool: tool.name)
def test_a_tool_says_what_version_it_is(tool: Tool) -> None:
    versions = tool.versions()

    assert versions
    assert all(version[0].isdigit() for version in versions.values())


def test_every_tool_has_a_name_of_its_own() -> None:
    names = [tool.name for tool in (*TIERS, *PEERS)]

    assert len(set(names)) == len(names)
    assert [tier.tier for tier in TIERS] == ["tiny", "standard", "large"]


def test_tools_of_the_product_are_always_there() -> None:
    always = {"bsdiff4", "detools-sequential-lzma", "detools-hdiffpatch", "zstd-patch"}

    assert always <= {tool.name for tool in INSTALLED}


def test_a_data_format_is_for_the_processors_that_it_knows(tmp_path: Path) -> None:
    add_pair(tmp_path, "avr", arch="avr (ATmega328P)")
    (pair,) = read_corpora([tmp_path], ("*",))
    (tool,) = (peer for peer in PEERS if peer.name == "detools-data-format-lzma")

    with pytest.raises(DoesNotApply, match="no data format for its architecture"):
        tool.encode(pair)
