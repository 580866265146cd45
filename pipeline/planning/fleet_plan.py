"""A plan for a fleet: which packages to build, who takes which, and that nobody is left behind.

Groups are forecast on their own; what they ask of the gateways of a link adds up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from device_apply.profile import DeviceProfile
from pipeline.images.releases import version_key
from pipeline.planning.fleet_group import FleetTask, Group, GroupPlan, known_sum, plan_group
from pipeline.planning.fleet_list import FleetRow
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks, delivery_key
from pipeline.planning.update_paths import UpdateStep, find_ways


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
        return known_sum(
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
                known_sum(
                    None if one.full is None else one.full.gateway_on_air_s for one in groups
                ),
            )
            for name, groups in by_link.items()
        }

    @property
    def _moving(self) -> list[GroupPlan]:
        return [group for group in self.groups if group.path is not None and group.path.steps]


def plan_fleet(task: FleetTask, outlooks: Outlooks = IN_THIS_THREAD) -> FleetPlan:
    """Decide what every group takes."""
    groups = [_group(task, row, outlooks) for row in task.rows]
    _forecast_likely(groups, outlooks)
    return FleetPlan(task=task, groups=tuple(plan_group(group) for group in groups))


def _group(task: FleetTask, row: FleetRow, outlooks: Outlooks) -> Group:
    device_class = task.classes[row.device_class]
    return Group(
        task=task,
        row=row,
        link=task.links[row.link],
        device_class=device_class,
        ways=find_ways(row.version, device_class.releases, device_class.rate, device_class.profile),
        outlooks=outlooks,
    )


def _forecast_likely(groups: Sequence[Group], outlooks: Outlooks) -> None:
    """Forecast side by side what most groups will take, and the full images beside it."""
    wanted = [
        (group, delivery)
        for group in groups
        for path in (*group.ways.paths[:1], group.full)
        if path is not None
        for delivery in group.deliveries(path)
    ]
    found = outlooks.of([delivery for _, delivery in wanted])
    for (group, delivery), outlook in zip(wanted, found, strict=True):
        group.foreseen[delivery_key(delivery)] = outlook
