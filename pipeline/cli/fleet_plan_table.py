"""What `airdelta plan --fleet` prints: versions, who takes what, what to build, the proof."""

from rich.console import Console

from pipeline.cli.output import plain_table
from pipeline.planning.fleet_group import GroupPlan
from pipeline.planning.fleet_plan import FleetPlan
from pipeline.planning.fleet_words import proof_text, saving_texts, stranded_texts, takes_text
from pipeline.wording import bytes_text, energy_text, time_text

_BAR_COLUMNS = 24


def render_fleet_plan(console: Console, plan: FleetPlan) -> None:
    """Print a plan for a fleet."""
    _print_histogram(console, plan)
    _print_groups(console, plan)
    _print_packages(console, plan)
    console.print()
    for sentence in saving_texts(plan):
        console.print(sentence)
    for sentence in stranded_texts(plan):
        console.print(sentence, style="bold red")
    console.print(proof_text(plan), style="bold red" if plan.stranded else "bold")


def _print_histogram(console: Console, plan: FleetPlan) -> None:
    table = plain_table("version", ">devices", "")
    histogram = plan.histogram
    most = max(histogram.values())
    for version, devices in histogram.items():
        bar = "#" * max(round(_BAR_COLUMNS * devices / most), 1)
        table.add_row(version, bytes_text(devices), bar)
    console.print(table)


def _print_groups(console: Console, plan: FleetPlan) -> None:
    met = plan.task.circumstances
    console.print(f"\nloss {met.loss_text}, gateways {met.gateways}, seed {met.seed}")
    for name in dict.fromkeys(group.link.name for group in plan.groups):
        table = plain_table(
            name, "class", ">devices", "takes", ">bytes", ">done", ">served", ">energy"
        )
        for group in plan.groups:
            if group.link.name == name:
                table.add_row(
                    group.row.version,
                    group.profile.name,
                    bytes_text(group.row.devices),
                    takes_text(group),
                    *_figures(group),
                    style="" if group.arrives else "bold red",
                )
        console.print(table)
    console.print(
        "done: when 95 % of a group have it, its gateways' duty cycle included; served: the share "
        "that ever does; energy: of the median device",
        style="dim",
    )


def _figures(group: GroupPlan) -> list[str]:
    path, forecast = group.path, group.forecast
    if path is None or forecast is None or not path.steps:
        return []
    return [
        bytes_text(path.package_bytes),
        time_text(forecast.campaign_s),
        f"{100 * forecast.success_share:.1f}%",
        "-" if forecast.energy_mj is None else energy_text(forecast.energy_mj),
    ]


def _print_packages(console: Console, plan: FleetPlan) -> None:
    if not plan.packages:
        return
    table = plain_table("to build", "for", "engine", ">bytes", ">devices")
    for one in plan.packages:
        table.add_row(
            one.step.label,
            one.profile.name,
            one.step.rated.candidate.engine,
            bytes_text(one.step.rated.package_bytes),
            bytes_text(one.devices),
        )
    console.print()
    console.print(table)
