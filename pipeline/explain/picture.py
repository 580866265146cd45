"""Base and new image side by side as SVG: what stayed, what moved, what is new, what it costs.

Addresses grow downwards. Bands join where a part of the new image comes from; bars at the right are
the patch's bytes for each stretch of the new image. Colours are CSS variables of the page, with
fallbacks, so that the picture also stands alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np

from pipeline.encoder.trace import PatchTrace
from pipeline.explain.explanation import Explanation
from pipeline.explain.order import displaced_indexes
from pipeline.explain.places import Places

_WIDTH: Final = 720
_TOP: Final = 34
_HEIGHT: Final = 600
_BAR: Final = 56
_BASE_X: Final = 140
_NEW_X: Final = 360
_COST_X: Final = 432
_COST_WIDTH: Final = 150
_ROWS: Final = 150
_JOIN_BYTES: Final = 64
"""Parts that moved alike are one band across gaps up to this."""
_LEAST_BAND: Final = 0.15
"""Pixels; thinner bands cannot be seen."""
_LEAST_LABEL: Final = 20
"""Pixels between the names of sections."""


@dataclass(frozen=True, slots=True)
class _Band:
    new_start: int
    new_end: int
    base_start: int

    @property
    def shift(self) -> int:
        return self.base_start - self.new_start

    @property
    def base_end(self) -> int:
        return self.base_start + self.new_end - self.new_start


def to_svg(explanation: Explanation) -> str:
    """Return the picture."""
    scale = _HEIGHT / max(explanation.base.image.size, explanation.new.image.size)
    height = _TOP + _HEIGHT + 16
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'role="img" aria-label="Base and new image with moved parts and the cost of each" '
        'font-family="system-ui, sans-serif" font-size="12">'
    )
    parts = [
        head,
        *_titles(explanation),
        *_bands(explanation, scale),
        *_new_parts(explanation, scale),
        *_costs(explanation.trace, scale),
        *_sections(explanation.base, _BASE_X - 8, scale),
        *_sections(explanation.new, _COST_X + _COST_WIDTH + 132, scale),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _titles(explanation: Explanation) -> Iterator[str]:
    peak = _row_bytes(explanation.trace).max(initial=0.0)
    for x, anchor, text in (
        (_BASE_X + _BAR / 2, "middle", "base"),
        (_NEW_X + _BAR / 2, "middle", "new"),
        (_COST_X, "start", f"patch bytes, up to {peak:,.0f}"),
    ):
        yield _text(x, _TOP - 14, text, anchor)


def _bands(explanation: Explanation, scale: float) -> Iterator[str]:
    size = explanation.base.image.size
    base_bar = (_BASE_X, _TOP, _BAR, size * scale)
    yield _rect(*base_bar, "var(--gone, #c9ced6)", "base image: not used any more")
    bands = [
        band
        for band in _joined(explanation.trace.segments)
        if (band.new_end - band.new_start) * scale >= _LEAST_BAND
    ]
    displaced = displaced_indexes(
        [band.base_start for band in bands], [band.new_end - band.new_start for band in bands]
    )
    for index, band in enumerate(bands):
        colour = "var(--stay, #7aa6d8)" if band.shift == 0 else "var(--move, #4fae9b)"
        if index in displaced:
            colour = "var(--swap, #a67fd0)"
        b0, b1 = _TOP + band.base_start * scale, _TOP + band.base_end * scale
        n0, n1 = _TOP + band.new_start * scale, _TOP + band.new_end * scale
        left, right = _BASE_X + _BAR, _NEW_X
        title = (
            f"{band.new_end - band.new_start:,} bytes from "
            f"{explanation.base.address(band.base_start):#x} to "
            f"{explanation.new.address(band.new_start):#x}"
        )
        yield (
            f'<g fill="{colour}"><title>{title}</title>'
            f'<path opacity="0.35" d="M{left} {b0:.1f}L{right} {n0:.1f}L{right} {n1:.1f}'
            f'L{left} {b1:.1f}Z"/>'
            f'<path d="M{_BASE_X} {b0:.1f}h{_BAR}V{b1:.1f}h-{_BAR}Z"/>'
            f'<path d="M{_NEW_X} {n0:.1f}h{_BAR}V{n1:.1f}h-{_BAR}Z"/></g>'
        )


def _joined(segments: Sequence[tuple[int, int, int]]) -> Iterator[_Band]:
    band: _Band | None = None
    for new_start, base_start, length in segments:
        if band is not None:
            gap = new_start - band.new_end
            if base_start - new_start == band.shift and gap <= _JOIN_BYTES:
                band = _Band(band.new_start, new_start + length, band.base_start)
                continue
            yield band
        band = _Band(new_start, new_start + length, base_start)
    if band is not None:
        yield band


def _new_parts(explanation: Explanation, scale: float) -> Iterator[str]:
    end = 0
    gaps = [(s[0], s[0] + s[2]) for s in explanation.trace.segments] + [
        (explanation.new.image.size, explanation.new.image.size)
    ]
    for start, stop in gaps:
        if start - end > 1 / scale / 4:
            name = escape(explanation.new.symbol_name(end))
            title = f"{start - end:,} new bytes at {explanation.new.address(end):#x}, {name}"
            box = (_NEW_X, _TOP + end * scale, _BAR, (start - end) * scale)
            yield _rect(*box, "var(--fresh, #e0913a)", title)
        end = max(end, stop)
    for region in explanation.opaque:
        length = region.end - region.start
        box = (_NEW_X, _TOP + region.start * scale, _BAR, length * scale)
        yield _rect(*box, "var(--opaque, #cf4b4b)", f"{length:,} bytes, compressed or encrypted")


def _row_bytes(trace: PatchTrace) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    size = len(trace.byte_bits)
    rows = np.arange(size) * _ROWS // max(size, 1)
    totals = np.bincount(rows, weights=trace.byte_bits, minlength=_ROWS)
    for (new_start, _, _), bits in zip(trace.segments, trace.segment_bits, strict=True):
        if size:
            totals[min(new_start, size - 1) * _ROWS // size] += bits
    return np.asarray(totals / 8, dtype=np.float64)


def _costs(trace: PatchTrace, scale: float) -> Iterator[str]:
    totals = _row_bytes(trace)
    peak = totals.max(initial=0.0) or 1.0
    step = len(trace.byte_bits) * scale / _ROWS
    for row, total in enumerate(totals):
        width = total / peak * _COST_WIDTH
        if width >= 0.3:  # noqa: PLR2004 (what a screen shows)
            box = (_COST_X, _TOP + row * step, round(width, 1), max(step - 0.5, 0.8))
            yield _rect(*box, "var(--ink, #445)", f"{total:,.1f} patch bytes")


def _sections(places: Places, x: float, scale: float) -> Iterator[str]:
    """Yield the names of sections, of crowded ones the largest."""
    start = places.image.load_address or 0
    taken: list[float] = []
    for section in sorted(places.image.sections, key=lambda section: -section.size):
        y = _TOP + (section.load_address - start) * scale
        if all(abs(y - other) >= _LEAST_LABEL for other in taken):
            taken.append(y)
            yield _text(x, y + 9, section.name, "end")


def _rect(x: float, y: float, width: float, height: float, fill: str, title: str) -> str:
    return (
        f'<rect x="{x}" y="{y:.1f}" width="{width}" height="{max(height, 0.6):.1f}" '
        f'fill="{fill}"><title>{title}</title></rect>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}" fill="var(--ink, #445)">'
        f"{escape(text)}</text>"
    )
