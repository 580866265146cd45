"""The ways from a version to the one that all shall run: a delta, the full image, or a chain.

A chain goes release by release and ends with a delta straight to the goal. It is there for where no
straight delta is: images that are linked for slots in turn, or a delta as large as the image.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, TypeAlias

from device_apply.profile import DeviceProfile, SlotAddressing
from pipeline.errors import InputError
from pipeline.images.releases import Release, version_key
from pipeline.packaging.selection import RatedCandidate

LEAST_CHAIN_SAVING: Final = 0.1
"""Share of the bytes that every further step has to save: it erases the slot once more."""

Rate: TypeAlias = Callable[[Release, Release], Sequence[RatedCandidate]]
"""Returns the candidates from one release to another; raises InputError where there can be none."""


@unique
class PathKind(StrEnum):
    """What a device takes."""

    NOTHING = "nothing"
    """It is there already."""
    DELTA = "delta"
    FULL = "full"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateStep:
    """One package that a device takes."""

    base: Release | None
    """What it has to run for it; None for a full image, which does not ask."""
    new: Release
    rated: RatedCandidate

    @property
    def label(self) -> str:
        """Its name for people."""
        start = "full image" if self.base is None else self.base.version
        return f"{start} to {self.new.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePath:
    """Packages that a device takes one after the other."""

    steps: tuple[UpdateStep, ...]

    @property
    def kind(self) -> PathKind:
        """What it is, in one word."""
        match self.steps:
            case ():
                return PathKind.NOTHING
            case (only,):
                return PathKind.FULL if only.base is None else PathKind.DELTA
            case _:
                return PathKind.CHAIN

    @property
    def package_bytes(self) -> int:
        """Of all its packages."""
        return sum(step.rated.package_bytes for step in self.steps)

    @property
    def ram_bytes(self) -> int:
        """What the most demanding of its appliers takes."""
        return max((step.rated.candidate.needs.ram_bytes for step in self.steps), default=0)

    def leads(self, start: Release | None, goal: Release) -> bool:
        """Tell whether a device that runs `start` ends with `goal`.

        Every package fits the device, asks for the very image that the one before left, and the
        last one leaves the goal's. None stands for an image that nobody named.
        """
        running = None if start is None else start.image.sha256
        for step in self.steps:
            if not step.rated.fits:
                return False
            if step.base is not None and step.base.image.sha256 != running:
                return False
            if step.rated.candidate.payload_format.needs_base != (step.base is not None):
                return False
            running = step.new.image.sha256
        return running == goal.image.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """All that lead from one version to the goal, the best first, or why there is none."""

    start: Release | None
    """None if nobody named an image of that version."""
    paths: tuple[UpdatePath, ...]
    reason: str | None = None


def find_ways(
    version: str, releases: Sequence[Release], rate: Rate, profile: DeviceProfile
) -> Ways:
    """Return the ways from a version to the last of `releases`, which are given oldest first."""
    goal = releases[-1]
    start = next((one for one in releases if one.version == version), None)
    if start is None:
        return _from_unknown(version, releases, rate, profile)
    if start.image.sha256 == goal.image.sha256:
        return Ways(start=start, paths=(UpdatePath(steps=()),))
    found, reasons = [], []
    chain: list[UpdateStep] = []
    first = releases.index(start)
    for place in range(first, len(releases) - 1):
        base = releases[place]
        if base.image.sha256 == goal.image.sha256:
            break
        try:
            rated = rate(base, goal)
        except InputError as error:
            reasons.append(str(error))
        else:
            found += [UpdatePath(steps=(*chain, step)) for step in _steps(base, goal, rated)]
            reasons += _obstacles(rated)
        following = _next_step(base, releases[place + 1], rate)
        if following is None:
            break
        chain.append(following)
    return Ways(
        start=start,
        paths=tuple(sorted(found, key=_effort)),
        reason=None if found else (reasons or ["nothing fits the device"])[0],
    )


def _from_unknown(
    version: str, releases: Sequence[Release], rate: Rate, profile: DeviceProfile
) -> Ways:
    """Return the full image, which asks for no base, where any slot will do."""
    goal = releases[-1]
    if version_key(version) > version_key(goal.version):
        return Ways(start=None, paths=(), reason=f"is newer than {goal.version}")
    if profile.layout.slot_addressing is SlotAddressing.PER_SLOT:
        reason = "no image of it is named, so that nobody knows which slot it runs in"
        return Ways(start=None, paths=(), reason=reason)
    steps = _steps(releases[-2], goal, rate(releases[-2], goal))
    full = [step for step in steps if step.base is None]
    return Ways(
        start=None,
        paths=tuple(UpdatePath(steps=(step,)) for step in full),
        reason=None if full else "no image of it is named, and no full image fits the device",
    )


def _steps(base: Release, new: Release, rated: Sequence[RatedCandidate]) -> Iterator[UpdateStep]:
    """Yield the smallest delta and the smallest full image that fit, if there are any."""
    for needs_base in (True, False):
        of_kind = [
            one
            for one in rated
            if one.fits and one.candidate.payload_format.needs_base is needs_base
        ]
        best = min(of_kind, key=lambda one: one.package_bytes, default=None)
        if best is not None:
            yield UpdateStep(base=base if needs_base else None, new=new, rated=best)


def _obstacles(rated: Sequence[RatedCandidate]) -> list[str]:
    """Return what keeps the device from the full image, which is what fits most often."""
    full = [one for one in rated if not one.candidate.payload_format.needs_base]
    return [f"not even the full image fits: {one.obstacle}" for one in full if not one.fits][:1]


def _next_step(base: Release, new: Release, rate: Rate) -> UpdateStep | None:
    try:
        steps = list(_steps(base, new, rate(base, new)))
    except InputError:
        return None
    return min(steps, key=lambda step: step.rated.package_bytes, default=None)


def _effort(path: UpdatePath) -> tuple[float, int]:
    """Return what makes a path worse: bytes, for a chain more than it has."""
    further = len(path.steps) - 1
    return (path.package_bytes / (1 - LEAST_CHAIN_SAVING) ** further, further)
