"""Whose code an image is: the architecture whose calls agree with each other."""

from typing import Final

from pipeline.encoder import native
from pipeline.encoder.header import ArchitectureNumber

_MINIMUM_LIKENESS: Final = {ArchitectureNumber.AVR: 110}
"""AVR's 16-bit calls are everywhere by chance; measured on images of other architectures."""
_USUAL_MINIMUM: Final = 50
_WIDE_LOADS_PER_BYTE: Final = 1 / 500
"""RV64 code loads and stores 64 bits more often than this; RV32 has no such instructions."""


def detect_architecture(image: bytes) -> ArchitectureNumber:
    """Return the architecture whose calls agree most with each other, if any do."""
    likeness = {
        architecture: native.code_likeness(image, architecture)
        for architecture in ArchitectureNumber
        if architecture is not ArchitectureNumber.NONE
    }
    best = max(likeness, key=lambda architecture: likeness[architecture])
    if likeness[best] < _MINIMUM_LIKENESS.get(best, _USUAL_MINIMUM):
        return ArchitectureNumber.NONE
    if best is ArchitectureNumber.RISCV32 and _has_wide_loads(image):
        return ArchitectureNumber.RISCV64
    return best


def _has_wide_loads(image: bytes) -> bool:
    opcodes, functions = image[0:-4:2], image[1:-3:2]
    found = sum(
        1
        for opcode, function in zip(opcodes, functions, strict=False)
        if opcode & 0x7F in (0x03, 0x23) and function & 0x70 == 0x30  # noqa: PLR2004 (LD, SD)
    )
    return found > len(image) * _WIDE_LOADS_PER_BYTE
