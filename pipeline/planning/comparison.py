"""The comparison: what each candidate comes to on each link, which one to send, and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from link_sim.errors import LinkError
from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.forecast import (
    CERTAIN,
    Circumstances,
    Forecast,
    Recipient,
    certain,
    simulated,
)
from pipeline.planning.limits import NO_LIMITS, Limit, Limits, binding_limits
from pipeline.planning.pareto import objectives, pareto_optimal
from pipeline.planning.spending import Spending, StrategyCost
from pipeline.rehearsal.delivery import DeliveryEstimate, estimate_delivery

OnForecast: TypeAlias = Callable[[str], None]
"""Told the link whenever one strategy on it is done, for progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkColumn:
    """One link and what it does for each candidate, in the candidates' order."""

    link: Link
    estimates: tuple[DeliveryEstimate | None, ...]
    """Of one device without loss; None where the link cannot carry a package of that size."""
    costs: tuple[StrategyCost | None, ...]
    """What each of them takes out of battery and purse; None where it cannot be carried."""
    forecasts: tuple[Forecast | None, ...]
    """Under the circumstances of the comparison."""
    broken: tuple[tuple[Limit, ...], ...]
    """The limits that each of them exceeds."""
    pareto: tuple[bool, ...]
    """Whether no other candidate that fits is better in everything, on this link."""
    notes: tuple[str, ...]
    """What the costs rest on that nobody confirmed, one sentence each."""

    @property
    def seconds(self) -> tuple[float | None, ...]:
        """Only the durations for one device without loss."""
        return tuple(None if one is None else one.duration_s for one in self.estimates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A candidate that fits the device, on a link that can carry it."""

    rated: RatedCandidate
    column: LinkColumn
    forecast: Forecast
    broken: tuple[Limit, ...]

    @property
    def label(self) -> str:
        """For a sentence."""
        return f"{self.rated.candidate.engine} over {self.column.link.name}"

    @property
    def order(self) -> tuple[float, float, int]:
        """Most devices served (to the percent), then first done, then the smaller package."""
        campaign_s = self.forecast.campaign_s
        return (
            -round(self.forecast.success_share, 2),
            float("inf") if campaign_s is None else campaign_s,
            self.rated.package_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Candidates by links."""

    rated: tuple[RatedCandidate, ...]
    columns: tuple[LinkColumn, ...]
    spending: Spending
    circumstances: Circumstances = CERTAIN
    limits: Limits = NO_LIMITS

    def strategies(self) -> Iterator[Strategy]:
        """Yield all that the device can apply and a link can carry, within the limits or not."""
        for column in self.columns:
            for rated, forecast, broken in zip(
                self.rated, column.forecasts, column.broken, strict=True
            ):
                if rated.fits and forecast is not None:
                    yield Strategy(rated=rated, column=column, forecast=forecast, broken=broken)

    def recommend(self, column: LinkColumn) -> RatedCandidate | None:
        """Return the candidate to send on a link, or None if none fits and keeps the limits.

        It reaches the most devices, and of those that reach as many it is the first to be done;
        ties go to the smaller package.
        """
        return self._first(
            s for s in self.strategies() if s.column is column and not s.broken and _arrives(s)
        )

    def best_full(self, column: LinkColumn) -> RatedCandidate | None:
        """Return the full image that fits and is delivered first on a link, or None."""
        return self._first(
            s
            for s in self.strategies()
            if s.column is column and not s.rated.candidate.payload_format.needs_base
        )

    def best(self) -> Strategy | None:
        """Return the strategy to choose if every link is there to choose from, or None."""
        kept = (s for s in self.strategies() if not s.broken and _arrives(s))
        return min(kept, key=lambda strategy: strategy.order, default=None)

    def binding(self) -> tuple[Limit, ...]:
        """Return the limits that have to give before any strategy is left; none if one is."""
        return binding_limits([s.broken for s in self.strategies() if _arrives(s)])

    def _first(self, strategies: Iterator[Strategy]) -> RatedCandidate | None:
        best = min(strategies, key=lambda strategy: strategy.order, default=None)
        return None if best is None else best.rated


def compare(
    rated: Sequence[RatedCandidate],
    links: Sequence[Link],
    spending: Spending,
    circumstances: Circumstances = CERTAIN,
    limits: Limits = NO_LIMITS,
    observe: OnForecast | None = None,
) -> Comparison:
    """Forecast the delivery of every candidate on every link."""
    task = _Task(tuple(rated), spending, circumstances, limits)
    return Comparison(
        rated=task.rated,
        columns=tuple(_column(task, link, observe) for link in links),
        spending=spending,
        circumstances=circumstances,
        limits=limits,
    )


@dataclass(frozen=True, slots=True)
class _Task:
    rated: tuple[RatedCandidate, ...]
    spending: Spending
    circumstances: Circumstances
    limits: Limits


def _column(task: _Task, link: Link, observe: OnForecast | None) -> LinkColumn:
    device = task.spending.device_on(link)
    estimates, costs, forecasts = [], [], []
    for one in task.rated:
        estimate = _estimate(one, link)
        cost = None if estimate is None else task.spending.cost(device, one.candidate, estimate)
        forecast = None
        if estimate is not None and cost is not None:
            recipient = Recipient(
                device=device, work=task.spending.work(one.candidate), tariff=task.spending.tariff
            )
            forecast = (
                certain(estimate, cost)
                if task.circumstances.are_certain
                else forecast_of(link, one.package_bytes, task.circumstances, recipient)
            )
        estimates.append(estimate)
        costs.append(cost)
        forecasts.append(forecast)
        if observe is not None:
            observe(link.name)
    pairs = list(zip(task.rated, forecasts, strict=True))
    return LinkColumn(
        link=link,
        estimates=tuple(estimates),
        costs=tuple(costs),
        forecasts=tuple(forecasts),
        broken=tuple(() if f is None else task.limits.broken(one, f) for one, f in pairs),
        pareto=pareto_optimal(
            [objectives(one, f) if one.fits and f is not None else None for one, f in pairs]
        ),
        notes=task.spending.notes(device, costs),
    )


def forecast_of(
    link: Link, air_bytes: int, circumstances: Circumstances, recipient: Recipient
) -> Forecast | None:
    """Simulate a fleet; None where the link cannot carry it, or not to so many devices."""
    try:
        return simulated(link, air_bytes, circumstances, recipient)
    except LinkError:
        return None


def _arrives(strategy: Strategy) -> bool:
    return strategy.forecast.success_share > 0


def _estimate(rated: RatedCandidate, link: Link) -> DeliveryEstimate | None:
    payload_bytes = len(rated.candidate.payload)
    head_bytes = rated.package_bytes - payload_bytes
    try:
        return estimate_delivery(link, head_bytes, payload_bytes)
    except LinkError:
        return None
