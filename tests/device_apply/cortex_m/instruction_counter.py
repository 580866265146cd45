"""Counts the instructions that the emulated library executes; the ports' work is not counted.

Unicorn reports each basic block as it runs. How many instructions a block holds is read off its
code once: a Thumb instruction is 4 bytes long if its first halfword starts with 0b11101, 0b11110 or
0b11111 (Armv7-M Architecture Reference Manual, A5.1), else 2. An instruction that an IT block skips
counts: the processor fetches and decodes it.
"""

from collections import Counter
from typing import Final

from unicorn.unicorn_const import UC_HOOK_BLOCK

from tests.device_apply.cortex_m.emulator import Emulator
from tests.device_apply.cortex_m.toolchain import TargetLibrary

_FIRST_WIDE: Final = 0b11101


class InstructionCounter:
    """Attach one to a processor before it runs, ask it afterwards."""

    def __init__(self, emulator: Emulator, library: TargetLibrary) -> None:
        self._library = library
        self._runs: Counter[tuple[int, int]] = Counter()
        end = library.load_address + len(library.code)
        emulator.hook_add(UC_HOOK_BLOCK, self._on_block, begin=library.load_address, end=end - 1)

    def total(self) -> int:
        """Return the instructions executed so far."""
        return sum(
            runs * self._instructions_in(address, size)
            for (address, size), runs in self._runs.items()
        )

    def _on_block(self, _emulator: Emulator, address: int, size: int, _data: object) -> None:
        self._runs[address, size] += 1

    def _instructions_in(self, address: int, size: int) -> int:
        start = address - self._library.load_address
        return thumb_instructions(self._library.code[start : start + size])


def thumb_instructions(code: bytes) -> int:
    """Return how many instructions `code` holds."""
    count = position = 0
    while position < len(code):
        is_wide = code[position + 1] >> 3 >= _FIRST_WIDE
        position += 4 if is_wide else 2
        count += 1
    return count
