"""A plan for a fleet: which packages to build, who takes which, and that nobody is left behind.

Each group of devices (version, device class, link) takes the way with the fewest bytes that keeps
the limits. A chain's figures are those of its steps added up. Groups are forecast on their own;
what they ask of the gateways of a link adds up.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from device_apply.profile import DeviceProfile
from link_sim.link import Link
from link_sim.tariff import Tariff
from pipeline.images.releases import Release, version_key
from pipeline.planning.fleet_list import FleetRow
from pipeline.planning.forecast import Circumstances, Forecast
from pipeline.planning.limits import NO_LIMITS, Limit, Limits
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks
from pipeline.planning.spending import Spending, delivery_of
from pipeline.planning.update_paths import (
    PathKind,
    Rate,
    UpdatePath,
    UpdateStep,
    Ways,
    find_ways,
)

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
class PackagePlan:
    """A package that somebody needs."""

    profile: DeviceProfile
    step: UpdateStep
    devices: int
    """That take it, on whatever link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """The whole of it."""

    task: FleetTask
    groups: tuple[GroupPlan, ...]

    @property
    def stranded(self) -> tuple[GroupPlan, ...]:
        """Groups without a path that is proved."""
        return tuple(group for group in self.groups if not group.arrives)

    @property
    def devices(self) -> int:
        """All of them."""
        return sum(group.row.devices for group in self.groups)

    @property
    def histogram(self) -> dict[str, int]:
        """Devices by version, oldest first."""
        counts: dict[str, int] = {}
        for row in sorted(self.task.rows, key=lambda row: version_key(row.version)):
            counts[row.version] = counts.get(row.version, 0) + row.devices
        return counts

    @property
    def packages(self) -> tuple[PackagePlan, ...]:
        """What to build, by device class and version; each package once."""
        found: dict[tuple[str, str, str], PackagePlan] = {}
        for group in self.groups:
            for step in group.path.steps if group.path is not None else ():
                key = (group.profile.name, step.label, step.rated.candidate.engine)
                plan = found.get(key)
                before = 0 if plan is None else plan.devices
                found[key] = PackagePlan(
                    profile=group.profile, step=step, devices=before + group.row.devices
                )
        return tuple(found.values())

    @property
    def total_bytes(self) -> int:
        """Of all packages to all devices, once each, before any loss."""
        return sum(
            group.path.package_bytes * group.row.devices for group in self.groups if group.path
        )

    @property
    def total_full_bytes(self) -> int | None:
        """If everybody who takes something took the full image; None where none fits somebody."""
        return _sum(
            None if group.full_bytes is None else group.full_bytes * group.row.devices
            for group in self._moving
        )

    def on_air_s(self) -> dict[str, tuple[float, float | None]]:
        """Return per link how long its gateways send, and how long with full images."""
        by_link: dict[str, list[GroupPlan]] = {}
        for group in self._moving:
            by_link.setdefault(group.link.name, []).append(group)
        return {
            name: (
                math.fsum(group.forecast.gateway_on_air_s for group in groups if group.forecast),
                _sum(None if one.full is None else one.full.gateway_on_air_s for one in groups),
            )
            for name, groups in by_link.items()
        }

    @property
    def _moving(self) -> list[GroupPlan]:
        return [group for group in self.groups if group.path is not None and group.path.steps]


def plan_fleet(task: FleetTask, outlooks: Outlooks = IN_THIS_THREAD) -> FleetPlan:
    """Decide what every group takes."""
    groups = [_plan_group(task, row, outlooks) for row in task.rows]
    return FleetPlan(task=task, groups=tuple(groups))


def _plan_group(task: FleetTask, row: FleetRow, outlooks: Outlooks) -> GroupPlan:
    device_class, link = task.classes[row.device_class], task.links[row.link]
    ways = find_ways(row.version, device_class.releases, device_class.rate, device_class.profile)
    field = _Field(task, row, link, device_class.profile, outlooks)
    path, forecast, reason = _choose(ways, field)
    full = next((one for one in ways.paths if one.kind is PathKind.FULL), None)
    return GroupPlan(
        row=row,
        profile=device_class.profile,
        link=link,
        start=ways.start,
        goal=device_class.goal,
        path=path,
        forecast=forecast,
        full=None if full is None else field.forecast(full),
        full_bytes=None if full is None else full.package_bytes,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Field:
    task: FleetTask
    row: FleetRow
    link: Link
    profile: DeviceProfile
    outlooks: Outlooks

    def forecast(self, path: UpdatePath) -> Forecast | None:
        """Return a path's forecast; None if the link cannot carry one of its packages."""
        met = replace(self.task.circumstances, devices=self.row.devices)
        deliveries = []
        for step in path.steps:
            spending = Spending(
                profile=self.profile, new_bytes=step.new.image.size, tariff=self.task.tariff
            )
            recipient = spending.recipient(spending.device_on(self.link), step.rated.candidate)
            deliveries.append(delivery_of(step.rated, met, recipient))
        forecasts = [outlook.forecast for outlook in self.outlooks.of(deliveries)]
        known = [one for one in forecasts if one is not None]
        return _added(known) if len(known) == len(forecasts) else None


def _choose(ways: Ways, field: _Field) -> tuple[UpdatePath | None, Forecast | None, str | None]:
    """Return the first way that arrives and keeps the limits, or why there is none."""
    reason = ways.reason
    for path in ways.paths:
        forecast = field.forecast(path)
        if forecast is None:
            reason = reason or f"{field.link.name} cannot carry it"
        elif not forecast.success_share:
            reason = reason or f"on {field.link.name} no device ever gets it"
        else:
            broken = field.task.limits.broken(path.ram_bytes, forecast)
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
        median_s=_sum(one.median_s for one in forecasts),
        p95_s=_sum(one.p95_s for one in forecasts),
        campaign_s=_sum(one.campaign_s for one in forecasts),
        energy_mj=_sum(one.energy_mj for one in forecasts),
        battery_share=_sum(one.battery_share for one in forecasts),
        cost=_sum(one.cost for one in forecasts),
        gateway_on_air_s=math.fsum(one.gateway_on_air_s for one in forecasts),
        curve=(),
    )


_Amount = TypeVar("_Amount", int, float)


def _sum(amounts: Iterable[_Amount | None]) -> _Amount | None:
    """Return a sum, or None if an amount is not known."""
    total: _Amount | None = None
    for amount in amounts:
        if amount is None:
            return None
        total = amount if total is None else total + amount
    return total
