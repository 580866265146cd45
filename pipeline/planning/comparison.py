"""The first comparison: what each candidate takes on each link, and which one to send."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_apply.profile import DeviceProfile
from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.rehearsal.delivery import DeliveryEstimate, estimate_delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkColumn:
    """One link and its estimate for each candidate, in the candidates' order."""

    link: Link
    estimates: tuple[DeliveryEstimate, ...]

    @property
    def seconds(self) -> tuple[float, ...]:
        """Only the durations."""
        return tuple(estimate.duration_s for estimate in self.estimates)


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
            if rated.fits
        ]
        return self.rated[min(fitting)[2]] if fitting else None


def compare(
    rated: Sequence[RatedCandidate], links: Sequence[Link], profile: DeviceProfile
) -> Comparison:
    """Estimate the delivery of every candidate on every link, if nothing is lost.

    Raises:
        link_sim.errors.LinkError: a link cannot carry fragments that the device can program.
    """
    unit_bytes = profile.flash.write_unit_bytes
    return Comparison(
        rated=tuple(rated),
        columns=tuple(
            LinkColumn(
                link=link,
                estimates=tuple(_estimate(one, link, unit_bytes) for one in rated),
            )
            for link in links
        ),
    )


def _estimate(rated: RatedCandidate, link: Link, write_unit_bytes: int) -> DeliveryEstimate:
    payload_bytes = len(rated.candidate.payload)
    head_bytes = rated.package_bytes - payload_bytes
    return estimate_delivery(link, head_bytes, payload_bytes, write_unit_bytes)
