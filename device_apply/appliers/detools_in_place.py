"""Applier of detools' in-place patches, on the host only, with the memory they describe as a model.

On a device such a patch moves the base image up by `shift` bytes inside one slot and then writes
the new image over it, segment by segment. Segment k may read only what is not overwritten by then:
memory from the end of the segment on, and nothing below the moved base image. Those two limits,
which the published appliers do not check, turn the memory into a window on the base image: memory
at `a` is the base image at `a - shift`. So this applier needs no memory and destroys nothing.

That is how the host proves such a patch. The device's way is unsafe, see `unsafe_reason` of the
engine: the base image is destroyed before the patch is known to be whole, and a patch that was
applied can be applied again.
"""

from dataclasses import dataclass
from typing import Final

from device_apply.appliers.bounded_output import BoundedOutput
from device_apply.appliers.contract import ApplyNeeds, Emit, Scratch, Source
from device_apply.appliers.detools_format import (
    PEAK_STACK_BYTES,
    Compression,
    PatchType,
    open_patch,
    open_stream,
    read_new_size,
    read_size,
    reader_ram,
    refuse_data_format,
    run_instruction,
)
from device_apply.appliers.patch_interpreter import BaseWindow, PatchInterpreter
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat

_STATE_BYTES: Final = 116
"""detools C, in-place: 152 bytes of state with its plain reader of 36."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """The single slot as the header describes it."""

    size: int
    segment_size: int
    shift: int

    @classmethod
    def read(cls, reader: SourceReader, base_size: int, new_size: int) -> "_Memory":
        """Decode and check the numbers of the header."""
        size = read_size(reader, "memory size")
        segment_size = read_size(reader, "segment size")
        shift = read_size(reader, "shift size")
        patch_base_size = read_size(reader, "base image size")
        read_new_size(reader, new_size)
        if not segment_size:
            raise FormatError("detools segment size is zero")
        if shift > size or new_size > size:
            raise FormatError(f"detools memory of {size} bytes holds no shift or no new image")
        if patch_base_size != base_size:
            raise FormatError(f"patch is for a base image of {patch_base_size}, not {base_size}")
        return cls(size=size, segment_size=segment_size, shift=shift)

    def window(self, base: Source, segment_start: int) -> BaseWindow:
        """Return the part of the base image that is intact when a segment is written."""
        end = min(base.size, self.size - self.shift)
        intact_from = max(segment_start + self.segment_size - self.shift, 0)
        return BaseWindow(base=base, start=min(intact_from, end), end=end)


@dataclass(frozen=True, slots=True)
class DetoolsInPlaceApplier:
    """Decodes detools' in-place patches, on the host."""

    payload_format: PayloadFormat = PayloadFormat.DETOOLS_IN_PLACE

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what the device's applier takes: detools' C state and stack, and its memory."""
        reader, compression, memory = self._open(payload, base_size, new_size)
        reader_bytes, basis = reader_ram(reader, compression) if new_size else (0, "nothing")
        return ApplyNeeds(
            ram_bytes=_STATE_BYTES + PEAK_STACK_BYTES + reader_bytes,
            ram_basis=f"detools C on Cortex-M0+: 116 B state + 1812 B stack, + {basis}",
            scratch_flash_bytes=max(0, memory.size - max(base_size, new_size)),
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
        reader, compression, memory = self._open(payload, base.size, new_size)
        if not new_size:
            reader.finish()
            return
        stream = open_stream(reader, compression)
        for start in range(0, new_size, memory.segment_size):
            refuse_data_format(stream)
            segment = BoundedOutput(emit, min(memory.segment_size, new_size - start))
            interpreter = PatchInterpreter(memory.window(base, start), segment)
            while segment.remaining:
                run_instruction(stream, interpreter)
        stream.finish()

    @staticmethod
    def _open(
        payload: Source, base_size: int, new_size: int
    ) -> tuple[SourceReader, Compression, _Memory]:
        reader, compression = open_patch(payload, PatchType.IN_PLACE, frozenset(Compression))
        return reader, compression, _Memory.read(reader, base_size, new_size)
