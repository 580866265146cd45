"""Peers that the product wraps: encoded by its engines, decoded by the peers' own libraries.

The engines have the best settings that the peers' formats allow. Decoding does not go through our
appliers: its costs are to be those of the peer, and a second opinion on the patch comes for free.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from types import MappingProxyType
from typing import Final

import bsdiff4
import detools
import zstandard

from device_apply.wire.payload_format import PayloadFormat
from patch_bench.corpus import Pair
from pipeline.engines.registry import engine_named

_LARGEST_WINDOW_BYTES: Final = 1 << 31  # zstd.h, ZSTD_WINDOWLOG_MAX_64


def decode_detools(patch: bytes, base: bytes) -> bytes:
    """Apply a patch of any kind that detools makes, except in-place."""
    new = BytesIO()
    detools.apply_patch(BytesIO(base), BytesIO(patch), new)
    return new.getvalue()


def _decode_bsdiff4(patch: bytes, base: bytes) -> bytes:
    return bytes(bsdiff4.patch(base, patch))


def _decode_zstd(patch: bytes, base: bytes) -> bytes:
    dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    decompressor = zstandard.ZstdDecompressor(
        dict_data=dictionary, max_window_size=_LARGEST_WINDOW_BYTES
    )
    return decompressor.decompress(patch)


_DECODERS: Final[Mapping[str, Callable[[bytes, bytes], bytes]]] = MappingProxyType(
    {"bsdiff4": _decode_bsdiff4, "detools": decode_detools, "zstandard": _decode_zstd}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTool:
    """One engine of the product and the library that it wraps."""

    payload_format: PayloadFormat
    library: str
    """The distribution that implements it."""
    is_mcu_applicable: bool = False

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.payload_format.label

    def find_obstacle(self) -> None:
        """Return None: the product cannot be installed without its engines."""

    def versions(self) -> Mapping[str, str]:
        """Return the library's version."""
        return {self.library: version(self.library)}

    def encode(self, pair: Pair) -> bytes:
        """Return the engine's payload."""
        return engine_named(self.name).encode(pair.base, pair.new).payload

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        """Return the new image, whose size every one of these formats carries."""
        return _DECODERS[self.library](patch, base)


_SMALL_DECODERS: Final = (
    PayloadFormat.DETOOLS_SEQUENTIAL_CRLE,
    PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK,
)

TOOLS: Final = (
    EngineTool(payload_format=PayloadFormat.BSDIFF4, library="bsdiff4"),
    EngineTool(payload_format=PayloadFormat.DETOOLS_SEQUENTIAL_LZMA, library="detools"),
    *(
        EngineTool(payload_format=payload_format, library="detools", is_mcu_applicable=True)
        for payload_format in _SMALL_DECODERS
    ),
    EngineTool(payload_format=PayloadFormat.DETOOLS_HDIFFPATCH, library="detools"),
    EngineTool(payload_format=PayloadFormat.ZSTD_PATCH, library="zstandard"),
)
"""The tools of this module. detools' in-place type is not among them: it is unsafe, and larger."""
