"""Verdicts: what is over, by how much, and what cannot be said."""

from dataclasses import replace

import pytest

from pipeline.size_gate.budgets import Budget, BudgetPlan, Limits, Measure
from pipeline.size_gate.growth import symbol_growth
from pipeline.size_gate.judging import Outcome, Report, Status, judge
from pipeline.size_gate.measuring import Measured, Value
from tests.pipeline.size_gate.made_reports import IMAGE, TODAY, make_image, make_report


def judged(limits: Limits, value: float, before: float | None) -> Report:
    """Judge one image against one budget."""
    plan = BudgetPlan(
        source="b.toml", budgets=(Budget(name="flash", measure=Measure.IMAGE, limits=limits),)
    )
    baseline = make_report().baseline
    assert baseline is not None
    values = {} if before is None else {IMAGE.key: before}
    measured = Measured(new=make_image(), device="sensor-node", values={IMAGE: Value(amount=value)})
    return judge(plan, measured, [], replace(baseline, values=values), TODAY)


@pytest.mark.parametrize(
    ("limits", "value", "before", "outcome"),
    [
        (Limits(maximum=100), 100, None, Outcome.WITHIN),
        (Limits(maximum=100), 101, None, Outcome.OVER),
        (Limits(growth=10), 110, 100, Outcome.WITHIN),
        (Limits(growth=10), 111, 100, Outcome.OVER),
        (Limits(growth=0), 99, 100, Outcome.WITHIN),
        (Limits(growth_percent=5), 105, 100, Outcome.WITHIN),
        (Limits(growth_percent=5), 106, 100, Outcome.OVER),
        (Limits(growth=10), 1, None, Outcome.NO_BASELINE),
        (Limits(growth_percent=5), 1, 0, Outcome.NO_BASELINE),
        (Limits(growth=10), 10, 0, Outcome.WITHIN),
        (Limits(maximum=5, growth=10), 6, None, Outcome.OVER),
        (Limits(maximum=0), 0, None, Outcome.WITHIN),
    ],
)
def test_limits_are_inclusive_and_a_missing_baseline_never_passes(
    limits: Limits, value: float, before: float | None, outcome: Outcome
) -> None:
    assert judged(limits, value, before).outcome is outcome


def test_each_kind_of_verdict_is_told() -> None:
    verdicts = {verdict.item.key: verdict for verdict in make_report().verdicts}

    assert [v.status for v in verdicts.values()] == [
        Status.WITHIN,
        Status.NO_BASELINE,
        Status.OVER,
        Status.NOT_NEEDED,
        Status.OVER,
    ]
    assert verdicts["image"].notes == (
        "its override expired on 2026-01-01 (was small): remove it, or renew it with a new date",
    )
    assert verdicts["delivery/eu868-dr3/1.0.0"].problems == (
        "1m30s, 30.5 s over the limit of 1m00s",
        "grew by 10.5 s to 1m30s, 1.0 s are allowed",
    )


def test_symbols_that_grew_come_first_and_lost_ones_last() -> None:
    growth = symbol_growth({"grown": 100, "same": 50, "gone": 40}, make_image())

    assert [(one.name, one.growth_bytes) for one in growth] == [("grown", 200), ("gone", -40)]
    assert symbol_growth({}, make_image()) == ()
