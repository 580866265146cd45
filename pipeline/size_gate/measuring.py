"""Measuring what the budgets are about: the packages that `airdelta build` would choose.

Only engines that the device can apply run: the others cannot win.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from device_apply.profile import DeviceProfile
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from pipeline.engines.registry import ENGINES
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.releases import Release
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.packaging.selection import RatedCandidate
from pipeline.packaging.slot_choice import choose_slot
from pipeline.rehearsal.delivery import estimate_delivery
from pipeline.size_gate.budgets import Budget, Measure

OnPair: TypeAlias = Callable[[str], None]
"""Called with what was measured, for progress."""

NO_FIT: Final = "no package that the device can apply exists"
SAME_IMAGE: Final = "this release is the new image: no update is needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What one item measures, or why it has no value."""

    amount: float | None
    trouble: str | None = None
    """Why there is no value: an update that cannot be made, which no limit allows."""
    not_needed: bool = False
    """There is no update, because the release is the new image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One measured thing: a budget's measure, for one release."""

    measure: Measure
    release: str | None = None
    link: str | None = None

    @property
    def key(self) -> str:
        """Its name in a baseline."""
        return "/".join(part for part in (self.measure.value, self.link, self.release) if part)

    @property
    def label(self) -> str:
        """Its name for people."""
        over = "" if self.link is None else f" over {self.link}"
        return self.measure.value + over + ("" if self.release is None else f" from {self.release}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The package that devices with one release would get."""

    release: Release
    best: RatedCandidate | None
    trouble: str | None = None
    not_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that the budgets ask for."""

    new: FirmwareImage
    device: str
    """Name of the device profile."""
    values: Mapping[Item, Value]
    updates: Mapping[str, Update] = field(default_factory=dict)
    """By version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringRequest:
    """What to measure, on which images, for which device."""

    new: FirmwareImage
    releases: Sequence[Release]
    profile: DeviceProfile
    links: Mapping[str, Link]
    """By the name that budgets call them."""
    budgets: Sequence[Budget]


def items_of(budget: Budget, versions: Sequence[str]) -> list[Item]:
    """Return what a budget asks for.

    Raises:
        InputError: it is about releases, and there is none, or not the one it names.
    """
    if not budget.measure.needs_release:
        return [Item(measure=budget.measure)]
    if budget.release is not None and budget.release not in versions:
        known = ", ".join(versions) or "none is"
        raise InputError(f"budget {budget.name!r}: no release {budget.release} (given: {known})")
    if not versions:
        raise InputError(f"budget {budget.name!r}: give the releases that devices run (--release)")
    wanted = versions if budget.release is None else [budget.release]
    return [Item(measure=budget.measure, release=v, link=budget.link) for v in wanted]


def measure(
    request: MeasuringRequest, executor: Executor, on_pair: OnPair | None = None
) -> Measured:
    """Measure every item of the budgets.

    Raises:
        InputError: an image does not suit the device's slots, or a release is missing.
        pipeline.errors.EnvironmentProblem: a worker process died.
    """
    versions = [release.version for release in request.releases]
    items = [item for budget in request.budgets for item in items_of(budget, versions)]
    wanted = {item.release for item in items if item.release is not None}
    updates: dict[str, Update] = {}
    for release in request.releases:
        if release.version in wanted:
            updates[release.version] = _best_update(request, release, executor)
            if on_pair is not None:
                on_pair(f"update from {release.version}")
    values: dict[Item, Value] = {}
    for item in items:
        if item.measure is Measure.IMAGE:
            values[item] = Value(amount=request.new.size)
        elif item.measure is Measure.FULL_IMAGE:
            values[item] = _full_image(request, executor)
        elif item.release is not None:
            values[item] = _value(item, updates[item.release], request.links)
    return Measured(new=request.new, device=request.profile.name, values=values, updates=updates)


def _best_update(request: MeasuringRequest, release: Release, executor: Executor) -> Update:
    if release.image.data == request.new.data:
        return Update(release=release, best=None, trouble=SAME_IMAGE, not_needed=True)
    best, trouble = _best(request, release.image, executor, only_full=False)
    return Update(release=release, best=best, trouble=trouble)


def _full_image(request: MeasuringRequest, executor: Executor) -> Value:
    """Full images do not read what runs before: an image of no bytes in the other slot stands in.

    Its address matters only where each slot has its own.
    """
    slot = choose_slot(None, request.new, request.profile)
    address = None if slot is None else request.profile.slot_address(1 - slot)
    nothing = FirmwareImage(
        name="nothing", data=b"", load_address=address, source_format=request.new.source_format
    )
    best, trouble = _best(request, nothing, executor, only_full=True)
    return Value(amount=None if best is None else best.package_bytes, trouble=trouble)


def _best(
    request: MeasuringRequest, base: FirmwareImage, executor: Executor, *, only_full: bool
) -> tuple[RatedCandidate | None, str | None]:
    build = BuildRequest(base=base, new=request.new, profile=request.profile, security_counter=0)
    engines = _engines_for(request.profile, only_full=only_full)
    rated, failures = rate_candidates(build, executor, engines=engines)
    fitting = [one for one in rated if one.fits]
    if fitting:
        return min(fitting, key=lambda one: (one.package_bytes, one.candidate.engine)), None
    reasons = [f"{one.candidate.engine}: {one.obstacle}" for one in rated]
    reasons += [f"{failure.engine}: {failure.reason}" for failure in failures]
    return None, f"{NO_FIT} ({'; '.join(reasons) or 'the device has no applier'})"


def _engines_for(profile: DeviceProfile, *, only_full: bool) -> list[str]:
    return [
        name
        for name, engine in ENGINES.items()
        if engine.payload_format in profile.appliers
        and engine.unsafe_reason is None
        and not (only_full and engine.payload_format.needs_base)
    ]


def _value(item: Item, update: Update, links: Mapping[str, Link]) -> Value:
    if update.best is None:
        return Value(amount=None, trouble=update.trouble, not_needed=update.not_needed)
    if item.link is not None:
        return _delivery(update.best, links[item.link])
    if item.measure is Measure.DEVICE_RAM:
        return Value(amount=update.best.candidate.needs.ram_bytes)
    return Value(amount=update.best.package_bytes)


def _delivery(best: RatedCandidate, link: Link) -> Value:
    payload_bytes = len(best.candidate.payload)
    try:
        estimate = estimate_delivery(link, best.package_bytes - payload_bytes, payload_bytes)
    except ImpossibleValueError as error:
        return Value(amount=None, trouble=f"the link cannot carry it: {error}")
    return Value(amount=round(estimate.duration_s, 3))
