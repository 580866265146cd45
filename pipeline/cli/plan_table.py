"""What `airdelta plan` prints: the candidates, what to send where, and what limits leave."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipeline.cli.candidate_table import print_candidates
from pipeline.cli.energy_view import print_assumptions
from pipeline.cli.output import plain_table
from pipeline.packaging.build import BuildRequest
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, LinkColumn, Strategy
from pipeline.planning.limits import NO_LIMITS
from pipeline.planning.other_settings import OtherSetting, better_text
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.verdict import best_text, refusal_text
from pipeline.wording import cost_text, duration_text, energy_text, share_text, time_text

_DETAILS_LEGEND = """\
median, p95: when 50 and 95 % of all devices have it; served: the share that ever does
air: of one gateway; a verdict names the limits that are broken
* = Pareto-optimal: no other strategy on the link is better in everything"""


def render_plan(console: Console, report: PlanReport, request: BuildRequest) -> None:
    """Print a plan; with losses, a fleet or limits also what each strategy comes to."""
    comparison = report.comparison
    times = {column.link.name: column.seconds for column in comparison.columns}
    title = f"{request.base.name} to {request.new.name} for device {request.profile.name!r}"
    print_candidates(console, comparison.rated, title, _overall(comparison), times)
    if comparison.circumstances.are_certain and comparison.limits == NO_LIMITS:
        console.print("\nRecommended, without loss; below it the smallest full image:")
        console.print(_recommendations(comparison))
    else:
        _print_details(console, comparison)
    _print_settings(console, report.settings)
    notes = dict.fromkeys(note for column in comparison.columns for note in column.notes)
    print_assumptions(console, tuple(notes))
    sentence = best_text(comparison)
    if sentence is None:
        console.print(refusal_text(comparison), style="bold red")
    else:
        console.print(f"best: {sentence}", style="bold")
    better = better_text(comparison, report.settings)
    if better is not None:
        console.print(better)


def _print_details(console: Console, comparison: Comparison) -> None:
    met = comparison.circumstances
    console.print(
        f"\nloss {met.loss_text}, devices {met.devices:,}, gateways {met.gateways}, seed {met.seed}"
    )
    for column in comparison.columns:
        strategies = [s for s in comparison.strategies() if s.column is column]
        if not strategies:
            console.print(f"{column.link.name}: no strategy fits the device")
            continue
        has_cost = any(s.forecast.cost is not None for s in strategies)
        heads = (">median", ">p95", ">served", ">energy", ">air", *((">cost",) if has_cost else ()))
        table = plain_table(column.link.name, *heads, "verdict")
        best = comparison.recommend(column)
        for strategy in sorted(strategies, key=lambda strategy: strategy.order):
            cells = _detail_cells(strategy, has_cost=has_cost)
            mark = "*" if column.pareto[comparison.rated.index(strategy.rated)] else ""
            table.add_row(
                strategy.rated.candidate.engine + mark,
                *cells,
                "best" if strategy.rated is best else ", ".join(strategy.broken) or "yes",
                style="bold green" if strategy.rated is best else "dim" if strategy.broken else "",
            )
        console.print(table)
    console.print(_DETAILS_LEGEND, style="dim")


def _print_settings(console: Console, settings: Sequence[OtherSetting]) -> None:
    """Print the other settings that are Pareto-optimal."""
    shown = [one for one in settings if one.pareto]
    for name in dict.fromkeys(one.strategy.column.link.name for one in shown):
        table = plain_table(name, "setting", ">done", ">served", ">energy", ">air", "verdict")
        mine = [one for one in shown if one.strategy.column.link.name == name]
        for one in sorted(mine, key=lambda one: one.strategy.order):
            forecast = one.strategy.forecast
            table.add_row(
                one.strategy.rated.candidate.engine,
                one.label,
                time_text(forecast.campaign_s),
                f"{100 * forecast.success_share:.1f}%",
                "-" if forecast.energy_mj is None else energy_text(forecast.energy_mj),
                duration_text(forecast.gateway_on_air_s),
                ", ".join(one.strategy.broken) or "yes",
                style="dim" if one.strategy.broken else "",
            )
        console.print(table)
    if shown:
        console.print(
            f"other settings: the Pareto-optimal ones of {len(settings)}; done: when 95 % have it; "
            "?: nobody has said that the loss given holds there",
            style="dim",
        )


def _detail_cells(strategy: Strategy, *, has_cost: bool) -> list[str]:
    forecast = strategy.forecast
    return [
        time_text(forecast.median_s),
        time_text(forecast.p95_s),
        f"{100 * forecast.success_share:.1f}%",
        "-" if forecast.energy_mj is None else energy_text(forecast.energy_mj),
        duration_text(forecast.gateway_on_air_s),
        *(["-" if forecast.cost is None else f"{forecast.cost:.3g}"] if has_cost else []),
    ]


def _overall(comparison: Comparison) -> str | None:
    """Return the engine that is recommended on every link, if it is one."""
    recommended = [comparison.recommend(column) for column in comparison.columns]
    engines = {None if one is None else one.candidate.engine for one in recommended}
    return engines.pop() if len(engines) == 1 else None


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
