"""A Cortex-M under unicorn: code in flash, RAM of exactly the given size, and ports into Python.

    0x0800_0000  code and constants          read, execute
    0x2000_0000  RAM: the stack, then data   read, write; not one byte more than asked for
    0x6000_0000  inbox: what Python hands in read only for the processor
    0x7000_0000  one `bx lr` per port        a hook there does the port's work in Python

Everything else is unmapped: an access there ends the call with `StrayAccessError`. The stack lies
at the bottom of RAM, so that one that grows too far leaves the mapping. Unicorn maps RAM in units
of 1 KiB; hooks watch the rest of the last one. Unicorn counts no cycles, and neither does this.
"""

from collections.abc import Callable, Sequence
from typing import Final

from unicorn.arm_const import (
    UC_ARM_REG_LR,
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_R3,
    UC_ARM_REG_SP,
)
from unicorn.unicorn_const import (
    UC_HOOK_CODE,
    UC_HOOK_MEM_INVALID,
    UC_HOOK_MEM_READ,
    UC_HOOK_MEM_WRITE,
    UC_PROT_EXEC,
    UC_PROT_READ,
    UC_PROT_WRITE,
)
from unicorn.unicorn_py3 import UcError

from tests.device_apply.cortex_m.emulator import Emulator, make_emulator
from tests.device_apply.cortex_m.toolchain import TargetLibrary

RAM: Final = 0x2000_0000
INBOX: Final = 0x6000_0000
INBOX_BYTES: Final = 4096
PORTS: Final = 0x7000_0000
"""Below 0xF000_0000, where a Cortex-M takes an address for the end of an exception."""

_PAGE_BYTES: Final = 1024  # the smallest mapping of unicorn for ARM
_PAINT: Final = 0xA5
_ARGUMENTS: Final = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3)
_BX_LR: Final = b"\x70\x47"
_THUMB: Final = 1
_RETURN: Final = PORTS + _PAGE_BYTES - len(_BX_LR)

Port = Callable[[int, int, int], int | None]
"""Does a callback's work: gets its arguments behind the context, returns what it says; None is 0.

What it raises ends the call.
"""


class StrayAccessError(Exception):
    """The compiled code touched memory that is not its own."""


class CortexM:
    """The processor with its memory; `call` runs one function of the library to its end."""

    def __init__(
        self,
        library: TargetLibrary,
        *,
        cpu: str,
        stack_bytes: int,
        data_bytes: int,
        ports: Sequence[Port],
    ) -> None:
        self.emulator = make_emulator(cpu)
        self.data_address = RAM + stack_bytes
        self.data_bytes = data_bytes
        self._symbols = library.symbols
        self._ports = ports
        self._stray: str | None = None
        self._raised: BaseException | None = None
        self._map(library)
        self.paint_ram()

    @property
    def stack_bytes(self) -> int:
        """Size of the stack."""
        return self.data_address - RAM

    @property
    def port_addresses(self) -> list[int]:
        """Return the function pointers of the ports."""
        return [PORTS + len(_BX_LR) * number | _THUMB for number in range(len(self._ports))]

    def read(self, address: int, count: int) -> bytes:
        """Return memory."""
        return bytes(self.emulator.mem_read(address, count))

    def write(self, address: int, data: bytes) -> None:
        """Set memory, wherever it is."""
        self.emulator.mem_write(address, data)

    def paint_ram(self) -> None:
        """Fill all RAM with a pattern: what was there is lost, and use of the stack will show."""
        self.write(RAM, bytes([_PAINT]) * (self.stack_bytes + self.data_bytes))

    def paint_stack(self, count: int | None = None) -> None:
        """Fill the lowest `count` bytes of the stack with that pattern, or all of it."""
        self.write(RAM, bytes([_PAINT]) * (self.stack_bytes if count is None else count))

    def peak_stack_bytes(self) -> int:
        """Return how much of the stack was written since it was painted."""
        stack = self.read(RAM, self.stack_bytes)
        return len(stack.lstrip(bytes([_PAINT])))

    def call(self, function: str, *arguments: int, caller_bytes: int = 0) -> int:
        """Run a function and return its result, as a signed number.

        `caller_bytes` at the top of the stack belong to the caller.

        Raises:
            StrayAccessError: the code left its memory.
            BaseException: what a port raised.
        """
        for register, argument in zip(_ARGUMENTS, arguments, strict=False):
            self.emulator.reg_write(register, argument)
        self.emulator.reg_write(UC_ARM_REG_SP, self.data_address - caller_bytes)
        self.emulator.reg_write(UC_ARM_REG_LR, _RETURN | _THUMB)
        try:
            self.emulator.emu_start(self._symbols[function], _RETURN)
        except UcError as error:
            raise StrayAccessError(f"{function}: {self._stray or error}") from error
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
        if self._stray is not None:
            raise StrayAccessError(f"{function}: {self._stray}")
        result = self.emulator.reg_read(UC_ARM_REG_R0)
        return result - (1 << 32) if result >> 31 else result

    def _map(self, library: TargetLibrary) -> None:
        ram_end = self.data_address + self.data_bytes
        ram_bytes = _whole_pages(ram_end - RAM)
        readable, runnable = UC_PROT_READ, UC_PROT_READ | UC_PROT_EXEC
        self.emulator.mem_map(library.load_address, _whole_pages(len(library.code)), runnable)
        self.emulator.mem_map(RAM, ram_bytes, UC_PROT_READ | UC_PROT_WRITE)
        self.emulator.mem_map(INBOX, INBOX_BYTES, readable)
        self.emulator.mem_map(PORTS, _PAGE_BYTES, runnable)
        self.write(library.load_address, library.code)
        self.write(PORTS, _BX_LR * (_PAGE_BYTES // len(_BX_LR)))
        self.emulator.hook_add(UC_HOOK_MEM_INVALID, self._on_stray_access)
        self.emulator.hook_add(UC_HOOK_CODE, self._on_port, begin=PORTS, end=_RETURN - 1)
        if ram_bytes > ram_end - RAM:
            self.emulator.hook_add(
                UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
                self._on_access_behind_ram,
                begin=ram_end,
                end=RAM + ram_bytes - 1,
            )

    def _on_port(self, emulator: Emulator, address: int, _size: int, _data: object) -> None:
        _context, *arguments = (emulator.reg_read(register) for register in _ARGUMENTS)
        try:
            said = self._ports[(address - PORTS) // len(_BX_LR)](*arguments)
        except BaseException as raised:  # noqa: BLE001 (it may not pass through the emulator)
            self._raised = raised
            emulator.emu_stop()
        else:
            emulator.reg_write(UC_ARM_REG_R0, said or 0)

    def _on_stray_access(
        self, _emulator: Emulator, _kind: int, address: int, size: int, _value: int, _data: object
    ) -> bool:
        self._stray = f"{size} bytes at {address:#010x}"
        return False

    def _on_access_behind_ram(
        self, emulator: Emulator, kind: int, address: int, size: int, value: int, data: object
    ) -> None:
        self._on_stray_access(emulator, kind, address, size, value, data)
        emulator.emu_stop()


def _whole_pages(count: int) -> int:
    return -(-count // _PAGE_BYTES) * _PAGE_BYTES
