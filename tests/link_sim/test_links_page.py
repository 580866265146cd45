"""docs/LINKS.md: its examples run, and its tables are what the models say."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from link_sim.links import link_names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "LINKS.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_as_printed(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    if "bumble" in EXAMPLES[number] and find_spec("bumble") is None:
        pytest.skip("needs the extra airdelta[bumble]")

    exec(compile(EXAMPLES[number], f"example {number}", "exec"), {"__name__": "example"})  # noqa: S102 (our own page)

    printed = capsys.readouterr().out
    assert "print" not in EXAMPLES[number] or printed


def test_the_tables_beside_other_simulators_are_what_the_command_prints() -> None:
    printed = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "simulators.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout

    assert len(printed.splitlines()) == 18
    for table in printed.strip().split("\n\n"):
        assert table in PAGE


def test_every_link_that_the_page_names_exists() -> None:
    named = set(re.findall(r"\beu868-dr\d(?:-[a-z-]+)?\b", PAGE))

    assert named
    assert named <= set(link_names())
