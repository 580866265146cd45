"""Xtensa, little-endian, with code density (Xtensa ISA reference manual, chapters 6 and 7)."""

from typing import Final

from tests.reference_decoder.relocation.form import (
    Code,
    Field,
    Kind,
    Pattern,
    Places,
    Relative,
    first_match,
)

_FIRST_NARROW_OPCODE: Final = 8


def _next(address: int) -> int:
    return address + 4


def _relative(
    kind: Kind, pattern: Pattern, places: Places, *, bits: int, unless: Pattern | None = None
) -> Relative:
    return Relative(
        kind=kind,
        length=3,
        pattern=pattern,
        unless=unless,
        places=places,
        signed_bits=bits,
        origin=_next,
    )


_PLACES_8: Final = Places(((16, 0, 8),))
_L32R: Final = Pattern(0xF, 0x1)
_CALL: Final = Pattern(0xF, 0x5)
_WIDE: Final = (
    Relative(
        kind=Kind.LITERAL,
        length=3,
        pattern=_L32R,
        places=Places(((8, 2, 16),)),
        # the literal lies before: the displacement's upper bits are all ones
        origin=lambda address: (address + 3 & ~3) - 0x4_0000,
        readable=_L32R,
    ),
    Relative(
        kind=Kind.CALL,
        length=3,
        pattern=_CALL,
        places=Places(((6, 2, 18),)),
        signed_bits=20,
        origin=lambda address: (address & ~3) + 4,
        readable=_CALL,
    ),
    _relative(Kind.NEAR_JUMP, Pattern(0x3F, 0x06), Places(((6, 0, 18),)), bits=18),  # J
    _relative(Kind.COMPARE_BRANCH, Pattern(0x3F, 0x16), Places(((12, 0, 12),)), bits=12),  # BEQZ
    _relative(Kind.NEAR_BRANCH, Pattern(0xF, 0x7), _PLACES_8, bits=8),
    _relative(Kind.NEAR_BRANCH, Pattern(0x3F, 0x26), _PLACES_8, bits=8),
    _relative(  # without ENTRY
        Kind.NEAR_BRANCH, Pattern(0x3F, 0x36), _PLACES_8, bits=8, unless=Pattern(0xFF, 0x36)
    ),
)
_NARROW: Final = (
    Relative(  # BEQZ.N, BNEZ.N
        kind=Kind.COMPARE_BRANCH,
        length=2,
        pattern=Pattern(0x8F, 0x8C),
        places=Places(((12, 0, 4), (4, 4, 2))),
        origin=_next,
    ),
)


class Xtensa:
    """Three bytes, or two if the low nibble is 8 or more."""

    alignment: Final = 1
    has_halves_first: Final = False

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        half = code.half(0)
        if half & 15 >= _FIRST_NARROW_OPCODE:
            return first_match(_NARROW, half, address) or 2
        word = half | (code.half(2) & 0xFF) << 16
        return first_match(_WIDE, word, address) or 3
