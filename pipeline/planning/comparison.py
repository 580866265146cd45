"""The first comparison: what each candidate takes on each link, and which one to send."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.spending import Spending, StrategyCost
from pipeline.rehearsal.delivery import DeliveryEstimate, estimate_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkColumn:
    """One link and its estimate for each candidate, in the candidates' order."""

    link: Link
    estimates: tuple[DeliveryEstimate | None, ...]
    """None where the link cannot carry a package of that size."""
    costs: tuple[StrategyCost | None, ...]
    """What each of them takes out of battery and purse; None where it cannot be carried."""
    notes: tuple[str, ...]
    """What the costs rest on that nobody confirmed, one sentence each."""

    @property
    def seconds(self) -> tuple[float | None, ...]:
        """Only the durations."""
        return tuple(None if one is None else one.duration_s for one in self.estimates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Candidates by links."""

    rated: tuple[RatedCandidate, ...]
    columns: tuple[LinkColumn, ...]

    def recommend(self, column: LinkColumn) -> RatedCandidate | None:
        """Return the candidate that fits and is delivered first on a link, or None.

        Ties go to the smaller package.
        """
        return self._first(column, lambda rated: rated.fits)

    def best_full(self, column: LinkColumn) -> RatedCandidate | None:
        """Return the full image that fits and is delivered first on a link, or None."""
        return self._first(
            column, lambda rated: rated.fits and not rated.candidate.payload_format.needs_base
        )

    def _first(
        self, column: LinkColumn, wanted: Callable[[RatedCandidate], bool]
    ) -> RatedCandidate | None:
        fitting = [
            (estimate.duration_s, rated.package_bytes, index)
            for index, (rated, estimate) in enumerate(
                zip(self.rated, column.estimates, strict=True)
            )
            if wanted(rated) and estimate is not None
        ]
        return self.rated[min(fitting)[2]] if fitting else None


def compare(
    rated: Sequence[RatedCandidate], links: Sequence[Link], spending: Spending
) -> Comparison:
    """Estimate the delivery of every candidate on every link, if nothing is lost."""
    return Comparison(
        rated=tuple(rated), columns=tuple(_column(rated, link, spending) for link in links)
    )


def _column(rated: Sequence[RatedCandidate], link: Link, spending: Spending) -> LinkColumn:
    estimates = tuple(_estimate(one, link) for one in rated)
    device = spending.device_on(link)
    costs = tuple(
        None if estimate is None else spending.cost(device, one.candidate, estimate)
        for one, estimate in zip(rated, estimates, strict=True)
    )
    return LinkColumn(
        link=link, estimates=estimates, costs=costs, notes=spending.notes(device, costs)
    )


def _estimate(rated: RatedCandidate, link: Link) -> DeliveryEstimate | None:
    payload_bytes = len(rated.candidate.payload)
    head_bytes = rated.package_bytes - payload_bytes
    try:
        return estimate_delivery(link, head_bytes, payload_bytes)
    except ImpossibleValueError:
        return None
