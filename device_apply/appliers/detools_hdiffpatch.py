"""Applier of detools' hdiffpatch patches with LZMA: an `HDIFF13` patch inside one `.lzma` stream.

Payload: the first byte, the sizes of the new image and of the `HDIFF13` patch, the stream. The
patch: a header; *covers* (which part of the base image goes where); a run-length code of what to
add to the covered bytes, in two sections (controls, bytes); the literals. Covers and run-length
code are needed side by side while literals stream, so these three sections are held in memory, and
`needs` counts them. All numbers are unsigned, 7 bits a byte, most significant first; a first byte
may carry a tag in its upper bits.

detools' own decoder cannot be used on bytes from outside: when its C++ part finds a patch
malformed, it ends the process.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.byte_stream import ByteStream, piece_sizes
from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.detools_format import (
    PEAK_STACK_BYTES,
    Compression,
    PatchType,
    open_detools_lzma,
    open_patch,
    read_new_size,
    read_size,
)
from device_apply.appliers.hdiff_sections import (
    CoverReader,
    RunLengthDifferences,
    read_hdiff_number,
)
from device_apply.appliers.lzma_stream import peek_lzma_header
from device_apply.appliers.patch_interpreter import BaseWindow, PatchInterpreter
from device_apply.appliers.sources import BytesSource, SourceReader
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat

_MAGIC: Final = b"HDIFF13&\0"
"""With no compression of its own: detools compresses the whole."""

_HELD_PER_NEW_BYTE: Final = 2
_HELD_MARGIN_BYTES: Final = 4096
"""An encoder needs at most a control and a byte for each byte of the new image, and the covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The sizes in the header of an `HDIFF13` patch."""

    base_size: int
    cover_count: int
    covers_size: int
    controls_size: int
    run_bytes_size: int
    literals_size: int

    @classmethod
    def read(cls, stream: ByteStream, new_size: int) -> Self:
        """Decode the header and check that what has to be held in memory is in proportion."""
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise FormatError("hdiffpatch payload holds no plain HDIFF13 patch")
        declared = read_hdiff_number(stream)
        if declared != new_size:
            raise FormatError(f"patch is for {declared} bytes, not for {new_size}")
        header = cls(
            base_size=read_hdiff_number(stream),
            cover_count=read_hdiff_number(stream),
            covers_size=_read_section_size(stream),
            controls_size=_read_section_size(stream),
            run_bytes_size=_read_section_size(stream),
            literals_size=_read_section_size(stream),
        )
        if header.held_bytes > _HELD_PER_NEW_BYTE * new_size + _HELD_MARGIN_BYTES:
            raise FormatError(
                f"HDIFF13 sections of {header.held_bytes} bytes are out of proportion"
            )
        return header

    @property
    def held_bytes(self) -> int:
        """Bytes of the sections that are needed side by side."""
        return self.covers_size + self.controls_size + self.run_bytes_size


@dataclass(frozen=True, slots=True)
class DetoolsHdiffpatchApplier:
    """Decodes detools' hdiffpatch patches with LZMA."""

    payload_format: PayloadFormat = PayloadFormat.DETOOLS_HDIFFPATCH

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes: LZMA by its header, and the sections to be held."""
        del base_size
        reader = _open(payload, new_size)
        lzma_bytes = peek_lzma_header(reader).ram_bytes
        held_bytes = _Header.read(open_detools_lzma(reader), new_size).held_bytes
        return ApplyNeeds(
            ram_bytes=lzma_bytes + held_bytes + PEAK_STACK_BYTES,
            ram_basis="LZMA state and dictionary + HDIFF13 sections, by headers + 1812 B stack",
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
        stream = open_detools_lzma(_open(payload, new_size))
        header = _Header.read(stream, new_size)
        if header.base_size != base.size:
            raise FormatError(f"patch is for a base image of {header.base_size}, not {base.size}")
        covers = CoverReader(_hold(stream, header.covers_size), header.cover_count)
        differences = RunLengthDifferences(
            _hold(stream, header.controls_size), _hold(stream, header.run_bytes_size)
        )
        output = BoundedOutput(emit, new_size)
        interpreter = PatchInterpreter(BaseWindow.whole(base), output)
        literals_left = header.literals_size
        for cover in covers:
            interpreter.insert(cover.literals, stream)
            # The run-length code spans the literals, too, where it counts for nothing.
            differences.skip(cover.literals)
            interpreter.seek(cover.distance)
            interpreter.copy_add(cover.size, differences)
            literals_left -= cover.literals
        if literals_left != output.remaining:
            raise FormatError("HDIFF13 literals do not fill the new image")
        differences.skip(output.remaining)
        interpreter.insert(output.remaining, stream)
        covers.finish()
        differences.finish()
        stream.finish()


def _open(payload: Source, new_size: int) -> SourceReader:
    reader, _ = open_patch(payload, PatchType.HDIFFPATCH, frozenset({Compression.LZMA}))
    read_new_size(reader, new_size)
    # What follows has its own header with sizes that are checked, so this one says nothing new.
    read_size(reader, "patch size")
    return reader


def _read_section_size(stream: ByteStream) -> int:
    """Read a section's size and its compressed size, which must be zero: not compressed."""
    size = read_hdiff_number(stream)
    if read_hdiff_number(stream):
        raise FormatError("HDIFF13 section is compressed by itself")
    return size


def _hold(stream: ByteStream, size: int) -> SourceReader:
    """Read a whole section into memory; the header was checked to be in proportion."""
    return SourceReader(BytesSource(b"".join(stream.read(piece) for piece in piece_sizes(size))))
