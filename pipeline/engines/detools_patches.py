"""Engines on detools: sequential patches by compression, hdiffpatch, in-place.

Settings are those that a stock applier of detools takes. Its LZMA always asks for an 8 MiB
dictionary, whatever the image; its C heatshrink is compiled for one window and look-ahead and
refuses a patch with any other, so there is nothing to search for in either.
"""

from functools import partial
from io import BytesIO
from types import MappingProxyType
from typing import Final

import detools

from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import EngineError
from pipeline.engines.function_engine import FunctionEngine

_WINDOW_BITS: Final = 8  # detools C, heatshrink_config.h, HEATSHRINK_STATIC_WINDOW_BITS
_LOOKAHEAD_BITS: Final = 7  # same, HEATSHRINK_STATIC_LOOKAHEAD_BITS

_MATCH_SCORES: Final = range(7)
"""HDiffPatch's range for binary files and a little beyond; which is best varies by image."""

_SEGMENT_BYTES: Final = 4096
"""The sector of the `generic` device profile."""
_SPARE_SEGMENTS: Final = 2
"""Beyond the larger image: detools shifts by at least two segments and drops what is pushed out."""

_MAX_IN_PLACE_BYTES: Final = 768 * 1024

_IN_PLACE_UNSAFE: Final = (
    "if the power fails after the last step and before the device forgets the patch, the patch is "
    "applied again to the new image, which reports success and destroys it; the only copy of the "
    "base image is overwritten before the patch is known to be whole"
)


def _create(base: bytes, new: bytes, **settings: int | str) -> bytes:
    """Run detools in memory."""
    patch = BytesIO()
    try:
        # detools has no types; what pyright infers from its defaults is too narrow
        detools.create_patch(
            BytesIO(base),
            BytesIO(new),
            patch,
            use_mmap=False,
            **settings,  # pyright: ignore[reportArgumentType]
        )
    except detools.Error as error:
        raise EngineError(f"detools: {error}") from error
    return patch.getvalue()


def _encode_sequential(base: bytes, new: bytes, *, compression: str) -> bytes:
    """Return a sequential patch."""
    return _create(
        base,
        new,
        compression=compression,
        heatshrink_window_sz2=_WINDOW_BITS,
        heatshrink_lookahead_sz2=_LOOKAHEAD_BITS,
    )


def _encode_hdiffpatch(base: bytes, new: bytes) -> bytes:
    """Return the smallest hdiffpatch patch of those that the match scores give."""
    candidates = (
        _create(
            base,
            new,
            algorithm="hdiffpatch",
            patch_type="hdiffpatch",
            compression="lzma",
            match_score=match_score,
        )
        for match_score in _MATCH_SCORES
    )
    return min(candidates, key=len)


def _encode_in_place(base: bytes, new: bytes) -> bytes:
    """Return an in-place patch for a slot with two sectors more than the larger image."""
    if max(len(base), len(new)) > _MAX_IN_PLACE_BYTES:
        raise EngineError(
            "left out above 768 KiB: its encoder takes time with the square of the image, and it "
            "is only shown for comparison"
        )
    image_segments = -(-max(len(base), len(new)) // _SEGMENT_BYTES)
    return _create(
        base,
        new,
        patch_type="in-place",
        compression="heatshrink",
        memory_size=(image_segments + _SPARE_SEGMENTS) * _SEGMENT_BYTES,
        segment_size=_SEGMENT_BYTES,
        heatshrink_window_sz2=_WINDOW_BITS,
        heatshrink_lookahead_sz2=_LOOKAHEAD_BITS,
    )


def _sequential(
    payload_format: PayloadFormat, compression: str, **settings: int | str
) -> FunctionEngine:
    return FunctionEngine(
        payload_format=payload_format,
        encoder=partial(_encode_sequential, compression=compression),
        parameters=MappingProxyType({"algorithm": "bsdiff"} | settings),
    )


ENGINES: Final = (
    _sequential(PayloadFormat.DETOOLS_SEQUENTIAL_LZMA, "lzma", dictionary="8 MiB"),
    _sequential(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, "crle"),
    _sequential(
        PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK,
        "heatshrink",
        window_bits=_WINDOW_BITS,
        lookahead_bits=_LOOKAHEAD_BITS,
    ),
    FunctionEngine(
        payload_format=PayloadFormat.DETOOLS_HDIFFPATCH,
        encoder=_encode_hdiffpatch,
        parameters=MappingProxyType(
            {
                "algorithm": "hdiffpatch",
                "compression": "lzma",
                "dictionary": "8 MiB",
                "match_score": "smallest of 0-6",
            }
        ),
    ),
    FunctionEngine(
        payload_format=PayloadFormat.DETOOLS_IN_PLACE,
        encoder=_encode_in_place,
        parameters=MappingProxyType(
            {
                "algorithm": "bsdiff",
                "compression": "heatshrink",
                "window_bits": _WINDOW_BITS,
                "lookahead_bits": _LOOKAHEAD_BITS,
                "segment_bytes": _SEGMENT_BYTES,
                "spare_segments": _SPARE_SEGMENTS,
            }
        ),
        unsafe_reason=_IN_PLACE_UNSAFE,
    ),
)
"""The engines of this module."""
