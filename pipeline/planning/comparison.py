"""The comparison: what each candidate comes to on each link, which one to send, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.forecast import (
    CERTAIN,
    Circumstances,
    DeliveryCost,
    Forecast,
)
from pipeline.planning.limits import NO_LIMITS, Limit, Limits, binding_limits
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks
from pipeline.planning.pareto import objectives, pareto_optimal
from pipeline.planning.spending import Spending, delivery_of
from pipeline.rehearsal.delivery import DeliveryEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkColumn:
    """One link and what it does for each candidate, in the candidates' order."""

    link: Link
    estimates: tuple[DeliveryEstimate | None, ...]
    """Of one device without loss; None where the link cannot carry a package of that size."""
    costs: tuple[DeliveryCost | None, ...]
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
    outlooks: Outlooks = IN_THIS_THREAD,
) -> Comparison:
    """Forecast the delivery of every candidate on every link."""
    devices = [spending.device_on(link) for link in links]
    deliveries = [
        delivery_of(one, circumstances, spending.recipient(device, one.candidate))
        for device in devices
        for one in rated
    ]
    found = iter(zip(deliveries, outlooks.of(deliveries), strict=True))
    columns = []
    for device in devices:
        cells = [next(found) for _ in rated]
        costs = [delivery.cost(outlook) for delivery, outlook in cells]
        pairs = [(one, outlook.forecast) for one, (_, outlook) in zip(rated, cells, strict=True)]
        columns.append(
            LinkColumn(
                link=device.link,
                estimates=tuple(outlook.estimate for _, outlook in cells),
                costs=tuple(costs),
                forecasts=tuple(forecast for _, forecast in pairs),
                broken=tuple(
                    () if f is None else limits.broken(one.candidate.needs.ram_bytes, f)
                    for one, f in pairs
                ),
                pareto=pareto_optimal(
                    [objectives(one, f) if one.fits and f is not None else None for one, f in pairs]
                ),
                notes=spending.notes(device, costs),
            )
        )
    return Comparison(
        rated=tuple(rated),
        columns=tuple(columns),
        spending=spending,
        circumstances=circumstances,
        limits=limits,
    )


def _arrives(strategy: Strategy) -> bool:
    return strategy.forecast.success_share > 0
