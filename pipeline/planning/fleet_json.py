"""The plan of a fleet as `--json` prints it; docs/schemas/airdelta-fleet-plan-1.json describes it.

The steps of each group's path carry the digests that prove it: the first one's base is the image of
the group's version, each further one's base is the new image of the one before, the last one's new
image is the goal.
"""

from typing import Final

from pipeline.json_document import Json
from pipeline.planning.fleet_group import GroupPlan
from pipeline.planning.fleet_plan import FleetPlan
from pipeline.planning.plan_json import circumstances_json, forecast_json
from pipeline.planning.update_paths import UpdateStep

SCHEMA: Final = "airdelta-fleet-plan-1"


def fleet_plan_json(plan: FleetPlan) -> dict[str, Json]:
    """Return a plan as a document."""
    task = plan.task
    return {
        "schema": SCHEMA,
        **circumstances_json(task.circumstances, task.limits),
        "devices": plan.devices,
        "histogram": plan.histogram,
        "goals": {name: one.goal.version for name, one in task.classes.items()},
        "groups": [_group(group) for group in plan.groups],
        "packages": [
            {"device_class": one.profile.name, **_step(one.step), "devices": one.devices}
            for one in plan.packages
        ],
        "total_bytes": plan.total_bytes,
        "total_full_bytes": plan.total_full_bytes,
        "gateways_on_air_s": {
            name: {"planned": planned, "full": full}
            for name, (planned, full) in plan.on_air_s().items()
        },
        "stranded_devices": sum(group.row.devices for group in plan.stranded),
    }


def _group(group: GroupPlan) -> Json:
    path = group.path
    return {
        "version": group.row.version,
        "device_class": group.row.device_class,
        "link": group.link.name,
        "devices": group.row.devices,
        "goal": group.goal.version,
        "start_sha256": None if group.start is None else group.start.image.sha256.hex(),
        "goal_sha256": group.goal.image.sha256.hex(),
        "takes": None if path is None else path.kind.value,
        "path": None if path is None else [_step(step) for step in path.steps],
        "package_bytes": None if path is None else path.package_bytes,
        "full_bytes": group.full_bytes,
        "forecast": None if group.forecast is None else forecast_json(group.forecast),
        "full_forecast": None if group.full is None else forecast_json(group.full),
        "proved": group.arrives,
        "reason": group.reason,
    }


def _step(step: UpdateStep) -> dict[str, Json]:
    return {
        "base": None if step.base is None else step.base.version,
        "new": step.new.version,
        "engine": step.rated.candidate.engine,
        "package_bytes": step.rated.package_bytes,
        "ram_bytes": step.rated.candidate.needs.ram_bytes,
        "base_sha256": None if step.base is None else step.base.image.sha256.hex(),
        "new_sha256": step.new.image.sha256.hex(),
    }
