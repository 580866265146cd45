"""Horizontal bar charts as SVG, readable on light and dark pages, written without any library."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from html import escape
from typing import Final

_WIDTH: Final = 860
_LABEL_WIDTH: Final = 250
_VALUE_WIDTH: Final = 60
"""Room behind the longest bar for its value."""
_MARGIN: Final = 16
_HEAD_HEIGHT: Final = 78
_FOOT_HEIGHT: Final = 30
_BAR_HEIGHT: Final = 12
_ROW_GAP: Final = 8
_LEGEND_STEP: Final = 210
_TICKS: Final = 6
"""About how many lines to draw across the bars."""

# The chart paints its own background, as a page's theme and the browser's need not agree. Colours
# are those of Okabe and Ito, which people tell apart whatever their colour vision.
_STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e } .value { font-size: 11px }
.page { fill: #ffffff }
.line { stroke: #d1d9e0 }
.mark { stroke: #1f2328; stroke-dasharray: 4 3 }
.blue { fill: #0072b2 } .orange { fill: #e69f00 } .green { fill: #009e73 }
.grey { fill: #9aa4ae }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .quiet { fill: #9198a1 } .page { fill: #0d1117 }
.line { stroke: #30363d } .mark { stroke: #e6edf3 }
.blue { fill: #56b4e9 } .green { fill: #2fbf95 } .grey { fill: #6e7681 }
}
"""


@unique
class Colour(StrEnum):
    """What tells the series of a chart apart."""

    BLUE = "blue"
    ORANGE = "orange"
    GREEN = "green"
    GREY = "grey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One value of one series."""

    colour: Colour
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A label and its bars, one below the other."""

    label: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        """Pixels that the bars take."""
        return len(self.bars) * _BAR_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What to draw."""

    title: str
    subtitle: str
    legend: Mapping[Colour, str]
    """What the colours mean."""
    rows: Sequence[Row]
    mark: float
    """Where to draw the line that bars are held against; above zero."""


def render_svg(chart: Chart) -> str:
    """Return the chart as an SVG document; same chart, same document."""
    height = _HEAD_HEIGHT + _FOOT_HEIGHT + sum(row.height + _ROW_GAP for row in chart.rows)
    largest = max([chart.mark, *(bar.value for row in chart.rows for bar in row.bars)])
    scale = (_WIDTH - _LABEL_WIDTH - _VALUE_WIDTH) / largest
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="{escape(chart.title)}">'
    )
    lines = [
        head,
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{height}"/>',
        _text(_MARGIN, 26, chart.title, "title"),
        _text(_MARGIN, 44, chart.subtitle, "quiet"),
        *_legend(chart.legend),
        *_axis(chart, largest, scale, height),
        *_rows(chart.rows, scale),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _legend(legend: Mapping[Colour, str]) -> Iterator[str]:
    for index, (colour, name) in enumerate(legend.items()):
        x = _MARGIN + index * _LEGEND_STEP
        yield f'<rect class="{colour}" x="{x}" y="55" width="12" height="12"/>'
        yield _text(x + 18, 65, name, "quiet")


def _axis(chart: Chart, largest: float, scale: float, height: int) -> Iterator[str]:
    bottom = height - _FOOT_HEIGHT
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 1e9) if largest / step <= _TICKS)
    tick = 0
    while tick * step <= largest:
        yield from _vertical(_LABEL_WIDTH + tick * step * scale, bottom, f"{tick * step:g}", "line")
        tick += 1
    yield from _vertical(_LABEL_WIDTH + chart.mark * scale, bottom, "", "mark")


def _vertical(x: float, bottom: int, label: str, style: str) -> Iterator[str]:
    yield (
        f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD_HEIGHT - 4}" y2="{bottom}"/>'
    )
    if label:
        yield _text(x, bottom + 16, label, "quiet", anchor="middle")


def _rows(rows: Sequence[Row], scale: float) -> Iterator[str]:
    y = _HEAD_HEIGHT
    for row in rows:
        yield _text(_LABEL_WIDTH - 8, y + row.height / 2 + 4, row.label, "", anchor="end")
        for bar in row.bars:
            width = bar.value * scale
            yield (
                f'<rect class="{bar.colour}" x="{_LABEL_WIDTH}" y="{y}" '
                f'width="{width:.1f}" height="{_BAR_HEIGHT - 1}"/>'
            )
            yield _text(
                _LABEL_WIDTH + width + 5, y + _BAR_HEIGHT - 1, f"{bar.value:.2f}", "quiet value"
            )
            y += _BAR_HEIGHT
        y += _ROW_GAP


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return (
        f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
