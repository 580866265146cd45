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
_EDGE: Final = 0.03
"""Share of an axis at whose ends a text would leave the chart."""
_MOST_TICKS: Final = 5
_TOLERANCE: Final = 1e-9
"""Of a step: sums of floats are not exact."""
ROUND_DURATIONS_S: Final = tuple(
    count * unit
    for unit, counts in (
        (1.0, (1, 2, 5, 10, 20, 30)),
        (60.0, (1, 2, 5, 10, 20, 30)),
        (3600.0, (1, 2, 4, 6, 12)),
        (86_400.0, (1, 2, 5, 10, 20, 50, 100)),
    )
    for count in counts
)


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
    round_values: tuple[float, ...] = ()
    """What reads well, ascending; decimal steps if not given."""

    def span(self, values: Sequence[float]) -> tuple[float, float]:
        """Return where the axis begins and ends so that it holds all values."""
        low = min(values) if self.low is None else self.low
        high = max(values) if self.high is None else self.high
        if self.logarithmic:
            return (low, high) if high > low else (low / 2, low * 2)
        if high <= low:
            low, high = low - 0.5, low + 0.5
        if self.high is None:
            step = self._step(low, high)
            high = step * math.ceil(high / step - _TOLERANCE)
        return low, high

    def place(self, value: float, span: tuple[float, float]) -> float:
        """Return where a value lies between the ends of the axis, 0 to 1."""
        low, high = span
        if self.logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    def ticks(self, span: tuple[float, float]) -> list[float]:
        """Return round values to write at the axis."""
        low, high = span
        if self.logarithmic:
            inside = [value for value in self._round_values(low, high) if low <= value <= high]
            return inside[:: -(-len(inside) // _MOST_TICKS)] if inside else [low, high]
        step = self._step(low, high)
        first, last = math.ceil(low / step - _TOLERANCE), math.floor(high / step + _TOLERANCE)
        return [number * step for number in range(first, last + 1)]

    def _step(self, low: float, high: float) -> float:
        least = (high - low) / _MOST_TICKS
        return next(value for value in self._round_values(least, high) if value >= least)

    def _round_values(self, low: float, high: float) -> list[float]:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        decimal = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
        if not self.round_values:
            return decimal
        first, last = self.round_values[0], self.round_values[-1]
        below = [value for value in decimal if value < first]
        return [*below, *self.round_values, *(value for value in decimal if value > last)]


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
    for value in x.ticks(x_span):
        place = x.place(value, x_span)
        anchor = "start" if place < _EDGE else "end" if place > 1 - _EDGE else "middle"
        yield (
            f'<text x="{_x(place):.1f}" y="{_BOTTOM + 16}" '
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
