"""Random code in which every form of every architecture is common, and pairs find each other."""

import random
from dataclasses import dataclass
from typing import Final

from pipeline.encoder.header import ArchitectureNumber
from tests.reference_decoder.relocation.architectures import store


@dataclass(frozen=True, slots=True)
class Template:
    """Instructions of `length` bytes with these bits; the others are random."""

    length: int
    mask: int
    value: int


def _words(*patterns: tuple[int, int]) -> tuple[Template, ...]:
    return tuple(Template(4, mask, value) for mask, value in patterns)


def _halves(*patterns: tuple[int, int]) -> tuple[Template, ...]:
    return tuple(Template(2, mask, value) for mask, value in patterns)


_RISCV: Final = (
    *_halves((0xE003, 0xA001), (0xC003, 0xC001), (0xE003, 0x2001), (0xE003, 0x4002)),
    *_words((0x7F, 0x6F), (0xFFF, 0x6F), (0x7F, 0x63), (0x7F, 0x33)),
    # registers x10 and x11, so that pairs and what overwrites them meet
    *_words((0xF7F, 0x517), (0xF7F, 0x537), (0xFFF7F, 0x50513), (0xF7F7F, 0x50513)),
    *_words((0xF7F7F, 0x50503), (0xF007F, 0x50007), (0xF007F, 0x50023), (0xF007F, 0x50027)),
    *_words((0xF7F7F, 0x50567), (0xF7F, 0x533)),
)
TEMPLATES: Final[dict[ArchitectureNumber, tuple[Template, ...]]] = {
    ArchitectureNumber.NONE: _words((0, 0)),
    ArchitectureNumber.THUMB: (
        *_halves((0xF800, 0x4800), (0xF800, 0xA000), (0xF000, 0xD000), (0xF800, 0xE000)),
        *_halves((0xF500, 0xB100), (0xE000, 0x2000)),
        *_words((0xF800_D000, 0xF000_D000), (0xF800_D000, 0xF000_9000)),
        *_words((0xF800_D000, 0xF000_8000), (0xFF7F_0000, 0xF85F_0000)),
        *_words((0xFF3F_0000, 0xED1F_0000), (0xFBF0_8F00, 0xF240_0100)),
        *_words((0xFBF0_8F00, 0xF2C0_0100), (0xF800_0000, 0xE800_0000)),
    ),
    ArchitectureNumber.ARM: (
        *_words((0x0E00_0000, 0x0A00_0000), (0xFE00_0000, 0xFA00_0000)),
        *_words((0x0F3F_0000, 0x051F_0000), (0x0FF0_F000, 0x0300_1000)),
        *_words((0x0FF0_F000, 0x0340_1000), (0x0FB0_F000, 0x0300_2000), (0, 0)),
    ),
    ArchitectureNumber.AARCH64: (
        *_words((0x7C00_0000, 0x1400_0000), (0xFF00_0010, 0x5400_0000)),
        *_words((0x7E00_0000, 0x3400_0000), (0x7E00_0000, 0x3600_0000)),
        *_words((0x3B00_0000, 0x1800_0000), (0x9F00_0000, 0x1000_0000), (0, 0)),
        # registers x0 and x1; near and far pages
        *_words((0x9F00_001E, 0x9000_0000), (0x9FFF_C01E, 0x9000_0000)),
        *_words((0xFFC0_03DE, 0x9100_0000), (0x3B00_03C0, 0x3900_0000), (0x1E, 0)),
        *_words((0x7C00_001E, 0x1400_0000), (0x0A40_001E, 0x0800_0000)),
    ),
    ArchitectureNumber.RISCV32: _RISCV,
    ArchitectureNumber.RISCV64: _RISCV,
    ArchitectureNumber.XTENSA: (
        *(Template(3, 0xF, opcode) for opcode in (0, 1, 5, 6, 7)),
        *(Template(3, 0x3F, opcode) for opcode in (0x06, 0x16, 0x26, 0x36)),
        *_halves((0x8F, 0x8C), (0x8F, 0x0C), (0x0F, 0x0D)),
    ),
    ArchitectureNumber.AVR: (
        *_words((0xFE0E_0000, 0x940E_0000), (0xFE0E_0000, 0x940C_0000), (0xFC0F_0000, 0x9000_0000)),
        *_halves((0xF000, 0xC000), (0xF000, 0xD000), (0xF800, 0xF000), (0, 0)),
        # registers r16 to r19
        *_halves((0xF0F0, 0xE000), (0xF0F0, 0xE010), (0xF0D0, 0xE000)),
    ),
}
_HALVES_FIRST: Final = (ArchitectureNumber.THUMB, ArchitectureNumber.AVR)


def random_instruction(architecture: ArchitectureNumber, rng: random.Random) -> bytes:
    """Return one instruction, more often than not with a near target."""
    template = rng.choice(TEMPLATES[architecture])
    noise = rng.getrandbits(8 * template.length)
    if rng.random() < 0.5:
        noise &= rng.getrandbits(8 * template.length) & rng.getrandbits(8 * template.length)
    word = noise & ~template.mask | template.value
    return store(word, template.length, has_halves_first=architecture in _HALVES_FIRST)


def random_code(architecture: ArchitectureNumber, size: int, rng: random.Random) -> bytes:
    """Return that many bytes of instructions."""
    code = bytearray()
    while len(code) < size:
        code += random_instruction(architecture, rng)
    return bytes(code[:size])
