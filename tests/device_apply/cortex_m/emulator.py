"""The part of unicorn that the tests use, with types, which its own methods lack."""

from collections.abc import Callable
from typing import Final, Protocol

from unicorn.arm_const import UC_CPU_ARM_CORTEX_M0, UC_CPU_ARM_CORTEX_M4
from unicorn.unicorn_const import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB
from unicorn.unicorn_py3 import Uc

_CPU_MODELS: Final = {
    "cortex-m0plus": UC_CPU_ARM_CORTEX_M0,  # unicorn has no M0+; the instructions are the same
    "cortex-m4": UC_CPU_ARM_CORTEX_M4,
}


class Emulator(Protocol):
    """A processor with memory; addresses and registers are numbers."""

    def mem_map(self, address: int, size: int, perms: int) -> None:
        """Make memory that may be used as `perms` says."""
        ...

    def mem_read(self, address: int, size: int) -> bytearray:
        """Return memory, whatever the processor may do with it."""
        ...

    def mem_write(self, address: int, data: bytes) -> None:
        """Set memory, whatever the processor may do with it."""
        ...

    def reg_read(self, reg_id: int) -> int:
        """Return a register."""
        ...

    def reg_write(self, reg_id: int, value: int) -> None:
        """Set a register."""
        ...

    def hook_add(
        self, htype: int, callback: Callable[..., object], *, begin: int = 1, end: int = 0
    ) -> int:
        """Call back on an event between two addresses; without them, everywhere."""
        ...

    def emu_start(self, begin: int, until: int) -> None:
        """Run from one address until another is reached."""
        ...

    def emu_stop(self) -> None:
        """Stop, from a callback."""
        ...


def make_emulator(cpu: str) -> Emulator:
    """Return a Cortex-M without memory."""
    emulator = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    emulator.ctl_set_cpu_model(_CPU_MODELS[cpu])
    typed: Emulator = emulator
    return typed
