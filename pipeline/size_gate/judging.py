"""Holding what was measured against budgets and baseline: one verdict per item, one outcome.

A verdict is never `within` by accident: no value, no baseline and a baseline of zero each have a
verdict of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum, unique

from pipeline.size_gate.baseline import Baseline
from pipeline.size_gate.budgets import Budget, BudgetPlan, Limits, Unit, limits_on
from pipeline.size_gate.growth import SymbolGrowth, symbol_growth
from pipeline.size_gate.measuring import Item, Measured, Value, items_of
from pipeline.size_gate.reasons import Reason, find_reasons
from pipeline.size_gate.wording import amount_text


@unique
class Status(StrEnum):
    """What became of one item."""

    WITHIN = "within"
    OVER = "over"
    NO_BASELINE = "no baseline"
    """A limit of growth, and nothing to grow from."""
    NOT_NEEDED = "no update"
    """The released image and the new one are equal."""


@unique
class Outcome(StrEnum):
    """What became of all items together; each has its exit code."""

    WITHIN = "within"
    OVER = "over"
    NO_BASELINE = "no baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One item of one budget."""

    budget: Budget
    item: Item
    value: float | None
    baseline: float | None
    limits: Limits
    """Overrides included."""
    status: Status
    problems: tuple[str, ...] = ()
    """Why it is not within, each a sentence."""
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> Unit:
        """What value and baseline count."""
        return self.item.measure.unit

    @property
    def growth(self) -> float | None:
        """Value less baseline."""
        if self.value is None or self.baseline is None:
            return None
        return self.value - self.baseline

    @property
    def growth_percent(self) -> float | None:
        """Growth in percent of the baseline; None without a baseline to divide by."""
        growth = self.growth
        return 100 * growth / self.baseline if growth is not None and self.baseline else None

    @property
    def is_failure(self) -> bool:
        """Whether it keeps the gate shut."""
        return self.status in (Status.OVER, Status.NO_BASELINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All verdicts, and what grew."""

    plan: BudgetPlan
    image_name: str
    image_sha256: str
    baseline: Baseline | None
    verdicts: tuple[Verdict, ...]
    growth: tuple[SymbolGrowth, ...]
    """Functions and objects that grew, most first; empty without symbols on both sides."""
    reasons: tuple[Reason, ...] = ()
    """Why updates have their size, as far as `with_reasons` looked."""

    @property
    def releases_over(self) -> frozenset[str]:
        """The releases whose update is over a budget."""
        return frozenset(
            verdict.item.release
            for verdict in self.verdicts
            if verdict.status is Status.OVER and verdict.item.release is not None
        )

    @property
    def outcome(self) -> Outcome:
        """Over where anything is over: a regression is told even if something else is missing."""
        statuses = {verdict.status for verdict in self.verdicts}
        if Status.OVER in statuses:
            return Outcome.OVER
        return Outcome.NO_BASELINE if Status.NO_BASELINE in statuses else Outcome.WITHIN


def judge(
    plan: BudgetPlan,
    measured: Measured,
    versions: Sequence[str],
    baseline: Baseline | None,
    today: date,
) -> Report:
    """Judge every item of every budget, on a day that decides which overrides hold."""
    verdicts = [
        _verdict(budget, item, measured.values[item], baseline, plan, today)
        for budget in plan.budgets
        for item in items_of(budget, versions)
    ]
    return Report(
        plan=plan,
        image_name=measured.new.name,
        image_sha256=measured.new.sha256.hex(),
        baseline=baseline,
        verdicts=tuple(verdicts),
        growth=() if baseline is None else symbol_growth(baseline.symbols, measured.new),
    )


def with_reasons(report: Report, measured: Measured) -> Report:
    """Return the report with the reasons for what is over; encodes each such update once more."""
    return replace(report, reasons=find_reasons(report.releases_over, measured))


def _verdict(
    budget: Budget,
    item: Item,
    value: Value,
    baseline: Baseline | None,
    plan: BudgetPlan,
    today: date,
) -> Verdict:
    effective = limits_on(today, budget, plan.overrides)
    before = None if baseline is None else baseline.values.get(item.key)
    over = list(_exceeded(item, value, before, effective.limits))
    unknown = [] if value.not_needed else list(_unknown(item, before, effective.limits))
    status = Status.WITHIN
    if over:
        status = Status.OVER
    elif unknown:
        status = Status.NO_BASELINE
    elif value.not_needed:
        status = Status.NOT_NEEDED
    notes = (*effective.notes, *([value.trouble] if value.not_needed and value.trouble else ()))
    return Verdict(
        budget=budget,
        item=item,
        value=value.amount,
        baseline=before,
        limits=effective.limits,
        status=status,
        problems=(*over, *unknown),
        notes=notes,
    )


def _exceeded(item: Item, value: Value, before: float | None, limits: Limits) -> Iterator[str]:
    if value.not_needed:
        return
    if value.amount is None:
        yield value.trouble or "has no value"
        return
    unit = item.measure.unit
    if limits.maximum is not None and value.amount > limits.maximum:
        yield (
            f"{amount_text(value.amount, unit)}, {amount_text(value.amount - limits.maximum, unit)}"
            f" over the limit of {amount_text(limits.maximum, unit)}"
        )
    if before is None:
        return
    growth = value.amount - before
    if limits.growth is not None and growth > limits.growth:
        yield (
            f"grew by {amount_text(growth, unit)} to {amount_text(value.amount, unit)}, "
            f"{amount_text(limits.growth, unit)} are allowed"
        )
    percent = limits.growth_percent
    if percent is not None and before > 0 and 100 * growth > percent * before:
        yield (
            f"grew by {100 * growth / before:.2f} % to {amount_text(value.amount, unit)}, "
            f"{percent:g} % are allowed"
        )


def _unknown(item: Item, before: float | None, limits: Limits) -> Iterator[str]:
    if limits.need_baseline and before is None:
        yield (
            f"limits growth, but the baseline has no {item.key!r}: write the baseline anew "
            "(--write-baseline) on the branch to compare with"
        )
    elif limits.growth_percent is not None and before == 0:
        yield (
            f"limits growth in percent, but the baseline of {item.key!r} is 0: "
            "write the baseline anew, or limit growth in absolute terms"
        )
