"""AVR (AVR instruction set manual). Words have their first halfword on top."""

from typing import Final

from tests.reference_decoder.relocation.form import (
    Code,
    Field,
    Kind,
    Pattern,
    Places,
    Relative,
    Value,
    first_match,
)

_DATA_SPACE: Final = 0x80_0000
"""What avr-gcc adds to addresses of variables."""


def _next(address: int) -> int:
    return address + 2


def _absolute(kind: Kind, pattern: Pattern) -> Relative:
    return Relative(
        kind=kind,
        length=4,
        pattern=pattern,
        places=Places(((0, 1, 16), (16, 17, 1), (20, 18, 5))),
        origin=lambda _: 0,
        readable=pattern,
    )


def _relative12(kind: Kind, pattern: Pattern) -> Relative:
    return Relative(
        kind=kind,
        length=2,
        pattern=pattern,
        places=Places(((0, 1, 12),)),
        signed_bits=13,
        origin=_next,
        readable=pattern,
    )


_LONG: Final = (
    _absolute(Kind.CALL, Pattern(0xFE0E_0000, 0x940E_0000)),
    _absolute(Kind.FAR_JUMP, Pattern(0xFE0E_0000, 0x940C_0000)),
)
_SHORT: Final = (
    _relative12(Kind.NEAR_JUMP, Pattern(0xF000, 0xC000)),  # RJMP
    _relative12(Kind.FAR_BRANCH, Pattern(0xF000, 0xD000)),  # RCALL
    Relative(  # BRBS, BRBC
        kind=Kind.NEAR_BRANCH,
        length=2,
        pattern=Pattern(0xF800, 0xF000),
        places=Places(((3, 1, 7),)),
        signed_bits=8,
        origin=_next,
    ),
)
_LDS_STS: Final = Value(
    kind=Kind.ADDRESS,
    length=4,
    places=Places(((0, 0, 16),)),
    bias=_DATA_SPACE,
    readable=Pattern(0xFC0F_0000, 0x9000_0000),
)
_LDI: Final = Pattern(0xF000, 0xE000)
_LDI_PLACES: Final = Places(((8, 4, 4), (0, 0, 4)))
_LDI_LOW: Final = Value(
    kind=Kind.LOWER, length=2, places=_LDI_PLACES, bias=_DATA_SPACE, readable=_LDI
)
_LDI_HIGH: Final = Value(kind=Kind.UPPER, length=2, places=_LDI_PLACES, shift=8, readable=_LDI)


class Avr:
    """Halfwords; CALL, JMP, LDS and STS have two."""

    alignment: Final = 2
    has_halves_first: Final = True

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        half = code.half(0)
        word = half << 16 | code.half(2)
        if word in _LDS_STS.readable:
            return _LDS_STS.field(_DATA_SPACE + _LDS_STS.places.gather(word))
        if half in _LDI:
            return _find_ldi(code, half) or 2
        return first_match(_LONG, word, address) or first_match(_SHORT, half, address) or 2


def _find_ldi(code: Code, half: int) -> Field | None:
    """Find LDI of registers 2n and 2n + 1, in this order."""
    is_high = bool(half >> 4 & 1)
    other = code.half(-2 if is_high else 2)
    if other not in _LDI or (other ^ half) >> 4 & 15 != 1:
        return None
    here, there = _LDI_PLACES.gather(half), _LDI_PLACES.gather(other)
    low, high = (there, here) if is_high else (here, there)
    return (_LDI_HIGH if is_high else _LDI_LOW).field(_DATA_SPACE + (high << 8 | low))
