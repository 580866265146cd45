"""A package on its way to many devices: when they have it, who never gets it, what it costs.

Only the transfer is simulated, head and payload as one; no device applies anything. Large fleets
are spread over processes, which changes nothing in the result.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from link_sim.fleet.report import FleetReport, Receiving
from link_sim.fleet.run import plan_for_link, run_fleet
from link_sim.fleet.shard import SHARD_DEVICES
from link_sim.fleet.statistics import Interval
from link_sim.link import Link
from link_sim.loss.model import LossModel
from link_sim.parts import RECEIVE, find_part
from pipeline.json_document import Json
from pipeline.packaging.update_package import UpdatePackage

_QUANTILES: Final = (0.1, 0.5, 0.9, 0.99)
_SMALL_FLEET: Final = 4 * SHARD_DEVICES
"""Up to here starting processes takes longer than they save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetConditions:
    """What a campaign meets."""

    link: Link
    loss: LossModel
    devices: int
    seed: int
    radio: str | None = None
    """The devices' radio part, for energy; None leaves it out."""


def simulate_fleet(package: UpdatePackage, conditions: FleetConditions) -> FleetReport:
    """Carry a package to a fleet.

    Raises:
        link_sim.errors.LinkError: the link cannot carry it, or not to so many devices.
    """
    plan = plan_for_link(conditions.link, package.air_bytes, conditions.devices, conditions.loss)
    if plan.devices <= _SMALL_FLEET:
        return run_fleet(plan, conditions.seed)
    with ProcessPoolExecutor(os.cpu_count()) as executor:
        return run_fleet(plan, conditions.seed, executor)


def fleet_json(report: FleetReport, conditions: FleetConditions) -> Mapping[str, Json]:
    """Return a report as `--json` prints it."""
    reasons: dict[str, Json] = dict(report.never_finished)
    document: dict[str, Json] = {
        "link": conditions.link.name,
        "seed": conditions.seed,
        "scope": "transfer only",
        "devices": conditions.devices,
        "service": report.plan.service,
        "finished": report.finished,
        "finished_share": _interval(report.finished_share),
        "never_finished": reasons,
        "transmissions": report.transmissions,
        "gateway_on_air_s": report.gateway_on_air_s,
        "gateway_needs_s": report.gateway_needs_s,
        "cdf": [[point.time_s, point.share.value] for point in report.cdf()],
    }
    document["finish_time_s"] = {
        f"{quantile:g}": _interval(time_s)
        for quantile in _QUANTILES
        if (time_s := report.finish_time_s(quantile)) is not None
    }
    if conditions.radio is not None:
        document["listening_energy_mj"] = _energy(report, conditions.radio)
    return document


def _energy(report: FleetReport, radio: str) -> dict[str, Json]:
    part = find_part(radio)
    receiving = Receiving(supply_v=part.supply_v, current=part.current(RECEIVE))
    return {f"{quantile:g}": report.energy_mj(quantile, receiving) for quantile in _QUANTILES}


def _interval(interval: Interval) -> dict[str, Json]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
