"""One group of a fleet: devices alike in version, class and link, and which way they go.

A group takes the way with the fewest bytes that keeps the limits. A chain's figures are those of
its steps added up.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from device_apply.profile import DeviceProfile
from link_sim.link import Link
from link_sim.tariff import Tariff
from pipeline.images.releases import Release
from pipeline.planning.fleet_list import FleetRow
from pipeline.planning.forecast import Circumstances, Delivery, Forecast, Outlook
from pipeline.planning.limits import NO_LIMITS, Limit, Limits
from pipeline.planning.outlooks import Outlooks, delivery_key
from pipeline.planning.spending import Spending, delivery_of
from pipeline.planning.update_paths import PathKind, Rate, UpdatePath, Ways

_NOTHING_TO_DO: Final = Forecast(
    fragments=0,
    success_share=1.0,
    median_s=0.0,
    p95_s=0.0,
    campaign_s=0.0,
    energy_mj=0.0,
    battery_share=0.0,
    cost=None,
    gateway_on_air_s=0.0,
    curve=(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClass:
    """Devices of one profile, and the releases for them."""

    profile: DeviceProfile
    releases: tuple[Release, ...]
    """Oldest first; the last one is what all shall run."""
    rate: Rate

    @property
    def goal(self) -> Release:
        """What all shall run."""
        return self.releases[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTask:
    """Everything that a plan for a fleet depends on."""

    rows: tuple[FleetRow, ...]
    classes: Mapping[str, DeviceClass]
    """By the name that rows use."""
    links: Mapping[str, Link]
    """The same."""
    circumstances: Circumstances
    """Of every group; `devices` is each group's own."""
    limits: Limits = NO_LIMITS
    tariff: Tariff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """What one group of devices takes."""

    row: FleetRow
    profile: DeviceProfile
    link: Link
    start: Release | None
    goal: Release
    path: UpdatePath | None
    forecast: Forecast | None
    full: Forecast | None
    """If they all took the full image; None where none fits."""
    full_bytes: int | None
    reason: str | None
    """Why there is no path."""

    @property
    def arrives(self) -> bool:
        """Whether the path is proved: each package fits, and each leaves what the next asks for."""
        return self.path is not None and self.path.leads(self.start, self.goal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group with everything that its ways are judged by."""

    task: FleetTask
    row: FleetRow
    link: Link
    device_class: DeviceClass
    ways: Ways
    outlooks: Outlooks
    foreseen: dict[str, Outlook] = field(default_factory=dict)

    @property
    def full(self) -> UpdatePath | None:
        """The smallest full image, straight to the goal."""
        return next((one for one in self.ways.paths if one.kind is PathKind.FULL), None)

    def deliveries(self, path: UpdatePath) -> list[Delivery]:
        """Return a path's packages on their way."""
        met = replace(self.task.circumstances, devices=self.row.devices)
        profile, found = self.device_class.profile, []
        for step in path.steps:
            new_bytes = step.new.image.size
            spending = Spending(profile=profile, new_bytes=new_bytes, tariff=self.task.tariff)
            recipient = spending.recipient(spending.device_on(self.link), step.rated.candidate)
            found.append(delivery_of(step.rated, met, recipient))
        return found

    def forecast(self, path: UpdatePath) -> Forecast | None:
        """Return a path's forecast; None if the link cannot carry one of its packages."""
        forecasts = [self._outlook(delivery).forecast for delivery in self.deliveries(path)]
        known = [one for one in forecasts if one is not None]
        return _added(known) if len(known) == len(forecasts) else None

    def _outlook(self, delivery: Delivery) -> Outlook:
        outlook = self.foreseen.get(delivery_key(delivery))
        return self.outlooks.of([delivery])[0] if outlook is None else outlook


def plan_group(group: Group) -> GroupPlan:
    """Decide what a group takes."""
    path, forecast, reason = _choose(group)
    full = group.full
    return GroupPlan(
        row=group.row,
        profile=group.device_class.profile,
        link=group.link,
        start=group.ways.start,
        goal=group.device_class.goal,
        path=path,
        forecast=forecast,
        full=None if full is None else group.forecast(full),
        full_bytes=None if full is None else full.package_bytes,
        reason=reason,
    )


def _choose(group: Group) -> tuple[UpdatePath | None, Forecast | None, str | None]:
    """Return the first way that arrives and keeps the limits, or why there is none."""
    reason = group.ways.reason
    for path in group.ways.paths:
        forecast = group.forecast(path)
        if forecast is None:
            reason = reason or f"{group.link.name} cannot carry it"
        elif not forecast.success_share:
            reason = reason or f"on {group.link.name} no device ever gets it"
        else:
            broken = group.task.limits.broken(path.ram_bytes, forecast)
            if not broken:
                return path, forecast, None
            reason = reason or _limits_text(broken)
    return None, None, reason


def _limits_text(broken: Sequence[Limit]) -> str:
    names = " and ".join(limit.option for limit in broken)
    return f"every way breaks a limit, the shortest {names}"


def _added(forecasts: Sequence[Forecast]) -> Forecast:
    """Return what steps one after the other come to; medians and percentiles are added, too."""
    if not forecasts:
        return _NOTHING_TO_DO
    if len(forecasts) == 1:
        return forecasts[0]
    return Forecast(
        fragments=sum(one.fragments for one in forecasts),
        success_share=math.prod(one.success_share for one in forecasts),
        median_s=known_sum(one.median_s for one in forecasts),
        p95_s=known_sum(one.p95_s for one in forecasts),
        campaign_s=known_sum(one.campaign_s for one in forecasts),
        energy_mj=known_sum(one.energy_mj for one in forecasts),
        battery_share=known_sum(one.battery_share for one in forecasts),
        cost=known_sum(one.cost for one in forecasts),
        gateway_on_air_s=math.fsum(one.gateway_on_air_s for one in forecasts),
        curve=(),
    )


_Amount = TypeVar("_Amount", int, float)


def known_sum(amounts: Iterable[_Amount | None]) -> _Amount | None:
    """Return a sum, or None if an amount is not known."""
    total: _Amount | None = None
    for amount in amounts:
        if amount is None:
            return None
        total = amount if total is None else total + amount
    return total
