"""What `airdelta simulate --devices N` prints: completion over time, who is left, what it costs."""

from collections.abc import Callable

from rich.console import Console

from link_sim.fleet.report import FleetReport, Spread
from link_sim.fleet.statistics import Interval
from pipeline.cli.energy_view import print_assumptions
from pipeline.cli.output import facts_table, plain_table
from pipeline.rehearsal.fleet_run import (
    QUANTILES,
    CellEffects,
    FleetConditions,
    FleetOutcome,
    assumptions,
)
from pipeline.wording import cost_text, duration_text, energy_text, share_text

_CURVE_ROWS = 12
_BAR_COLUMNS = 40


def render_fleet(console: Console, outcome: FleetOutcome, conditions: FleetConditions) -> None:
    """Print a campaign; intervals are those that hold the true figure in 95 of 100 runs."""
    report = outcome.report
    if conditions.work is None:
        console.print("transfer only: without --base and --trust no device applies the package")
    _print_curve(console, report)
    _print_quantiles(console, outcome, conditions)
    console.print(facts_table(_facts(outcome, conditions)))
    print_assumptions(console, assumptions(outcome, conditions))
    console.print(
        f"{conditions.link.name}, {conditions.devices:,} devices, seed {conditions.seed}: "
        f"{report.finished:,} finished ({_share(report.finished_share)})",
        style="bold" if report.finished == conditions.devices else "bold red",
        highlight=False,
    )


def _print_curve(console: Console, report: FleetReport) -> None:
    table = plain_table(">time", ">finished", "")
    for point in report.cdf(_CURVE_ROWS):
        share = point.share.value
        bar = "█" * round(share * _BAR_COLUMNS)
        table.add_row(duration_text(point.time_s), f"{100 * share:.1f} %", bar)
    if table.row_count:
        console.print(table)


def _print_quantiles(console: Console, outcome: FleetOutcome, conditions: FleetConditions) -> None:
    table = plain_table("per device", *(f">{100 * share:g} %" for share in QUANTILES))
    times = [outcome.report.finish_time_s(share) for share in QUANTILES]
    _add_row(table.add_row, "finished after", times, duration_text)
    if outcome.energy_mj is not None:
        _add_spread(table.add_row, "energy", outcome.energy_mj, energy_text)
    tariff = conditions.tariff
    if outcome.cost is not None and tariff is not None:
        _add_spread(
            table.add_row, "cost", outcome.cost, lambda cost: cost_text(cost, tariff.currency)
        )
    if table.row_count:
        console.print(table)


def _add_spread(
    add: Callable[..., None], name: str, spread: Spread, text: Callable[[float], str]
) -> None:
    _add_row(add, name, [spread.quantile(share) for share in QUANTILES], text)


def _add_row(
    add: Callable[..., None],
    name: str,
    intervals: list[Interval | None],
    text: Callable[[float], str],
) -> None:
    add(name, *("-" if one is None else _with_interval(one, text) for one in intervals))


def _with_interval(interval: Interval, text: Callable[[float], str]) -> str:
    """Return a figure with its interval below, unless that rounds to the figure itself."""
    value, low, high = (text(one) for one in (interval.value, interval.low, interval.high))
    if low == high:
        return value
    number, _, unit = low.partition(" ")
    return f"{value}\n{number if high.endswith(f' {unit}') else low} to {high}"


def _facts(outcome: FleetOutcome, conditions: FleetConditions) -> dict[str, str]:
    report, tariff = outcome.report, conditions.tariff
    unfinished = {reason: count for reason, count in report.never_finished.items() if count}
    facts = {
        "never finish": ", ".join(f"{count:,} {reason}" for reason, count in unfinished.items()),
        "gateway": f"{duration_text(report.gateway_on_air_s)} on the air, "
        f"{duration_text(report.gateway_needs_s)} within its duty cycle; "
        f"{report.transmissions:,} fragments",
    }
    if outcome.cell is not None:
        facts |= _cell_facts(outcome.cell)
    energy = None if outcome.energy_mj is None else outcome.energy_mj.total()
    if energy is not None:
        facts["energy of all"] = _sum(energy, energy_text)
        facts["battery"] = _battery(outcome, conditions)
    cost = None if outcome.cost is None else outcome.cost.total()
    if cost is not None and tariff is not None:
        facts["cost of all"] = _sum(cost, lambda one: cost_text(one, tariff.currency))
    return facts


def _cell_facts(cell: CellEffects) -> dict[str, str]:
    facts = {}
    if cell.set_up_s is not None and cell.gateway_set_up_on_air_s is not None:
        facts["set-up of all"] = (
            f"{duration_text(cell.set_up_s)} before, "
            f"{duration_text(cell.gateway_set_up_on_air_s)} on the air per gateway"
        )
    if cell.status_answers_heard is not None:
        facts["answers"] = f"{100 * cell.status_answers_heard:.1f} % meet no other one"
    facts["telemetry"] = f"{cell.displaced_uplinks:,.0f} uplinks lost while the gateway sends"
    return facts


def _battery(outcome: FleetOutcome, conditions: FleetConditions) -> str:
    """Return the share of a battery that the median update takes; empty without a battery."""
    battery = conditions.device.battery
    median = None if outcome.energy_mj is None else outcome.energy_mj.quantile(0.5)
    if battery is None or median is None:
        return ""
    capacity_mj = battery.capacity_mah * battery.voltage_v * 3600
    return f"{share_text(median.value / capacity_mj)} of it in the median device"


def _sum(total: Interval, text: Callable[[float], str]) -> str:
    return f"{text(total.value)} ({text(total.low)} to {text(total.high)})"


def _share(share: Interval) -> str:
    return f"{100 * share.value:.1f} %, {100 * share.low:.1f} to {100 * share.high:.1f}"
