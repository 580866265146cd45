"""Every case of `link_cases.csv` against our models.

The rows come from other implementations, specifications and measurements; each names its source.
"""

import csv
from pathlib import Path

import pytest

from link_sim.crosscheck.check import Verdict, check_cases
from link_sim.crosscheck.models import MODELS

CASES = Path(__file__).with_name("link_cases.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("verdict", list(check_cases(CASES)), ids=lambda verdict: verdict.case_id)
def test_our_model_agrees_with_somebody_else(verdict: Verdict) -> None:
    assert verdict.passed, f"{verdict.reason}: expected {verdict.expected}, got {verdict.got}"


def test_nearly_every_model_has_a_case() -> None:
    tested = {row["model"] for row in csv.DictReader(CASES.splitlines())}

    assert tested <= set(MODELS)
    # Memfault's GATT figures are tested beside the connection (tests/link_sim/ble).
    assert set(MODELS) - tested == {"ble_gatt_throughput"}
