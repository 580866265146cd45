"""The fleet benchmark runs, and its figures do not depend on the workers."""

import pytest
from fleet import main


def test_it_prints_the_same_figures_for_any_number_of_workers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--devices", "40000", "--fragments", "20", "--workers", "2"]) == 0

    title, one, two = capsys.readouterr().out.splitlines()
    assert title == "40,000 devices x 20 fragments, seed 1"
    assert one.split("; ")[1] == two.split("; ")[1]
    assert one.startswith("1 worker(s)")
    assert two.startswith("2 worker(s)")
