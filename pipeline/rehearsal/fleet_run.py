"""A package on its way to many devices: when they have it, who never gets it, what it costs.

Only the transfer is simulated, head and payload as one; that a device applies the package is shown
on one of them (`simulation`), and what that costs is added to each. Shards may run anywhere, which
changes nothing in the result.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Final

from link_sim.errors import ImpossibleValueError
from link_sim.fleet.pace import Pace
from link_sim.fleet.plan import Service
from link_sim.fleet.report import FleetReport, Spread
from link_sim.fleet.run import plan_for_link, run_fleet
from link_sim.fleet.statistics import Interval
from link_sim.link import Link
from link_sim.lora.campaign import cell_of, estimate_campaign
from link_sim.lora.link import LorawanLink
from link_sim.loss.model import LossModel
from link_sim.tariff import Tariff
from pipeline.json_document import Json
from pipeline.packaging.update_package import UpdatePackage
from pipeline.rehearsal.billing import bill_for
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice

DEFAULT_UPLINK_INTERVAL_S: Final = 3600.0
"""Assumed: a frame per hour, as meters send."""

QUANTILES: Final = (0.1, 0.5, 0.9, 0.99)
"""Of times, energies and costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetConditions:
    """What a campaign meets."""

    link: Link
    loss: LossModel
    devices: int
    seed: int
    device: PoweredDevice
    """What every device of the fleet is."""
    work: InstallWork | None = None
    """What applying the package takes; None where only the transfer counts."""
    tariff: Tariff | None = None
    gateways: int = 1
    uplink_interval_s: float = DEFAULT_UPLINK_INTERVAL_S
    """How often every device of a LoRaWAN cell sends of its own accord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEffects:
    """What a LoRaWAN campaign does to its cell beside the fragments; expectations without loss."""

    set_up_s: float | None
    """Until every device of a multicast is set up by unicast, behind its own uplinks."""
    gateway_set_up_on_air_s: float | None
    status_answers_heard: float | None
    """Share of the multicast's status answers that meet no other one."""
    displaced_uplinks: float
    """Telemetry that is lost because every gateway is deaf while it sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOutcome:
    """A campaign that was simulated."""

    report: FleetReport
    energy_mj: Spread | None
    """Per device; None if nobody knows the radio's currents."""
    cost: Spread | None
    """Per device, in the tariff's currency; None without a tariff or an operator."""
    cell: CellEffects | None
    """None on links that are not LoRaWAN."""


def simulate_fleet(
    package: UpdatePackage,
    conditions: FleetConditions,
    executor: Executor | None = None,
    observe: Callable[[int], None] | None = None,
) -> FleetOutcome:
    """Carry a package to a fleet; `observe` is told how many devices each finished shard had.

    Raises:
        link_sim.errors.LinkError: the link cannot carry it, or not to so many devices.
    """
    return carry_to_fleet(package.air_bytes, conditions, executor, observe)


def carry_to_fleet(
    air_bytes: int,
    conditions: FleetConditions,
    executor: Executor | None = None,
    observe: Callable[[int], None] | None = None,
) -> FleetOutcome:
    """Carry so many bytes of envelope and payload to a fleet, before there is a package.

    Raises:
        link_sim.errors.LinkError: the link cannot carry it, or not to so many devices.
    """
    link = conditions.link
    plan = plan_for_link(link, air_bytes, conditions.devices, conditions.loss, conditions.gateways)
    report = run_fleet(plan, conditions.seed, executor, observe)
    pace = Pace.of(link)
    return FleetOutcome(
        report=report,
        energy_mj=_energy(report, pace, conditions),
        cost=_cost(report, pace, conditions.tariff),
        cell=_cell(report, conditions),
    )


def fleet_json(outcome: FleetOutcome, conditions: FleetConditions) -> dict[str, Json]:
    """Return a campaign as `--json` prints it."""
    report = outcome.report
    tariff = conditions.tariff
    return {
        "link": conditions.link.name,
        "seed": conditions.seed,
        "scope": "transfer only" if conditions.work is None else "transfer, and one device applied",
        "devices": conditions.devices,
        "service": report.plan.service,
        "finished": report.finished,
        "finished_share": _interval(report.finished_share),
        "never_finished": dict(report.never_finished),
        "finish_time_s": {
            f"{quantile:g}": _interval(time_s)
            for quantile in QUANTILES
            if (time_s := report.finish_time_s(quantile)) is not None
        },
        "transmissions": report.transmissions,
        "gateway_on_air_s": report.gateway_on_air_s,
        "gateway_needs_s": report.gateway_needs_s,
        "cell": None if outcome.cell is None else asdict(outcome.cell),
        "energy_mj": _spread(outcome.energy_mj),
        "cost": None
        if outcome.cost is None or tariff is None
        else {
            "tariff": tariff.name,
            "currency": tariff.currency,
            **_spread_items(outcome.cost),
        },
        "assumed": [*assumptions(outcome, conditions)],
        "cdf": [
            {"time_s": point.time_s, "share": _interval(point.share)} for point in report.cdf()
        ],
    }


def assumptions(outcome: FleetOutcome, conditions: FleetConditions) -> tuple[str, ...]:
    """Return what the figures rest on that nobody confirmed, one sentence each."""
    found = [*conditions.link.assumptions, *conditions.device.notes]
    if outcome.energy_mj is not None:
        energy = conditions.device.energy(Pace.of(conditions.link).radio_use(1), conditions.work)
        found += () if energy is None else energy.unconfirmed
    if outcome.cell is not None:
        found.append(
            f"every device sends a frame per {conditions.uplink_interval_s:g} s of its own accord"
        )
    if outcome.cost is not None and conditions.tariff is not None:
        found += conditions.tariff.assumptions
    return tuple(dict.fromkeys(found))


def _energy(report: FleetReport, pace: Pace, conditions: FleetConditions) -> Spread | None:
    def energy_mj(transmissions: int) -> float:
        energy = conditions.device.energy(pace.radio_use(transmissions), conditions.work)
        if energy is None:
            raise ImpossibleValueError("radio", "its energy is known for one fragment only")
        return energy.total_mj

    if conditions.device.energy(pace.radio_use(1)) is None:
        return None
    return report.spread(energy_mj)


def _cost(report: FleetReport, pace: Pace, tariff: Tariff | None) -> Spread | None:
    if tariff is None or not pace.one.ip_bytes:
        return None

    def cost(transmissions: int) -> float:
        duration_s = pace.radio_use(transmissions).duration_s
        bill = bill_for(tariff, pace.ip_bytes(transmissions), duration_s)
        return 0.0 if bill is None else bill.cost

    return report.spread(cost)


def _cell(report: FleetReport, conditions: FleetConditions) -> CellEffects | None:
    link, plan = conditions.link, report.plan
    if not isinstance(link, LorawanLink):
        return None
    cell = cell_of(
        link,
        devices=plan.devices,
        uplink_interval_s=conditions.uplink_interval_s,
        gateways=plan.gateways,
    )
    if plan.service is Service.UNICAST:
        uplinks_per_s = plan.devices / cell.uplink_interval_s
        return CellEffects(
            set_up_s=None,
            gateway_set_up_on_air_s=None,
            status_answers_heard=None,
            displaced_uplinks=uplinks_per_s * report.gateway_on_air_s,
        )
    estimate = estimate_campaign(
        cell,
        fragments=plan.slots,
        fragment_bytes=link.max_fragment_bytes,
        version=link.ts004_version,
        block_ack_delay=link.block_ack_delay,
    )
    return CellEffects(
        set_up_s=estimate.set_up_s,
        gateway_set_up_on_air_s=estimate.gateway_set_up_on_air_s,
        status_answers_heard=estimate.status_answers_heard,
        displaced_uplinks=estimate.displaced_uplinks,
    )


def _spread(spread: Spread | None) -> Json:
    return None if spread is None else _spread_items(spread)


def _spread_items(spread: Spread) -> dict[str, Json]:
    items: dict[str, Json] = {
        f"{quantile:g}": _interval(value)
        for quantile in QUANTILES
        if (value := spread.quantile(quantile)) is not None
    }
    total = spread.total()
    if total is not None:
        items["total"] = _interval(total)
    return items


def _interval(interval: Interval) -> dict[str, Json]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
