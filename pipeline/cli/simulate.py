"""`airdelta simulate`: one device, one link, with loss and power cuts."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from device_apply.admission import expect_image
from device_apply.wire.manifest import MAX_U32
from device_apply.wire.suit import SizedDigest
from link_sim.contract import FragmentEvent
from link_sim.loss.notation import parse_loss
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.inspect import Package
from pipeline.cli.link import read_link
from pipeline.cli.options import AsJson, Device, load_profile, load_trust, naming
from pipeline.cli.output import bytes_text, duration_text, emit, plain_table, progress
from pipeline.errors import InputError
from pipeline.images.reader import read_image
from pipeline.input_files import read_input_file
from pipeline.json_document import Json
from pipeline.packaging.update_package import UpdatePackage, read_package
from pipeline.rehearsal.simulation import (
    Conditions,
    SimulationReport,
    Target,
    simulate_transfer,
    simulate_update,
)
from pipeline.rehearsal.timeline import Event, Kind

_MAX_TRACE_BYTES: Final = 16 << 20
_KIND_STYLES = {Kind.LINK: "cyan", Kind.DEVICE: "green", Kind.POWER: "red"}


LinkOption = Annotated[
    str,
    typer.Option(
        "--link",
        metavar="NAME|FILE.toml",
        help="Link to use: one of `airdelta link list`, or a profile of your own.",
    ),
]
Loss = Annotated[
    str,
    typer.Option(
        metavar="P|ge:P,R|trace:FILE",
        help="Lost transmissions: a probability; Gilbert-Elliott bursts (good to bad with P, "
        "back with R); or a trace of times and fates. docs/LINKS.md has more.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    package: Package,
    link: LinkOption,
    base: Annotated[
        Path | None, typer.Option("--base", metavar="IMAGE", help="What the device runs now.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="KEY.pub.pem", help="Key that it trusts.")
    ] = None,
    device: Device = None,
    loss: Loss = "none",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same run.")] = 0,
    power_cuts: Annotated[
        int, typer.Option("--power-cuts", min=0, help="Power cuts, spread over the update.")
    ] = 0,
    device_counter: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MAX_U32,
            help="Security counter that the device holds. Default: the package's.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a package over a simulated link; with --base and --trust to a device that applies it.

    **Examples**

    `airdelta simulate out/update.suit --link eu868-dr3 --loss 0.1`

    `airdelta simulate out/update.suit --link ble-2m --base v1.bin --trust release.pub.pem
    --power-cuts 2 --loss ge:0.02,0.25`
    """
    read = read_package(package)
    with naming(package):
        expect_image("payload", read.head.manifest.payload, SizedDigest.of(read.payload))
    conditions = Conditions(
        link=read_link(link), loss=parse_loss(loss, _read_trace), seed=seed, power_cuts=power_cuts
    )
    target = _target(base, trust, device, device_counter)
    if target is None and power_cuts:
        raise InputError("--power-cuts: needs a device; give --base and --trust")
    with naming(package):
        report = _run(read, target, conditions)
    emit(report_json(report), lambda console: render_report(console, report), as_json=as_json)
    if not report.completed:
        raise typer.Exit(ExitCode.REJECTED)


def report_json(report: SimulationReport) -> dict[str, Json]:
    """Return a report as `--json` prints it."""
    airtime, flash = report.airtime, report.flash
    return {
        "link": report.link,
        "seed": report.seed,
        "scope": "transfer only" if report.state is None else "whole update",
        "completed": report.completed,
        "device_state": None if report.state is None else report.state.label,
        "total_s": report.total_s,
        "transfer_s": airtime.duration_s,
        "fragments_sent": airtime.fragments_sent,
        "fragments_lost": airtime.fragments_lost,
        "bytes_on_air": airtime.bytes_on_air,
        "time_on_air_s": airtime.time_on_air_s,
        "flash": None
        if flash is None
        else {
            "erased_sectors": flash.erased_sectors,
            "programmed_bytes": flash.programmed_bytes,
            "operations": flash.operations,
            "busy_s": flash.busy_s,
        },
        "power_cuts": [*report.power_cuts],
        "events": [{"now_s": e.now_s, "kind": e.kind, "text": e.text} for e in report.events],
    }


def render_report(console: Console, report: SimulationReport) -> None:
    """Print the story of an update and its figures."""
    if report.events:
        console.print(_story(report.events))
    if report.state is None:
        console.print("transfer only: without --base and --trust no device applies the package")
    airtime = report.airtime
    outcome = "completed" if report.completed else "NOT completed"
    if report.state is not None:
        outcome += f", device {report.state.label}"
    console.print(
        f"{report.link}, seed {report.seed}: {outcome} after {duration_text(report.total_s)}; "
        f"{airtime.fragments_sent} fragments sent, {airtime.fragments_lost} lost, "
        f"{bytes_text(airtime.bytes_on_air)} bytes and {duration_text(airtime.time_on_air_s)} on "
        "air",
        style="bold" if report.completed else "bold red",
        highlight=False,
    )


def _story(events: tuple[Event, ...]) -> Table:
    table = plain_table(">time", "", "")
    table.show_header = False
    for event in events:
        kind = Text(event.kind, style=_KIND_STYLES[event.kind])
        table.add_row(duration_text(event.now_s), kind, event.text)
    return table


def _read_trace(name: str) -> str:
    return read_input_file(Path(name), "trace", _MAX_TRACE_BYTES).decode(errors="replace")


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
