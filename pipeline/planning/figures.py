"""The plan's figures: for its page, and each alone for a paper.

A figure that stands alone needs no style sheet: it has the light colours, a white ground, and says
in its description which command, version and seed it came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from pipeline.planning.chart import ROUND_DURATIONS_S, Axis, Line, bar_chart, line_chart
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.sweeps import LOSSES, Sweeps
from pipeline.wording import duration_text, energy_text

_VARIABLE: Final = re.compile(r"var\(--[a-z]+, (#[0-9a-f]{6})\)")
_FONTS: Final = "Helvetica, Arial, Liberation Sans, DejaVu Sans"
"""Renderers without a font server know no general family."""
_VIEW_BOX: Final = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart."""

    slug: str
    """For the name of a file."""
    heading: str
    svg: str
    """It follows the page's colours."""
    remark: str = ""


def figures(report: PlanReport) -> Iterator[Figure]:
    """Yield what there is to draw."""
    for figure in (_completion(report), *_by_loss(report.sweeps), _sizes(report)):
        if figure.svg:
            yield figure


def standalone(figure: Figure, source: str) -> str:
    """Return a figure as a file of its own."""
    svg = _VARIABLE.sub(r"\1", figure.svg).replace("currentColor", "#1d2733")
    svg = svg.replace("system-ui", _FONTS)
    width, height = _VIEW_BOX.search(svg).groups()  # type: ignore[union-attr]
    head, rest = svg.split(">", 1)
    return (
        f'{head} width="{width}" height="{height}"><title>{escape(figure.heading)}</title>'
        f"<desc>{escape(source)}</desc>"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{rest}\n'
    )


def _completion(report: PlanReport) -> Figure:
    comparison = report.comparison
    curves = []
    for column in comparison.columns:
        shown = (comparison.recommend(column), comparison.best_full(column))
        for s in comparison.strategies():
            if s.column is column and any(s.rated is one for one in shown):
                name = f"{s.rated.candidate.engine}, {column.link.name}"
                curves.append(Line(name=name, points=s.forecast.curve))
    time = Axis(title="time", text=duration_text, logarithmic=True, round_values=ROUND_DURATIONS_S)
    share = Axis(title="devices done", text=lambda v: f"{100 * v:.0f} %", low=0.0, high=1.0)
    svg = line_chart("Completion over time", curves, time, share, steps=True)
    return Figure(slug="completion", heading="Completion", svg=svg)


def _by_loss(sweeps: Sweeps | None) -> Iterator[Figure]:
    if sweeps is None:
        return
    loss = Axis(title="loss", text=lambda v: f"{100 * v:.0f} %")
    time = Axis(title="median time", text=duration_text, low=0.0, round_values=ROUND_DURATIONS_S)
    energy = Axis(title="energy", text=energy_text, low=0.0)
    yield Figure(
        slug="time-by-loss",
        heading=f"Time against loss, {sweeps.link}",
        svg=line_chart("Median time against loss", _curves(sweeps, "median_s"), loss, time),
    )
    yield Figure(
        slug="energy-by-loss",
        heading=f"Energy against loss, {sweeps.link}",
        svg=line_chart(
            "Energy of the median device against loss", _curves(sweeps, "energy_mj"), loss, energy
        ),
    )


def _curves(sweeps: Sweeps, figure: str) -> list[Line]:
    lines = []
    for engine, forecasts in sweeps.by_loss.items():
        points = [
            (loss, value)
            for loss, forecast in zip(LOSSES, forecasts, strict=True)
            if forecast is not None and (value := getattr(forecast, figure)) is not None
        ]
        lines.append(Line(name=engine, points=tuple(points)))
    return lines


def _sizes(report: PlanReport) -> Figure:
    rated = report.comparison.rated
    sizes = sorted((one.package_bytes, one.candidate.engine, one.fits) for one in rated)
    bars = [(engine, float(size), fits) for size, engine, fits in sizes]
    return Figure(
        slug="sizes",
        heading="Size against strategy",
        svg=bar_chart("Package bytes of each strategy", bars, lambda size: f"{size:,.0f} bytes"),
        remark="Grey: the device cannot apply it.",
    )
