"""Every case of `link_cases.csv` against our models.

The rows come from other implementations, specifications and measurements; each names its source.
"""

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from link_sim.crosscheck.check import Verdict, check_cases
from link_sim.crosscheck.models import MODELS

CASES = Path(__file__).with_name("link_cases.csv").read_text(encoding="utf-8")
VERDICTS = list(check_cases(CASES))
EXTRA_MODELS = {"bumble_gatt_wwr", "bumble_l2cap_coc"}


@pytest.mark.parametrize(
    "verdict",
    [verdict for verdict in VERDICTS if verdict.model not in EXTRA_MODELS],
    ids=lambda verdict: verdict.case_id,
)
def test_our_model_agrees_with_somebody_else(verdict: Verdict) -> None:
    assert verdict.passed, f"{verdict.reason}: expected {verdict.expected}, got {verdict.got}"


@pytest.mark.parametrize(
    "verdict",
    [verdict for verdict in VERDICTS if verdict.model in EXTRA_MODELS],
    ids=lambda verdict: verdict.case_id,
)
def test_a_case_of_an_extra_passes_with_it_and_fails_with_that_reason_without(
    verdict: Verdict,
) -> None:
    if find_spec("bumble") is not None:
        assert verdict.passed, verdict.reason
    else:
        assert verdict.reason == "needs the extra airdelta[bumble], which is not installed"


def test_all_166_published_cases_are_here() -> None:
    assert len(VERDICTS) == 166


def test_nearly_every_model_has_a_case() -> None:
    tested = {row["model"] for row in csv.DictReader(CASES.splitlines())}

    assert tested <= set(MODELS)
    # Memfault's GATT figures are tested beside the connection (tests/link_sim/ble).
    assert set(MODELS) - tested == {"ble_gatt_throughput"}
