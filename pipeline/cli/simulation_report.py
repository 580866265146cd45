"""What `airdelta simulate` prints about one device: story, figures, energy and cost."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.energy_view import (
    energy_json,
    print_assumptions,
    print_bill,
    print_energy,
    print_energy_sum,
)
from pipeline.cli.output import plain_table
from pipeline.json_document import Json
from pipeline.rehearsal.billing import bill_json
from pipeline.rehearsal.pricing import PricedSimulation
from pipeline.rehearsal.simulation import SimulationReport
from pipeline.rehearsal.timeline import Event, Kind
from pipeline.wording import bytes_text, duration_text

_KIND_STYLES = {Kind.LINK: "cyan", Kind.DEVICE: "green", Kind.POWER: "red"}


def report_json(priced: PricedSimulation) -> dict[str, Json]:
    """Return a simulated update as `--json` prints it."""
    report = priced.report
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
        "ip_bytes": airtime.ip_bytes,
        "flash": None
        if flash is None
        else {
            "erased_sectors": flash.erased_sectors,
            "programmed_bytes": flash.programmed_bytes,
            "operations": flash.operations,
            "busy_s": flash.busy_s,
        },
        "energy": energy_json(priced.energy, priced.battery_share),
        "cost": bill_json(priced.bill),
        "assumed": [*priced.assumptions],
        "power_cuts": [str(cut) for cut in report.power_cuts],
        "replay": report.replay,
        "events": [{"now_s": e.now_s, "kind": e.kind, "text": e.text} for e in report.events],
    }


def render_report(console: Console, priced: PricedSimulation) -> None:
    """Print the story of an update, what it costs, what that rests on, and the verdict."""
    report = priced.report
    if report.state is None:
        console.print("transfer only: without --base and --trust no device applies the package")
    else:
        console.print(_story(report.events))
    print_energy(console, priced.energy, priced.battery_share)
    print_bill(console, priced.bill)
    print_assumptions(console, priced.assumptions)
    _print_verdict(console, report)


def render_story(console: Console, priced: PricedSimulation) -> None:
    """Print the story of an update, its energy in one line, and the verdict."""
    console.print(_story(priced.report.events))
    print_energy_sum(console, priced.energy, priced.battery_share)
    _print_verdict(console, priced.report)


def _print_verdict(console: Console, report: SimulationReport) -> None:
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
