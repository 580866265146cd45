"""Applier of detools' sequential patches, for one compression each.

The payload is the first byte, the size of the new image and, unless that is zero, one compressed
stream: a zero (no data format) and the instructions.
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
    reader_ram,
    refuse_data_format,
    run_instruction,
)
from device_apply.appliers.patch_interpreter import BaseWindow, PatchInterpreter
from device_apply.appliers.sources import SourceReader
from device_apply.wire.payload_format import PayloadFormat

_STATE_BYTES: Final = 76
"""detools C, sequential: 112 bytes of state with its plain reader of 36."""


@dataclass(frozen=True, slots=True)
class DetoolsSequentialApplier:
    """Decodes detools' sequential patches with one compression."""

    payload_format: PayloadFormat
    compression: Compression

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding takes: detools' C state and stack, the decompressor by its header."""
        del base_size
        reader = self._open(payload, new_size)
        reader_bytes, basis = reader_ram(reader, self.compression) if new_size else (0, "nothing")
        return ApplyNeeds(
            ram_bytes=_STATE_BYTES + PEAK_STACK_BYTES + reader_bytes,
            ram_basis=f"detools C on Cortex-M0+: 76 B state + 1812 B stack, + {basis}",
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
        reader = self._open(payload, new_size)
        if not new_size:
            reader.finish()
            return
        stream = open_stream(reader, self.compression)
        refuse_data_format(stream)
        output = BoundedOutput(emit, new_size)
        interpreter = PatchInterpreter(BaseWindow.whole(base), output)
        while output.remaining:
            run_instruction(stream, interpreter)
        stream.finish()

    def _open(self, payload: Source, new_size: int) -> SourceReader:
        reader, _ = open_patch(payload, PatchType.SEQUENTIAL, frozenset({self.compression}))
        read_new_size(reader, new_size)
        return reader
