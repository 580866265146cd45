"""Charts as SVG that fit a phone and follow the page's colours; no script, no library.

Every chart is 480 units wide. Colours are CSS variables of the page with fallbacks, so that a
chart also stands alone.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 480
_HEIGHT: Final = 262
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 468, 14, 212
_INKS: Final = ("#2f6fb5", "#d07a1f", "#3b9a86", "#9463bd", "#c24545", "#78838f")
_ROW: Final = 34
_TICKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: what it shows and how its values read."""

    title: str
    text: Callable[[float], str]
    logarithmic: bool = False
    low: float | None = None
    """Where it begins; at the least value if not given."""
    high: float | None = None

    def span(self, values: Sequence[float]) -> tuple[float, float]:
        """Return where the axis begins and ends so that it holds all values."""
        low = min(values) if self.low is None else self.low
        high = max(values) if self.high is None else self.high
        if high > low:
            return low, high
        return (low / 2, low * 2) if self.logarithmic else (low - 0.5, low + 0.5)

    def place(self, value: float, span: tuple[float, float]) -> float:
        """Return where a value lies between the ends of the axis, 0 to 1."""
        low, high = span
        if self.logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    def ticks(self, span: tuple[float, float]) -> list[float]:
        """Return values to write at the axis, evenly spaced on it."""
        low, high = span
        shares = [number / _TICKS for number in range(_TICKS + 1)]
        if self.logarithmic:
            return [low * (high / low) ** share for share in shares]
        return [low + (high - low) * share for share in shares]


def line_chart(title: str, lines: Sequence[Line], x: Axis, y: Axis, *, steps: bool = False) -> str:
    """Draw curves; `steps` keeps a value until the next point."""
    drawn = [line for line in lines if line.points]
    if not drawn:
        return ""
    spans = tuple(
        axis.span([point[index] for line in drawn for point in line.points])
        for index, axis in enumerate((x, y))
    )
    height = _HEIGHT + 18 * len(drawn)
    return (
        "".join(
            [
                _head(title, height),
                *_frame(x, y, spans[0], spans[1]),
                *_curves(drawn, x, y, spans, steps),
            ]
        )
        + "</svg>"
    )


def bar_chart(
    title: str, bars: Sequence[tuple[str, float, bool]], text: Callable[[float], str]
) -> str:
    """Draw horizontal bars: a name, an amount, and whether it can be chosen."""
    most = max((amount for _, amount, _ in bars), default=0) or 1
    parts = [_head(title, 8 + _ROW * len(bars))]
    for number, (name, amount, usable) in enumerate(bars):
        top = 4 + _ROW * number
        ink = "var(--bar, #2f6fb5)" if usable else "var(--gone, #c9ced6)"
        parts.append(
            f'<text x="2" y="{top + 12}">{escape(name)}</text>'
            f'<text x="{_WIDTH - 2}" y="{top + 12}" text-anchor="end">{escape(text(amount))}</text>'
            f'<rect x="2" y="{top + 17}" width="{max(amount / most * (_WIDTH - 4), 1):.1f}" '
            f'height="9" fill="{ink}"/>'
        )
    return "".join(parts) + "</svg>"


def _head(title: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12" '
        'fill="currentColor">'
    )


def _frame(
    x: Axis, y: Axis, x_span: tuple[float, float], y_span: tuple[float, float]
) -> Iterator[str]:
    for value in y.ticks(y_span):
        top = _y(y.place(value, y_span))
        yield (
            f'<path d="M{_LEFT} {top:.1f}H{_RIGHT}" stroke="var(--line, #d9dee5)"/>'
            f'<text x="{_LEFT - 6}" y="{top + 4:.1f}" text-anchor="end">'
            f"{escape(y.text(value))}</text>"
        )
    for number, value in enumerate(x.ticks(x_span)):
        anchor = {0: "start", _TICKS: "end"}.get(number, "middle")
        yield (
            f'<text x="{_x(x.place(value, x_span)):.1f}" y="{_BOTTOM + 16}" '
            f'text-anchor="{anchor}">{escape(x.text(value))}</text>'
        )
    middle = (_LEFT + _RIGHT) / 2
    yield (
        f'<text x="{middle}" y="{_BOTTOM + 33}" text-anchor="middle">'
        f"{escape(f'{y.title} by {x.title}')}</text>"
    )


def _curves(
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    spans: tuple[tuple[float, float], ...],
    steps: bool,  # noqa: FBT001 (private)
) -> Iterator[str]:
    for number, line in enumerate(lines):
        ink = _INKS[number % len(_INKS)]
        places = [(_x(x.place(a, spans[0])), _y(y.place(b, spans[1]))) for a, b in line.points]
        path = f"M{places[0][0]:.1f} {places[0][1]:.1f}"
        if steps:
            path = f"M{places[0][0]:.1f} {_BOTTOM}V{places[0][1]:.1f}"
        for left, top in places[1:]:
            path += f"H{left:.1f}V{top:.1f}" if steps else f"L{left:.1f} {top:.1f}"
        if steps:
            path += f"H{_RIGHT}"
        top = _HEIGHT + 18 * number + 8
        yield (
            f'<path class="curve" d="{path}" fill="none" stroke="{ink}" stroke-width="2.5"/>'
            f'<path d="M{_LEFT} {top - 4}h22" stroke="{ink}" stroke-width="4"/>'
            f'<text x="{_LEFT + 28}" y="{top}">{escape(line.name)}</text>'
        )


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
