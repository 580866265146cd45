"""The first comparison: what each candidate takes on each link, and which one to send."""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.rehearsal.delivery import DeliveryEstimate, estimate_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkColumn:
    """One link and its estimate for each candidate, in the candidates' order."""

    link: Link
    estimates: tuple[DeliveryEstimate | None, ...]
    """None where the link cannot carry a package of that size."""

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
        fitting = [
            (estimate.duration_s, rated.package_bytes, index)
            for index, (rated, estimate) in enumerate(
                zip(self.rated, column.estimates, strict=True)
            )
            if rated.fits and estimate is not None
        ]
        return self.rated[min(fitting)[2]] if fitting else None


def compare(rated: Sequence[RatedCandidate], links: Sequence[Link]) -> Comparison:
    """Estimate the delivery of every candidate on every link, if nothing is lost."""
    columns = (
        LinkColumn(link=link, estimates=tuple(_estimate(one, link) for one in rated))
        for link in links
    )
    return Comparison(rated=tuple(rated), columns=tuple(columns))


def _estimate(rated: RatedCandidate, link: Link) -> DeliveryEstimate | None:
    payload_bytes = len(rated.candidate.payload)
    head_bytes = rated.package_bytes - payload_bytes
    try:
        return estimate_delivery(link, head_bytes, payload_bytes)
    except ImpossibleValueError:
        return None
