"""docs/LINKS.md: its examples run, and its tables are what the models say."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from link_sim.crosscheck.models import MODELS
from link_sim.fields import Fields
from link_sim.links import link_names
from link_sim.lora.duty_cycle import OffTime
from link_sim.lora.frame import LORAWAN_OVERHEAD_BYTES
from link_sim.lora.pacing import burst_elapsed_s
from link_sim.lora.radio_budget import pure_aloha_delivery
from link_sim.lora.region import Direction
from link_sim.lora.regions.eu868 import EU868
from link_sim.transports.ts004 import FRAGMENT_HEADER_BYTES

PAGE = (Path(__file__).parents[2] / "docs" / "LINKS.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a header line."""
    _, _, rest = PAGE.partition(title)
    lines = rest.splitlines()[1:]
    body = lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_as_printed(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    if "bumble" in EXAMPLES[number] and find_spec("bumble") is None:
        pytest.skip("needs the extra airdelta[bumble]")

    exec(compile(EXAMPLES[number], f"example {number}", "exec"), {"__name__": "example"})  # noqa: S102 (our own page)

    printed = capsys.readouterr().out
    assert "print" not in EXAMPLES[number] or printed


def test_fuotasims_and_our_times_are_the_computed_ones() -> None:
    table = rows("| DR | fw | frag | red | FUOTASim s | ours s |\n")
    assert len(table) == 7
    for data_rate, size, fragment, redundant, theirs, ours in table:
        dr, fw, frag, red = (int(cell) for cell in (data_rate, size, fragment, redundant))
        inputs = {
            "dr": dr,
            "fw_size": fw,
            "frag_with_2B_header": frag,
            "redundancy_frags": red,
            "mac_overhead": 8,
            "crc": True,
            "off_time": "9*ToA",
        }
        phy_bytes = frag - 2 + FRAGMENT_HEADER_BYTES + LORAWAN_OVERHEAD_BYTES
        time_s = EU868.data_rate(dr, Direction.DOWNLINK).time_on_air_s(
            phy_bytes, Direction.DOWNLINK
        )
        count = -(-fw // (frag - 2)) + red

        assert MODELS["fuotasim_compat_class_c"](Fields(inputs)) == pytest.approx(
            float(theirs), abs=0.01
        )
        assert burst_elapsed_s(count, time_s, OffTime(0.1)) == pytest.approx(float(ours), abs=0.001)


def test_the_aloha_column_is_the_computed_one() -> None:
    title = "| nodes | LoRaSim, any overlap | ours | LoRaSim, capture | ours |\n"
    for nodes, _, ours, _, _ in rows(title):
        assert pure_aloha_delivery(int(nodes), 1000, 1.318912) == pytest.approx(
            float(ours), abs=0.0001
        )


def test_every_link_that_the_page_names_exists() -> None:
    named = set(re.findall(r"\beu868-dr\d(?:-[a-z-]+)?\b", PAGE))

    assert named
    assert named <= set(link_names())
