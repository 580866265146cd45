"""The plan of a fleet as one HTML file, in the style of the plan's page."""

from collections.abc import Iterator
from html import escape

from pipeline.planning.chart import bar_chart
from pipeline.planning.fleet_group import GroupPlan
from pipeline.planning.fleet_plan import FleetPlan
from pipeline.planning.fleet_words import proof_text, saving_texts, stranded_texts, takes_text
from pipeline.planning.page_frame import cell, framed, origin
from pipeline.wording import energy_text, time_text

_GROUP_HEADS = (
    "version",
    "device class",
    "link",
    "takes",
    "devices",
    "bytes",
    "p95",
    "done",
    "served",
    "energy",
)


def fleet_page(plan: FleetPlan, command: str) -> str:
    """Return the page; `command` is what was typed."""
    goals = ", ".join(dict.fromkeys(group.goal.version for group in plan.groups))
    return framed(f"A fleet of {plan.devices:,} devices to {goals}", _body(plan, command))


def _body(plan: FleetPlan, command: str) -> Iterator[str]:
    source = origin(command, plan.task.circumstances.seed)
    style = "verdict bad" if plan.stranded else "verdict"
    yield f'<p class="{style}">{escape(proof_text(plan))}.</p>'
    if plan.stranded:
        yield "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in stranded_texts(plan)) + "</ul>"
    yield "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in saving_texts(plan)) + "</ul>"
    met = plan.task.circumstances
    yield f'<p class="soft">Loss: {escape(met.loss_text)}; gateways {met.gateways}.</p>'
    yield "<h2>Versions</h2>\n<figure>"
    bars = [(version, float(count), True) for version, count in plan.histogram.items()]
    yield bar_chart("Devices by version", bars, lambda count: f"{count:,.0f} devices")
    yield f"<figcaption>{escape(source)}</figcaption></figure>"
    yield "<h2>Who takes what</h2>"
    yield from _groups(plan)
    yield "<h2>What to build</h2>"
    yield from _packages(plan)
    yield f"<footer>{escape(source)}</footer>"


def _groups(plan: FleetPlan) -> Iterator[str]:
    yield '<div class="wide"><table id="strategies"><thead><tr>'
    for number, head in enumerate(_GROUP_HEADS):
        side = ' class="n"' if number > 3 else ""  # noqa: PLR2004 (words come before numbers)
        yield f'<th{side}><button type="button" data-column="{number}">{head}</button></th>'
    yield "</tr></thead><tbody>"
    for group in plan.groups:
        yield f'<tr class="{"" if group.arrives else "bad"}">{"".join(_cells(group))}</tr>'
    yield "</tbody></table></div>"
    yield (
        '<p class="soft">Press a heading to sort. p95: when 95 % of the group have it; done: the '
        "same, with the gateway's duty cycle for the whole group. A chain's times are those of its "
        "steps added up.</p>"
    )


def _cells(group: GroupPlan) -> Iterator[str]:
    for text in (group.row.version, group.profile.name, group.link.name, takes_text(group)):
        yield f"<td>{escape(text)}</td>"
    yield cell(f"{group.row.devices:,}", group.row.devices)
    path, forecast = group.path, group.forecast
    if path is None or forecast is None or not path.steps:
        yield '<td class="n">-</td>' * 5
        return
    yield cell(f"{path.package_bytes:,}", path.package_bytes)
    yield cell(time_text(forecast.p95_s), forecast.p95_s)
    yield cell(time_text(forecast.campaign_s), forecast.campaign_s)
    yield cell(f"{100 * forecast.success_share:.1f} %", forecast.success_share)
    energy_mj = forecast.energy_mj
    yield cell("-" if energy_mj is None else energy_text(energy_mj), energy_mj)


def _packages(plan: FleetPlan) -> Iterator[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "<th>update</th><th>device class</th><th>engine</th>"
    yield '<th class="n">bytes</th><th class="n">devices</th></tr></thead><tbody>'
    for one in plan.packages:
        yield (
            f"<tr><td>{escape(one.step.label)}</td><td>{escape(one.profile.name)}</td>"
            f"<td>{escape(one.step.rated.candidate.engine)}</td>"
            f'<td class="n">{one.step.rated.package_bytes:,}</td>'
            f'<td class="n">{one.devices:,}</td></tr>'
        )
    yield "</tbody></table></div>"
