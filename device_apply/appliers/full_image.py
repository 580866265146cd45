"""Appliers of full images: as they are, as an `.lzma` stream, through heatshrink.

None of them reads the base image. (A full image in a zstd frame is in `zstd_frame`.)
"""

from dataclasses import dataclass
from typing import Final

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.byte_stream import ByteStream, copy
from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.heatshrink_stream import HeatshrinkStream, peek_heatshrink_header
from device_apply.appliers.lzma_stream import (
    open_lzma,
    peek_lzma_header,
    useful_dictionary_bytes,
)
from device_apply.appliers.sources import SourceReader
from device_apply.wire.payload_format import PayloadFormat

_PAGE_BYTES: Final = 256
"""One page program of serial NOR flash (JESD216): what a copy holds at a time."""

_HEATSHRINK_STATE_BYTES: Final = 18  # heatshrink_decoder.h without its buffers, 32-bit, dynamic
_HEATSHRINK_INPUT_BYTES: Final = 32  # heatshrink_config.h, HEATSHRINK_STATIC_INPUT_BUFFER_SIZE


def _emit_all(stream: ByteStream, new_size: int, emit: Emit) -> None:
    """Emit `new_size` bytes, which must be all that there is."""
    copy(stream, new_size, BoundedOutput(emit, new_size))
    stream.finish()


@dataclass(frozen=True, slots=True)
class StoredImageApplier:
    """Copies a full image."""

    payload_format: PayloadFormat = PayloadFormat.FULL

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what copying takes: one flash page, or the image if it is smaller."""
        del payload, base_size
        return ApplyNeeds(
            ram_bytes=min(new_size, _PAGE_BYTES),
            ram_basis="one 256 B flash page",
            scratch_flash_bytes=0,
            random_base_access=False,
        )

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Copy the payload, as `contract.Applier.apply` says."""
        del base
        _emit_all(SourceReader(payload), new_size, emit)


@dataclass(frozen=True, slots=True)
class LzmaImageApplier:
    """Decodes a full image from an `.lzma` stream.

    The dictionary may span the new image and no more.
    """

    payload_format: PayloadFormat = PayloadFormat.FULL_LZMA

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes, by the stream's header."""
        del base_size, new_size
        return ApplyNeeds(
            ram_bytes=peek_lzma_header(SourceReader(payload)).ram_bytes,
            ram_basis="LZMA: 76 B + 2 x (1846 + 768 x 2^(lc+lp)) B + dictionary, by its header",
            scratch_flash_bytes=0,
            random_base_access=False,
        )

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Decode the payload, as `contract.Applier.apply` says."""
        del base
        stream = open_lzma(SourceReader(payload), useful_dictionary_bytes(new_size))
        _emit_all(stream, new_size, emit)


@dataclass(frozen=True, slots=True)
class HeatshrinkImageApplier:
    """Decodes a full image from a heatshrink stream."""

    payload_format: PayloadFormat = PayloadFormat.FULL_HEATSHRINK

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes, by the stream's header."""
        del base_size, new_size
        header = peek_heatshrink_header(SourceReader(payload))
        state_bytes = _HEATSHRINK_STATE_BYTES + _HEATSHRINK_INPUT_BYTES
        return ApplyNeeds(
            ram_bytes=header.window_bytes + state_bytes,
            ram_basis=f"heatshrink: 2^{header.window_bits} window + 32 B input + 18 B state",
            scratch_flash_bytes=0,
            random_base_access=False,
        )

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Decode the payload, as `contract.Applier.apply` says."""
        del base
        _emit_all(HeatshrinkStream(SourceReader(payload)), new_size, emit)
