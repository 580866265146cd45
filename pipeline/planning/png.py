"""PNG from SVG, by the optional library resvg_py (`pip install 'airdelta[png]'`)."""

from typing import Final

import resvg_py

_ZOOM: Final = 3.0
"""480 units become 1440 pixels: sharp in a column of a paper."""


def to_png(svg: str) -> bytes:
    """Return a picture of an SVG document."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM))
