"""`airdelta plan`: full image or patch, over which link, how long?"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.candidate_table import print_candidates
from pipeline.cli.energy_view import (
    bill_json,
    cost_text,
    energy_text,
    print_assumptions,
    share_text,
)
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.link import read_link
from pipeline.cli.options import AsJson, Base, Device, New, load_profile, read_firmware
from pipeline.cli.output import duration_text, emit, plain_table, progress
from pipeline.cli.tariff import TariffOption, read_tariff
from pipeline.engines.registry import ENGINES
from pipeline.engines.runner import process_executor
from pipeline.json_document import Json
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.packaging.build_record import candidate_json
from pipeline.packaging.selection import RatedCandidate, full_compressed_bytes
from pipeline.planning.comparison import Comparison, LinkColumn, compare
from pipeline.planning.spending import Spending, StrategyCost
from pipeline.rehearsal.delivery import DeliveryEstimate

DEFAULT_LINKS = ("eu868-dr3", "ble-1m", "nbiot-ce0")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    base: Base,
    new: New,
    device: Device = None,
    link: Annotated[
        list[str] | None,
        typer.Option(
            "--link",
            metavar="NAME|FILE.toml",
            help=f"Link to compare on; repeat for several. Default: {', '.join(DEFAULT_LINKS)}.",
        ),
    ] = None,
    tariff: TariffOption = None,
    as_json: AsJson = False,
) -> None:
    """Compare every strategy on every link: bytes, RAM, and without loss time, energy and cost.

    **Example**

    `airdelta plan --base v1.bin --new v2.bin --link eu868-dr0 --link nbiot-ce2`
    """
    links = [read_link(name) for name in link or DEFAULT_LINKS]
    profile = load_profile(device)
    request = BuildRequest(
        base=read_firmware(base), new=read_firmware(new), profile=profile, security_counter=0
    )
    with process_executor() as executor, progress("comparing", len(ENGINES)) as advance:
        rated, _ = rate_candidates(request, executor, lambda outcome: advance(outcome.engine))
    spending = Spending(
        profile=profile,
        new_bytes=request.new.size,
        tariff=None if tariff is None else read_tariff(tariff),
    )
    comparison = compare(rated, links, spending)
    emit(
        comparison_json(comparison),
        lambda console: _render(console, comparison, request),
        as_json=as_json,
    )
    if not any(one.fits for one in rated):
        raise typer.Exit(ExitCode.REJECTED)


def comparison_json(comparison: Comparison) -> dict[str, Json]:
    """Return a comparison as `--json` prints it."""
    full = full_compressed_bytes(comparison.rated)
    strategies: list[Json] = []
    for index, rated in enumerate(comparison.rated):
        links: dict[str, Json] = {
            column.link.name: _estimate_json(column.estimates[index], column.costs[index])
            for column in comparison.columns
        }
        strategies.append({**candidate_json(rated, full), "links": links})
    recommended: dict[str, Json] = {}
    for column in comparison.columns:
        best = comparison.recommend(column)
        recommended[column.link.name] = None if best is None else best.candidate.engine
    assumed: dict[str, Json] = {column.link.name: [*column.notes] for column in comparison.columns}
    return {
        "strategies": strategies,
        "recommended": recommended,
        "assumed": assumed,
        "loss": "none",
    }


def _estimate_json(estimate: DeliveryEstimate | None, cost: StrategyCost | None) -> Json:
    if estimate is None or cost is None:
        return None
    return {
        "duration_s": estimate.duration_s,
        "fragments": estimate.fragments,
        "bytes_on_air": estimate.bytes_on_air,
        "time_on_air_s": estimate.time_on_air_s,
        "ip_bytes": estimate.ip_bytes,
        "energy_mj": None if cost.energy is None else cost.energy.total_mj,
        "battery_share": cost.battery_share,
        "cost": bill_json(cost.bill),
    }


def recommendation_text(comparison: Comparison, column: LinkColumn) -> str:
    """Return one sentence: what to send on a link, and what that saves."""
    best = comparison.recommend(column)
    if best is None:
        return f"{column.link.name}: no strategy fits the device"
    times = {
        rated.candidate.engine: seconds
        for rated, seconds in zip(comparison.rated, column.seconds, strict=True)
        if rated.fits and seconds is not None
    }
    engine = best.candidate.engine
    text = f"{column.link.name}: {engine}, {duration_text(times[engine])}"
    full = [
        times[rated.candidate.engine]
        for rated in comparison.rated
        if rated.candidate.engine in times and not rated.candidate.payload_format.needs_base
    ]
    if full and best.candidate.payload_format.needs_base:
        text += f" instead of {duration_text(min(full))} for the full image"
    return text


def _overall(comparison: Comparison) -> str | None:
    """Return the engine that is recommended on every link, if it is one."""
    recommended = [comparison.recommend(column) for column in comparison.columns]
    engines = {None if one is None else one.candidate.engine for one in recommended}
    return engines.pop() if len(engines) == 1 else None


def _render(console: Console, comparison: Comparison, request: BuildRequest) -> None:
    times = {column.link.name: column.seconds for column in comparison.columns}
    title = f"{request.base.name} to {request.new.name} for device {request.profile.name!r}"
    print_candidates(console, comparison.rated, title, _overall(comparison), times)
    console.print("\nRecommended, without loss; below it the smallest full image:")
    console.print(_recommendations(comparison))
    notes = dict.fromkeys(note for column in comparison.columns for note in column.notes)
    print_assumptions(console, tuple(notes))


def _recommendations(comparison: Comparison) -> Table:
    """Return two rows per link: what to send there, and what the full image would take."""
    has_bills = any(
        cost is not None and cost.bill is not None
        for column in comparison.columns
        for cost in column.costs
    )
    table = plain_table(
        "link", "send", ">time", ">energy", ">battery", *((">cost",) if has_bills else ())
    )
    for column in comparison.columns:
        best, full = comparison.recommend(column), comparison.best_full(column)
        if best is None:
            table.add_row(column.link.name, "no strategy fits the device")
            continue
        table.add_row(column.link.name, *_cells(comparison, column, best))
        if full is not None and full is not best:
            table.add_row("", *_cells(comparison, column, full), style="dim")
    return table


def _cells(comparison: Comparison, column: LinkColumn, one: RatedCandidate) -> list[str]:
    index = comparison.rated.index(one)
    seconds, cost = column.seconds[index], column.costs[index]
    energy = None if cost is None else cost.energy
    share = None if cost is None else cost.battery_share
    bill = None if cost is None else cost.bill
    return [
        one.candidate.engine,
        "never" if seconds is None else duration_text(seconds),
        "-" if energy is None else energy_text(energy.total_mj),
        "-" if share is None else share_text(share),
        "-" if bill is None else cost_text(bill.cost, bill.tariff.currency),
    ][: 5 if bill is not None else 4]
