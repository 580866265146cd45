"""The plan as one HTML file: no network, readable on a phone, in dark mode and on paper.

The recommendation comes first. Every figure says what it was made from. The one script sorts the
table; without it everything is still there.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from pipeline.planning.comparison import Comparison, LinkColumn
from pipeline.planning.figures import figures
from pipeline.planning.page_frame import cell, framed
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.sweeps import LOSSES, SCALES, Sweeps
from pipeline.planning.verdict import best_text, refusal_text
from pipeline.wording import duration_text, energy_text, memory_text, share_text, time_text

_HEADS: Final = (
    "strategy",
    "link",
    "verdict",
    "bytes",
    "fragments",
    "median",
    "p95",
    "served",
    "energy",
    "battery",
    "cost",
    "gateway air",
    "erases",
    "RAM",
    "flash",
)
_WORDS: Final = ("strategy", "link", "verdict")
_SETTING_HEADS: Final = ("bytes", "p95", "done", "served", "energy", "erases", "flash")


def to_html(report: PlanReport) -> str:
    """Return the page."""
    return framed(report.title, _body(report))


def _body(report: PlanReport) -> Iterator[str]:
    comparison = report.comparison
    verdict = best_text(comparison)
    if verdict is None:
        yield f'<p class="verdict bad">{escape(refusal_text(comparison))}</p>'
    else:
        yield f'<p class="verdict"><b>Send</b> {escape(verdict)}.</p>'
    yield f'<p class="soft">{escape(report.circumstances)}</p>'
    yield "<h2>All strategies</h2>"
    yield from _table(comparison)
    yield from _figures(report)
    if report.sweeps is not None:
        yield from _sensitivity(report, report.sweeps)
    yield from _settings(report)
    yield from _assumed(comparison)
    yield (
        f"<footer>{escape(report.origin)} Base sha256 {report.base.sha256.hex()}, "
        f"new sha256 {report.new.sha256.hex()}.</footer>"
    )


def _table(comparison: Comparison) -> Iterator[str]:
    costs = any(
        f is not None and f.cost is not None for c in comparison.columns for f in c.forecasts
    )
    heads = [head for head in _HEADS if costs or head != "cost"]
    yield '<div class="wide"><table id="strategies"><thead><tr>'
    for number, head in enumerate(heads):
        side = "" if head in _WORDS else ' class="n"'
        yield f'<th{side}><button type="button" data-column="{number}">{head}</button></th>'
    yield "</tr></thead><tbody>"
    best = comparison.best()
    for column in sorted(comparison.columns, key=lambda c: best is None or c is not best.column):
        for index in _order(comparison, column):
            yield f'<tr class="{_row_class(comparison, column, index)}">'
            yield from _cells(comparison, column, index, costs=costs)
            yield "</tr>"
    yield "</tbody></table></div>"
    yield (
        '<p class="soft">Press a heading to sort. Median and p95: when 50 and 95 % of all devices '
        "have the update. * Pareto-optimal: no other strategy on the link is better in "
        "everything.</p>"
    )
    obstacles = [(r.candidate.engine, r.obstacle) for r in comparison.rated if r.obstacle]
    if obstacles:
        yield "<details><summary>Why some do not fit the device</summary><ul>"
        yield from (f"<li>{escape(name)}: {escape(str(why))}</li>" for name, why in obstacles)
        yield "</ul></details>"


def _order(comparison: Comparison, column: LinkColumn) -> list[int]:
    """Return the candidates' places, those first that can be chosen, small ones before large."""

    def key(index: int) -> tuple[bool, int]:
        return not _is_usable(comparison, column, index), comparison.rated[index].package_bytes

    return sorted(range(len(comparison.rated)), key=key)


def _is_usable(comparison: Comparison, column: LinkColumn, index: int) -> bool:
    fits, known = comparison.rated[index].fits, column.forecasts[index] is not None
    return fits and known and not column.broken[index]


def _row_class(comparison: Comparison, column: LinkColumn, index: int) -> str:
    best = comparison.best()
    if best is not None and best.column is column and best.rated is comparison.rated[index]:
        return "best"
    return "" if _is_usable(comparison, column, index) else "out"


def _cells(comparison: Comparison, column: LinkColumn, index: int, *, costs: bool) -> Iterator[str]:
    rated, forecast = comparison.rated[index], column.forecasts[index]
    spending, needs = comparison.spending, rated.candidate.needs
    mark = "*" if column.pareto[index] else ""
    yield f"<td>{escape(rated.candidate.engine)}{mark}</td><td>{escape(column.link.name)}</td>"
    yield f"<td>{escape(_verdict(comparison, column, index))}</td>"
    yield cell(f"{rated.package_bytes:,}", rated.package_bytes)
    if forecast is None:
        yield '<td class="n">-</td>' * (8 if costs else 7)
    else:
        energy, share, cost = forecast.energy_mj, forecast.battery_share, forecast.cost
        yield cell(f"{forecast.fragments:,}", forecast.fragments)
        yield cell(time_text(forecast.median_s), forecast.median_s)
        yield cell(time_text(forecast.p95_s), forecast.p95_s)
        yield cell(f"{100 * forecast.success_share:.1f} %", forecast.success_share)
        yield cell("-" if energy is None else energy_text(energy), energy)
        yield cell("-" if share is None else share_text(share), share)
        if costs:
            yield cell("-" if cost is None else f"{cost:.3g}", cost)
        yield cell(duration_text(forecast.gateway_on_air_s), forecast.gateway_on_air_s)
    erases, flash_bytes = (
        spending.flash_erases(rated.candidate),
        spending.flash_bytes(rated.candidate),
    )
    yield cell(f"{erases:,}", erases) + cell(memory_text(needs.ram_bytes), needs.ram_bytes)
    yield cell(memory_text(flash_bytes), flash_bytes)


def _verdict(comparison: Comparison, column: LinkColumn, index: int) -> str:
    obstacle = comparison.rated[index].obstacle
    if obstacle is not None:
        return f"no: {obstacle.kind.removeprefix('no-')}"
    if column.forecasts[index] is None:
        return "no: link"
    if column.broken[index]:
        return f"breaks {', '.join(column.broken[index])}"
    return _row_class(comparison, column, index) or "yes"


def _figures(report: PlanReport) -> Iterator[str]:
    yield '<div class="figures">'
    for figure in figures(report):
        yield f"<figure><h2>{escape(figure.heading)}</h2>\n{figure.svg}"
        yield f"<figcaption>{escape(figure.remark)} {escape(report.origin)}</figcaption></figure>"
    yield "</div>"


def _settings(report: PlanReport) -> Iterator[str]:
    """Show the other settings that are Pareto-optimal, if somebody asked for them."""
    shown = [one for one in report.settings if one.pareto]
    if not shown:
        return
    yield '<h2>Other settings</h2>\n<figure><div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{head}</th>" for head in ("strategy", "link", "setting"))
    yield "".join(f'<th class="n">{head}</th>' for head in _SETTING_HEADS) + "</tr></thead><tbody>"
    for one in shown:
        forecast = one.strategy.forecast
        energy_mj = forecast.energy_mj
        words = (one.strategy.rated.candidate.engine, one.strategy.column.link.name, one.label)
        candidate, package_bytes = one.strategy.rated.candidate, one.strategy.rated.package_bytes
        erases, flash_bytes = (
            one.spending.flash_erases(candidate),
            one.spending.flash_bytes(candidate),
        )
        yield "<tr>" + "".join(f"<td>{escape(word)}</td>" for word in words)
        yield cell(f"{package_bytes:,}", package_bytes)
        yield cell(time_text(forecast.p95_s), forecast.p95_s)
        yield cell(time_text(forecast.campaign_s), forecast.campaign_s)
        yield cell(f"{100 * forecast.success_share:.1f} %", forecast.success_share)
        yield cell("-" if energy_mj is None else energy_text(energy_mj), energy_mj)
        yield cell(f"{erases:,}", erases) + cell(memory_text(flash_bytes), flash_bytes) + "</tr>"
    yield "</tbody></table></div>"
    yield (
        f"<figcaption>The Pareto-optimal ones of {len(report.settings)}, one setting changed in "
        "each. ?: nobody has said that the loss given holds at that data rate or PHY. "
        f"{escape(report.origin)}</figcaption></figure>"
    )


def _sensitivity(report: PlanReport, sweeps: Sweeps) -> Iterator[str]:
    yield f"<h2>Would the recommendation change? ({escape(sweeps.link)})</h2>"
    yield '<figure><div class="wide"><table><thead><tr><th>deltas</th>'
    yield "".join(f"<th>loss {100 * loss:g} %</th>" for loss in LOSSES) + "</tr></thead><tbody>"
    for scale, row in zip(SCALES, sweeps.winners, strict=True):
        cells = "".join(f"<td>{escape(one or 'none')}</td>" for one in row)
        yield f"<tr><th>{scale:g} x</th>{cells}</tr>"
    yield "</tbody></table></div>"
    yield (
        "<figcaption>What to send if deltas were so many times as large and so many fragments "
        f"were lost; devices {sweeps.devices:,}. {escape(report.origin)}</figcaption></figure>"
    )


def _assumed(comparison: Comparison) -> Iterator[str]:
    notes = dict.fromkeys(note for column in comparison.columns for note in column.notes)
    if notes:
        yield "<h2>Not confirmed</h2>\n<ul>"
        yield from (f"<li>{escape(note)}</li>" for note in notes)
        yield "</ul>"
