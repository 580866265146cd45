"""The decoder compiled for a Cortex-M, decoding a patch in the memory that was announced for it."""

from dataclasses import dataclass, field
from struct import pack
from typing import Final

from device_apply.core.decoder import MemoryScratch, Status
from device_apply.core.needs import PEEK_BYTES, STACK_BYTES, DecoderNeeds
from tests.device_apply.cortex_m.processor import INBOX, CortexM
from tests.device_apply.cortex_m.toolchain import TargetLibrary

LORAWAN_PIECE_BYTES: Final = 51
"""Payload of the slowest European data rates (RP002-1.0.4, table 10)."""
_CALLER_BYTES: Final = 8
"""What the caller keeps on the stack here: the `taken` of airdelta_feed(), aligned."""
_BUDGET_UNITS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What came of a patch."""

    status: Status
    new: bytes = field(repr=False)
    peak_stack_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMemory:
    """What a device sets aside for the decoder."""

    stack_bytes: int
    state_bytes: int
    """The block that airdelta_begin() gets."""
    scratch_bytes: int

    @classmethod
    def announced_for(cls, patch: bytes, *, base_size: int, new_size: int) -> "DeviceMemory":
        """Return exactly what `DecoderNeeds` says."""
        needs = DecoderNeeds.of(
            patch[:PEEK_BYTES], base_size=base_size, new_size=new_size, patch_size=len(patch)
        )
        return cls(
            stack_bytes=STACK_BYTES,
            state_bytes=needs.device_ram_bytes - STACK_BYTES,
            scratch_bytes=needs.scratch_bytes,
        )


class EmulatedDecoder:
    """One device with the library in flash, a base image, and a place for the new one."""

    def __init__(
        self, library: TargetLibrary, *, cpu: str, base: bytes, memory: DeviceMemory
    ) -> None:
        self._base = base
        self._new = bytearray()
        self._scratch = MemoryScratch(memory.scratch_bytes)
        self.processor = CortexM(
            library,
            cpu=cpu,
            stack_bytes=memory.stack_bytes,
            data_bytes=memory.state_bytes,
            ports=(
                self._read_base,
                self._write_new,
                self._read_new,
                self._scratch_erase,
                self._scratch_program,
                self._scratch_read,
            ),
        )

    def decode(
        self,
        patch: bytes,
        new_size: int,
        *,
        piece_bytes: int = LORAWAN_PIECE_BYTES,
        resets_between_pieces: bool = False,
    ) -> Decoded:
        """Decode `patch`, fed in pieces.

        With resets, the state is saved after every piece, all RAM is lost, and work goes on from
        the saved state; the peak of the stack is then that of the last piece.

        Raises:
            tests.device_apply.cortex_m.processor.StrayAccessError: the code left its memory.
        """
        status = self._begin(len(patch), new_size)
        position = 0
        while status > Status.DONE:
            position += self._feed(patch[position : position + piece_bytes])
            status = self._call("airdelta_step", _BUDGET_UNITS)
            if resets_between_pieces and status > Status.DONE:
                self._reset()
        return Decoded(
            status=status,
            new=bytes(self._new),
            peak_stack_bytes=self.processor.peak_stack_bytes(),
        )

    def _call(self, function: str, *arguments: int) -> Status:
        state = self.processor.data_address
        result = self.processor.call(function, state, *arguments, caller_bytes=_CALLER_BYTES)
        return Status(result)

    def _begin(self, patch_size: int, new_size: int) -> Status:
        self._new.clear()
        self.processor.paint_ram()
        ports = self._port_struct()
        sizes = pack("<3I", len(self._base), new_size, patch_size)
        self.processor.write(INBOX, ports + sizes)
        return self._call("airdelta_begin", self.processor.data_bytes, INBOX, INBOX + len(ports))

    def _feed(self, piece: bytes) -> int:
        self.processor.write(INBOX, piece)
        taken_address = self.processor.data_address - _CALLER_BYTES
        self._call("airdelta_feed", INBOX, len(piece), taken_address)
        return int.from_bytes(self.processor.read(taken_address, 4), "little")

    def _reset(self) -> None:
        state = self.processor.read(self.processor.data_address, self.processor.data_bytes)
        self.processor.paint_ram()
        self.processor.write(self.processor.data_address, state)
        self.processor.write(INBOX, self._port_struct())
        self._call("airdelta_resume", INBOX)

    def _port_struct(self) -> bytes:
        """Return `struct airdelta_ports`; without scratch its callbacks are null."""
        images, scratch = (
            self.processor.port_addresses[:3],
            self.processor.port_addresses[3:],
        )
        if self._scratch.size_bytes == 0:
            scratch = [0] * len(scratch)
        no_context = no_watchdog = 0
        return pack("<9I", no_context, *images, *scratch, self._scratch.size_bytes, no_watchdog)

    def _read_base(self, offset: int, address: int, count: int) -> None:
        self.processor.write(address, self._base[offset : offset + count])

    def _write_new(self, offset: int, address: int, count: int) -> None:
        if offset != len(self._new):
            raise AssertionError(f"{offset} written behind {len(self._new)}")
        self._new += self.processor.read(address, count)

    def _read_new(self, offset: int, address: int, count: int) -> None:
        self.processor.write(address, bytes(self._new[offset : offset + count]))

    def _scratch_erase(self, count: int, _second: int, _third: int) -> None:
        self._scratch.erase(count)

    def _scratch_program(self, offset: int, address: int, count: int) -> None:
        self._scratch.program(offset, self.processor.read(address, count))

    def _scratch_read(self, offset: int, address: int, count: int) -> None:
        self.processor.write(address, self._scratch.read(offset, count))
