"""The architectures by their number in the header. Sections 2 and 8."""

from typing import Final

from tests.reference_decoder.relocation.aarch64 import AArch64
from tests.reference_decoder.relocation.arm import Arm
from tests.reference_decoder.relocation.avr import Avr
from tests.reference_decoder.relocation.form import Architecture
from tests.reference_decoder.relocation.riscv import RiscV
from tests.reference_decoder.relocation.thumb import Thumb
from tests.reference_decoder.relocation.xtensa import Xtensa

ARCHITECTURES: Final[dict[int, Architecture]] = {
    1: Thumb(),
    2: Arm(),
    3: AArch64(),
    4: RiscV(is_32_bit=True),
    5: RiscV(is_32_bit=False),
    6: Xtensa(),
    7: Avr(),
}
"""Number 0 has no instructions, but may have pointers."""


def load(raw: bytes, *, has_halves_first: bool) -> int:
    """Return the bytes of an instruction as its architecture reads them."""
    word = int.from_bytes(raw, "little")
    return _swapped(word) if has_halves_first and len(raw) == 4 else word


def store(word: int, length: int, *, has_halves_first: bool) -> bytes:
    """Undo `load`."""
    if has_halves_first and length == 4:
        word = _swapped(word)
    return word.to_bytes(length, "little")


def _swapped(word: int) -> int:
    return word >> 16 | (word & 0xFFFF) << 16
