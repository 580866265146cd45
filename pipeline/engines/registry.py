"""All engines, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pipeline.engines import airdelta, bsdiff, detools_patches, full_image, zstd_frames
from pipeline.engines.contract import DeltaEngine
from pipeline.errors import InputError

_ALL: Final[tuple[DeltaEngine, ...]] = (
    *full_image.ENGINES,
    *zstd_frames.ENGINES,
    *bsdiff.ENGINES,
    *detools_patches.ENGINES,
    *airdelta.ENGINES,
)

ENGINES: Final[Mapping[str, DeltaEngine]] = MappingProxyType(
    {engine.name: engine for engine in sorted(_ALL, key=lambda engine: engine.payload_format)}
)
"""Every engine, in the order of the numbers of their payload formats."""


def engine_named(name: str) -> DeltaEngine:
    """Return the engine called `name`.

    Raises:
        pipeline.errors.InputError: there is none; the message lists those that exist.
    """
    try:
        return ENGINES[name]
    except KeyError:
        raise InputError(f"unknown engine {name!r} (known: {', '.join(ENGINES)})") from None
