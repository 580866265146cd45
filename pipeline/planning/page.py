"""The plan as one HTML file: no network, readable on a phone, in dark mode and on paper.

The recommendation comes first. Every figure says what it was made from. The one script sorts the
table; without it everything is still there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from pipeline.images.firmware_image import FirmwareImage
from pipeline.planning.chart import Axis, Line, bar_chart, line_chart
from pipeline.planning.comparison import Comparison, LinkColumn
from pipeline.planning.page_frame import cell, framed, origin
from pipeline.planning.sweeps import LOSSES, SCALES, Sweeps
from pipeline.planning.verdict import best_text, refusal_text
from pipeline.wording import duration_text, energy_text, memory_text, share_text, time_text

_HEADS: Final = (
    "strategy",
    "link",
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
    "verdict",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """What the page is made from."""

    comparison: Comparison
    base: FirmwareImage
    new: FirmwareImage
    sweeps: Sweeps | None
    """None where there is nothing to recommend."""
    command: str
    """As it was typed."""


def to_html(report: PlanReport) -> str:
    """Return the page."""
    return framed(f"{report.base.name} to {report.new.name}", _body(report))


def _body(report: PlanReport) -> Iterator[str]:
    comparison = report.comparison
    verdict = best_text(comparison)
    if verdict is None:
        yield f'<p class="verdict bad">{escape(refusal_text(comparison))}</p>'
    else:
        yield f'<p class="verdict"><b>Send</b> {escape(verdict)}.</p>'
    yield f'<p class="soft">{escape(_circumstances(report))}</p>'
    yield "<h2>All strategies</h2>"
    yield from _table(comparison)
    yield from _figures(report)
    if report.sweeps is not None:
        yield from _sensitivity(report, report.sweeps)
    yield from _assumed(comparison)
    yield (
        f"<footer>{escape(_origin(report))} Base sha256 {report.base.sha256.hex()}, "
        f"new sha256 {report.new.sha256.hex()}.</footer>"
    )


def _circumstances(report: PlanReport) -> str:
    met, profile = report.comparison.circumstances, report.comparison.spending.profile
    return (
        f"Device {profile.name}; devices {met.devices:,}, gateways {met.gateways}; "
        f"loss: {met.loss_text}; seed {met.seed}."
    )


def _origin(report: PlanReport) -> str:
    return origin(report.command, report.comparison.circumstances.seed)


def _table(comparison: Comparison) -> Iterator[str]:
    yield '<div class="wide"><table id="strategies"><thead><tr>'
    for number, head in enumerate(_HEADS):
        side = ' class="n"' if 1 < number < len(_HEADS) - 1 else ""
        yield f'<th{side}><button type="button" data-column="{number}">{head}</button></th>'
    yield "</tr></thead><tbody>"
    for column in comparison.columns:
        for index in _order(comparison, column):
            yield f'<tr class="{_row_class(comparison, column, index)}">'
            yield from _cells(comparison, column, index)
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


def _cells(comparison: Comparison, column: LinkColumn, index: int) -> Iterator[str]:
    rated, forecast = comparison.rated[index], column.forecasts[index]
    spending, needs = comparison.spending, rated.candidate.needs
    mark = "*" if column.pareto[index] else ""
    yield f"<td>{escape(rated.candidate.engine)}{mark}</td><td>{escape(column.link.name)}</td>"
    yield cell(f"{rated.package_bytes:,}", rated.package_bytes)
    if forecast is None:
        yield '<td class="n">-</td>' * 8
    else:
        energy, share, cost = forecast.energy_mj, forecast.battery_share, forecast.cost
        yield cell(f"{forecast.fragments:,}", forecast.fragments)
        yield cell(time_text(forecast.median_s), forecast.median_s)
        yield cell(time_text(forecast.p95_s), forecast.p95_s)
        yield cell(f"{100 * forecast.success_share:.1f} %", forecast.success_share)
        yield cell("-" if energy is None else energy_text(energy), energy)
        yield cell("-" if share is None else share_text(share), share)
        yield cell("-" if cost is None else f"{cost:.3g}", cost)
        yield cell(duration_text(forecast.gateway_on_air_s), forecast.gateway_on_air_s)
    erases, flash_bytes = (
        spending.flash_erases(rated.candidate),
        spending.flash_bytes(rated.candidate),
    )
    yield cell(f"{erases:,}", erases) + cell(memory_text(needs.ram_bytes), needs.ram_bytes)
    yield cell(memory_text(flash_bytes), flash_bytes)
    yield f"<td>{escape(_verdict(comparison, column, index))}</td>"


def _verdict(comparison: Comparison, column: LinkColumn, index: int) -> str:
    obstacle = comparison.rated[index].obstacle
    if obstacle is not None:
        return f"no: {obstacle.kind}"
    if column.forecasts[index] is None:
        return "no: link"
    if column.broken[index]:
        return f"breaks {', '.join(column.broken[index])}"
    return _row_class(comparison, column, index) or "yes"


def _figures(report: PlanReport) -> Iterator[str]:
    comparison = report.comparison
    percent = Axis(title="devices done", text=lambda v: f"{100 * v:.0f} %", low=0.0, high=1.0)
    curves = []
    for column in comparison.columns:
        shown = (comparison.recommend(column), comparison.best_full(column))
        for s in comparison.strategies():
            if s.column is column and any(s.rated is one for one in shown):
                name = f"{s.rated.candidate.engine}, {column.link.name}"
                curves.append(Line(name=name, points=s.forecast.curve))
    time = Axis(title="time", text=duration_text, logarithmic=True)
    yield from _figure(
        report, "Completion", line_chart("Completion over time", curves, time, percent, steps=True)
    )
    if report.sweeps is not None:
        loss = Axis(title="loss", text=lambda v: f"{100 * v:.1f} %")
        yield from _figure(
            report,
            f"Time against loss, {report.sweeps.link}",
            line_chart(
                "Median time against loss",
                _by_loss(report.sweeps, "median_s"),
                loss,
                Axis(title="median time", text=duration_text, low=0.0),
            ),
        )
        yield from _figure(
            report,
            f"Energy against loss, {report.sweeps.link}",
            line_chart(
                "Energy of the median device against loss",
                _by_loss(report.sweeps, "energy_mj"),
                loss,
                Axis(title="energy", text=energy_text, low=0.0),
            ),
        )
    sizes = sorted((r.package_bytes, r.candidate.engine, r.fits) for r in comparison.rated)
    bars = [(engine, float(size), fits) for size, engine, fits in sizes]
    yield from _figure(
        report,
        "Size against strategy",
        bar_chart("Package bytes of each strategy", bars, lambda size: f"{size:,.0f} bytes"),
        "Grey: the device cannot apply it.",
    )


def _by_loss(sweeps: Sweeps, figure: str) -> list[Line]:
    lines = []
    for engine, forecasts in sweeps.by_loss.items():
        points = [
            (loss, value)
            for loss, forecast in zip(LOSSES, forecasts, strict=True)
            if forecast is not None and (value := getattr(forecast, figure)) is not None
        ]
        lines.append(Line(name=engine, points=tuple(points)))
    return lines


def _figure(report: PlanReport, heading: str, svg: str, more: str = "") -> Iterator[str]:
    if not svg:
        return
    yield f"<h2>{escape(heading)}</h2>\n<figure>{svg}"
    yield f"<figcaption>{escape(more)} {escape(_origin(report))}</figcaption></figure>"


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
        f"were lost; devices {sweeps.devices:,}. {escape(_origin(report))}</figcaption></figure>"
    )


def _assumed(comparison: Comparison) -> Iterator[str]:
    notes = dict.fromkeys(note for column in comparison.columns for note in column.notes)
    if notes:
        yield "<h2>Not confirmed</h2>\n<ul>"
        yield from (f"<li>{escape(note)}</li>" for note in notes)
        yield "</ul>"
