"""`airdelta simulate`: one device or a fleet, one link, with loss and power cuts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from device_apply.admission import expect_image
from device_apply.wire.delivery import MAX_U32, payload_identity
from link_sim.contract import FragmentEvent
from link_sim.fleet.plan import MAX_DEVICES
from link_sim.loss.model import NoLoss
from link_sim.loss.notation import parse_loss
from link_sim.tariff import Tariff
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.fleet_report import render_fleet
from pipeline.cli.inspect import Package
from pipeline.cli.link import read_link
from pipeline.cli.loss import Loss, read_trace
from pipeline.cli.options import (
    AsJson,
    Device,
    load_profile,
    load_trust,
    naming,
    read_cuts,
)
from pipeline.cli.output import emit, progress
from pipeline.cli.simulation_report import render_report, report_json
from pipeline.cli.tariff import TariffOption, read_tariff
from pipeline.errors import InputError
from pipeline.images.reader import read_image
from pipeline.packaging.update_package import UpdatePackage, read_package
from pipeline.rehearsal.device_energy import PoweredDevice
from pipeline.rehearsal.executors import ExecutorKind, fleet_executor
from pipeline.rehearsal.fleet_run import (
    DEFAULT_UPLINK_INTERVAL_S,
    FleetConditions,
    fleet_json,
    simulate_fleet,
)
from pipeline.rehearsal.pricing import install_work, price
from pipeline.rehearsal.simulation import (
    Conditions,
    SimulationReport,
    Target,
    simulate_transfer,
    simulate_update,
)

LinkOption = Annotated[
    str,
    typer.Option(
        "--link",
        metavar="NAME|FILE.toml",
        help="Link to use: one of `airdelta link list`, or a profile of your own.",
    ),
]
Running = Annotated[
    Path | None, typer.Option("--base", metavar="IMAGE", help="What the device runs now.")
]
Trusted = Annotated[
    Path | None, typer.Option("--trust", metavar="KEY.pub.pem", help="Key that it trusts.")
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same run.")]
PowerCuts = Annotated[
    int, typer.Option("--power-cuts", min=0, help="Power cuts, spread over the update.")
]
Replay = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The power cuts of an earlier run, as its report names them."),
]
HeldCounter = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=MAX_U32,
        help="Security counter that the device holds. Default: the package's.",
    ),
]
Devices = Annotated[
    int, typer.Option(min=1, max=MAX_DEVICES, help="Devices; more than one is a fleet.")
]
RadioPart = Annotated[
    str | None,
    typer.Option(
        metavar="PART",
        help="Radio whose currents count, such as sx1276. Default: the device's.",
    ),
]
Gateways = Annotated[int, typer.Option(min=1, help="Gateways that a fleet is spread over.")]
UplinkInterval = Annotated[
    float,
    typer.Option(
        "--uplink-interval",
        metavar="SECONDS",
        help="How often every device of a LoRaWAN fleet sends of its own accord.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes of a fleet's simulation. Default: one per processor."),
]
RunBy = Annotated[
    ExecutorKind,
    typer.Option(help="What runs a fleet: local processes, or dask (airdelta\\[dask])."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Running dask scheduler. Default: a local cluster."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    package: Package,
    link: LinkOption,
    base: Running = None,
    trust: Trusted = None,
    device: Device = None,
    loss: Loss = "none",
    seed: Seed = 0,
    power_cuts: PowerCuts = 0,
    replay: Replay = None,
    device_counter: HeldCounter = None,
    devices: Devices = 1,
    radio: RadioPart = None,
    tariff: TariffOption = None,
    gateways: Gateways = 1,
    uplink_interval: UplinkInterval = DEFAULT_UPLINK_INTERVAL_S,
    workers: Workers = None,
    executor: RunBy = ExecutorKind.PROCESSES,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Send a package over a simulated link; with --base and --trust to a device that applies it.

    With --devices it goes to a fleet: completion over time, who never finishes and why, the load
    on the gateway, energy and cost with their intervals. Exit code 1 if nobody finishes.

    **Examples**

    `airdelta simulate out/update.suit --link eu868-dr3 --loss 0.1`

    `airdelta simulate out/update.suit --link ble-2m --base v1.bin --trust release.pub.pem
    --power-cuts 2 --loss ge:0.02,0.25`

    `airdelta simulate out/update.suit --link eu868-dr5-fuota --devices 10000 --loss ge:0.02,0.1`
    """
    update = _read_whole_package(package)
    conditions = Conditions(
        link=read_link(link),
        loss=parse_loss(loss, read_trace),
        seed=seed,
        power_cuts=power_cuts,
        replayed_cuts=() if replay is None else read_cuts(replay),
    )
    target = _target(base, trust, device, device_counter)
    _check_cuts(power_cuts, replay, devices, has_device=target is not None)
    if scheduler is not None and executor is not ExecutorKind.DASK:
        raise InputError("--scheduler: needs --executor dask")
    profile = None if target is None else target.profile
    job = _Job(
        package=update,
        target=target,
        conditions=conditions,
        device=PoweredDevice.of(conditions.link, profile, radio),
        tariff=None if tariff is None else read_tariff(tariff),
    )
    fleet = _Fleet(
        devices=devices,
        gateways=gateways,
        uplink_interval_s=uplink_interval,
        executor=executor,
        workers=workers,
        scheduler=scheduler,
    )
    with naming(package):
        if fleet.devices > 1:
            completed = _run_fleet(job, fleet, as_json=as_json)
        else:
            completed = _run_one(job, as_json=as_json)
    if not completed:
        raise typer.Exit(ExitCode.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What is simulated, with whom, and what is counted."""

    package: UpdatePackage
    target: Target | None
    conditions: Conditions
    device: PoweredDevice
    tariff: Tariff | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fleet:
    """How many devices behind which gateways, and where they are simulated."""

    devices: int
    gateways: int
    uplink_interval_s: float
    executor: ExecutorKind
    workers: int | None
    scheduler: str | None


def _read_whole_package(path: Path) -> UpdatePackage:
    """Read a package whose payload is the one that its manifest names."""
    package = read_package(path)
    with naming(path):
        expect_image("payload", package.head.manifest.payload, payload_identity(package.payload))
    return package


def _check_cuts(power_cuts: int, replay: str | None, devices: int, *, has_device: bool) -> None:
    if power_cuts and replay is not None:
        raise InputError("--power-cuts, --replay: give one of them")
    option = "--power-cuts" if power_cuts else "--replay"
    if power_cuts or replay is not None:
        if devices > 1:
            raise InputError(f"{option}: hit one device; leave out --devices")
        if not has_device:
            raise InputError(f"{option}: needs a device; give --base and --trust")


def _run_one(job: _Job, *, as_json: bool) -> bool:
    report = _run(job.package, job.target, job.conditions)
    priced = price(report, job.package, job.device, job.tariff)
    emit(report_json(priced), lambda console: render_report(console, priced), as_json=as_json)
    return report.completed


def _run_fleet(job: _Job, fleet: _Fleet, *, as_json: bool) -> bool:
    work = None
    if job.target is not None:
        # Whether and with how much work a device applies it does not depend on the loss.
        alone = Conditions(link=job.conditions.link, loss=NoLoss(), seed=job.conditions.seed)
        work = install_work(simulate_update(job.package, job.target, alone), job.package)
    conditions = FleetConditions(
        link=job.conditions.link,
        loss=job.conditions.loss,
        devices=fleet.devices,
        seed=job.conditions.seed,
        device=job.device,
        work=work,
        tariff=job.tariff,
        gateways=fleet.gateways,
        uplink_interval_s=fleet.uplink_interval_s,
    )
    workers = fleet_executor(fleet.devices, fleet.executor, fleet.workers, fleet.scheduler)
    with workers as executor, progress("devices", fleet.devices) as advance:
        outcome = simulate_fleet(
            job.package, conditions, executor, lambda done: advance("simulated", done)
        )
    emit(
        fleet_json(outcome, conditions),
        lambda console: render_fleet(console, outcome, conditions),
        as_json=as_json,
    )
    return outcome.report.finished > 0


def _target(
    base: Path | None, trust: Path | None, device: str | None, counter: int | None
) -> Target | None:
    if base is None and trust is None:
        if device is not None or counter is not None:
            raise InputError("--device, --device-counter: a device needs --base and --trust too")
        return None
    if base is None or trust is None:
        missing = "--base" if base is None else "--trust"
        raise InputError(f"{missing}: missing; a device needs both --base and --trust")
    return Target(
        base=read_image(base),
        profile=load_profile(device),
        verifier=load_trust(trust),
        security_counter=counter,
    )


def _run(package: UpdatePackage, target: Target | None, conditions: Conditions) -> SimulationReport:
    with progress("sending", None) as advance:

        def observe(event: FragmentEvent) -> None:
            advance(f"fragment {event.index}, round {event.round_number}")

        if target is None:
            return simulate_transfer(package, conditions, observe)
        return simulate_update(package, target, conditions, observe)
