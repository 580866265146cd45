"""Choosing among candidates: the smallest package that the device can apply, and why.

Every candidate gets a verdict with its reason, the rejected ones too: falling back to the full
image, or to a larger patch, is a decision that the build record explains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from device_apply.profile import DeviceProfile
from pipeline.engines.contract import Candidate
from pipeline.errors import Refused
from pipeline.packaging.obstacle import Obstacle

AUTO = "auto"
LEAST_SAVING = 0.01
"""Share of the full image that a delta has to save to be worth being bound to one base image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedCandidate:
    """A candidate with the size of its finished package and what keeps the device from it."""

    candidate: Candidate
    package_bytes: int
    """Envelope and payload."""
    obstacle: Obstacle | None
    """What keeps the device from applying it; None if nothing does."""

    @property
    def fits(self) -> bool:
        """Whether the device can apply it."""
        return self.obstacle is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The chosen candidate, the reason in a sentence, and all the others."""

    winner: RatedCandidate
    reason: str
    rated: tuple[RatedCandidate, ...]

    @property
    def full_compressed_bytes(self) -> int | None:
        """Package bytes of the smallest full image: what percentages refer to."""
        return full_compressed_bytes(self.rated)


def full_compressed_bytes(rated: Sequence[RatedCandidate]) -> int | None:
    """Return the package bytes of the smallest full image among the candidates, if there is one."""
    full = (r.package_bytes for r in rated if not r.candidate.payload_format.needs_base)
    return min(full, default=None)


def select(rated: Sequence[RatedCandidate], engine: str, profile: DeviceProfile) -> Selection:
    """Choose the smallest package that fits, or the one of `engine` if a name is given.

    A delta that saves less than `LEAST_SAVING` gives way to the full image, which every device can
    take.
    Ties go to less RAM, then to the engine's name, so that the choice is reproducible.

    Raises:
        Refused: nothing fits, or the wanted engine's candidate does not.
    """
    if engine != AUTO:
        return _select_named(rated, engine, profile)
    fitting = [r for r in rated if r.fits]
    if not fitting:
        obstacles = "; ".join(f"{r.candidate.engine}: {r.obstacle}" for r in rated)
        raise Refused(f"no strategy fits device {profile.name!r}: {obstacles}")
    winner = min(fitting, key=_order)
    full = _full_instead(winner, fitting)
    if full is not None:
        saved = full.package_bytes - winner.package_bytes
        reason = f"a delta would save {saved} bytes and serve one base image; this serves all"
        return Selection(winner=full, reason=reason, rated=tuple(rated))
    smaller = sum(1 for r in rated if not r.fits and r.package_bytes < winner.package_bytes)
    reason = f"smallest of {len(fitting)} candidates that {profile.name!r} can apply"
    if smaller:
        reason += f"; {smaller} smaller {'one does' if smaller == 1 else 'ones do'} not fit"
    return Selection(winner=winner, reason=reason, rated=tuple(rated))


def _full_instead(
    winner: RatedCandidate, fitting: Sequence[RatedCandidate]
) -> RatedCandidate | None:
    """Return the smallest full image if `winner` is a delta that is hardly smaller, else None."""
    full = [r for r in fitting if not r.candidate.payload_format.needs_base]
    if not full or not winner.candidate.payload_format.needs_base:
        return None
    smallest = min(full, key=_order)
    worth = winner.package_bytes < (1 - LEAST_SAVING) * smallest.package_bytes
    return None if worth else smallest


def _select_named(
    rated: Sequence[RatedCandidate], engine: str, profile: DeviceProfile
) -> Selection:
    winner = next((r for r in rated if r.candidate.engine == engine), None)
    if winner is None:
        raise Refused(f"engine {engine!r} made no payload for this pair of images")
    if winner.obstacle is not None:
        raise Refused(f"engine {engine!r} does not fit device {profile.name!r}: {winner.obstacle}")
    return Selection(winner=winner, reason="asked for by name", rated=tuple(rated))


def _order(rated: RatedCandidate) -> tuple[int, int, str]:
    return (rated.package_bytes, rated.candidate.needs.ram_bytes, rated.candidate.engine)
