"""Appliers of one zstd frame (RFC 8878): a full image, or a patch with the base as dictionary.

Before anything is decoded, the frame header must declare the new image's size and no window beyond
it. Then the blocks are walked here and handed to libzstd one at a time, so that at most one block
(128 KiB) inflates at a time and the frame's last byte is known to be the payload's last.

The patch is what `zstd --patch-from` writes: the base image in front of the window, as raw content.
libzstd takes that as one piece of memory, so here, as on a device, the whole base is addressable;
`needs` counts it, as not every device maps its flash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.byte_stream import piece_sizes
from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat

_MAX_HEADER_BYTES: Final = 18  # RFC 8878, 3.1.1: magic number and longest frame header
_MIN_WINDOW_BYTES: Final = 1 << 10  # RFC 8878, 3.1.1.1.2
_MAX_BLOCK_BYTES: Final = 128 << 10  # RFC 8878, 3.1.1.2.4
_BLOCK_HEADER_BYTES: Final = 3
_CHECKSUM_BYTES: Final = 4

_RUN_BLOCK: Final = 1
_RESERVED_BLOCK: Final = 3

_CONTEXT_BYTES: Final = 95_800
"""ZSTD_estimateDCtxSize() of a minimal decoder on Cortex-M4, measured."""
_WILD_COPY_BYTES: Final = 64  # twice WILDCOPY_OVERLENGTH, zstd_decompress.c


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """The checked header of a frame."""

    header_bytes: int
    window_bytes: int
    has_checksum: bool

    @classmethod
    def read(cls, payload: Source, new_size: int) -> "_Frame":
        """Decode the header; it must fit `new_size`."""
        data = SourceReader(payload).peek(_MAX_HEADER_BYTES)
        if data[: len(zstandard.FRAME_HEADER)] != zstandard.FRAME_HEADER:
            raise FormatError("payload is not a zstd frame")
        try:
            parameters = zstandard.get_frame_parameters(data)
            header_bytes = zstandard.frame_header_size(data)
        except zstandard.ZstdError as error:
            raise FormatError(f"zstd frame header is malformed: {error}") from error
        if parameters.content_size != new_size:
            raise FormatError(f"zstd frame does not declare the new image's size ({new_size})")
        if parameters.window_size > max(new_size, _MIN_WINDOW_BYTES):
            raise FormatError(f"zstd window of {parameters.window_size} bytes is over the image")
        if parameters.dict_id:
            raise FormatError(f"zstd frame asks for dictionary {parameters.dict_id}")
        return cls(
            header_bytes=header_bytes,
            window_bytes=max(parameters.window_size, _MIN_WINDOW_BYTES),
            has_checksum=parameters.has_checksum,
        )

    def ram_bytes(self, new_size: int) -> int:
        """Return what streaming decoding takes: ZSTD_estimateDStreamSize(), output bounded."""
        block_bytes = min(self.window_bytes, _MAX_BLOCK_BYTES)
        window_buffer_bytes = self.window_bytes + 2 * block_bytes + _WILD_COPY_BYTES
        return _CONTEXT_BYTES + block_bytes + min(window_buffer_bytes, new_size)

    def pieces(self, payload: Source) -> Iterator[bytes]:
        """Yield the frame's bytes, block by block; checks that it ends where the payload does."""
        reader = SourceReader(payload)
        yield reader.read(self.header_bytes)
        is_last = False
        while not is_last:
            header = reader.read(_BLOCK_HEADER_BYTES)
            fields = int.from_bytes(header, "little")
            is_last, block_type, size = bool(fields & 1), fields >> 1 & 3, fields >> 3
            if block_type == _RESERVED_BLOCK or size > _MAX_BLOCK_BYTES:
                raise FormatError("zstd block header is malformed")
            yield header
            for piece in piece_sizes(1 if block_type == _RUN_BLOCK else size):
                yield reader.read(piece)
        if self.has_checksum:
            yield reader.read(_CHECKSUM_BYTES)
        reader.finish()


def _decode(
    payload: Source, new_size: int, decoder: zstandard.ZstdDecompressor, emit: Emit
) -> None:
    """Decode the one frame of `payload`."""
    output = BoundedOutput(emit, new_size)
    stream = decoder.decompressobj()
    for piece in _Frame.read(payload, new_size).pieces(payload):
        try:
            data = stream.decompress(piece)
        except zstandard.ZstdError as error:
            raise FormatError(f"zstd frame is malformed: {error}") from error
        output(data)
    # libzstd has checked that the blocks add up to the declared size, which is the new image's.


@dataclass(frozen=True, slots=True)
class ZstdImageApplier:
    """Decodes a full image from a zstd frame."""

    payload_format: PayloadFormat = PayloadFormat.FULL_ZSTD

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes, by the window in the frame header."""
        del base_size
        return ApplyNeeds(
            ram_bytes=_Frame.read(payload, new_size).ram_bytes(new_size),
            ram_basis="zstd: 95,800 B context on Cortex-M4 + block + window, by the frame header",
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
        decoder = zstandard.ZstdDecompressor(max_window_size=max(new_size, _MIN_WINDOW_BYTES))
        _decode(payload, new_size, decoder, emit)


@dataclass(frozen=True, slots=True)
class ZstdPatchApplier:
    """Decodes a zstd frame that has the base image as its dictionary."""

    payload_format: PayloadFormat = PayloadFormat.ZSTD_PATCH

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes: by the frame header, and the whole base image."""
        return ApplyNeeds(
            ram_bytes=_Frame.read(payload, new_size).ram_bytes(new_size) + base_size,
            ram_basis=(
                "zstd: 95,800 B context on Cortex-M4 + block + window, by the frame header, "
                "+ whole base image"
            ),
            scratch_flash_bytes=0,
            random_base_access=True,
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
        dictionary = zstandard.ZstdCompressionDict(
            base.read(0, base.size), dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
        decoder = zstandard.ZstdDecompressor(
            dict_data=dictionary, max_window_size=max(new_size, _MIN_WINDOW_BYTES)
        )
        _decode(payload, new_size, decoder, emit)
