"""ARM (A32, ARM DDI 0406). Displacements count from the instruction's address + 8."""

from typing import Final

from tests.reference_decoder.relocation.form import (
    Code,
    Field,
    Kind,
    Pattern,
    Places,
    Relative,
    SignedMagnitude,
    Value,
    first_match,
)
from tests.reference_decoder.words import bit_field

_PAIR_REACH_BYTES: Final = 32
_UNCONDITIONAL: Final = Pattern(0xF000_0000, 0xF000_0000)


def _pc(address: int) -> int:
    return address + 8


def _branch(kind: Kind, pattern: Pattern) -> Relative:
    return Relative(
        kind=kind,
        length=4,
        pattern=pattern,
        places=Places(((0, 2, 24),)),
        signed_bits=26,
        origin=_pc,
        readable=Pattern(0x0E00_0000, 0x0A00_0000),
    )


_BRANCHES: Final = (
    _branch(Kind.CALL, Pattern(0xFE00_0000, 0xFA00_0000)),  # BLX; its bit 24 is kept
    _branch(Kind.CALL, Pattern(0x0F00_0000, 0x0B00_0000)),  # BL
    _branch(Kind.FAR_JUMP, Pattern(0x0F00_0000, 0x0A00_0000)),  # B
)
_LOADS: Final = (
    SignedMagnitude(  # LDR and LDRB (literal)
        pattern=Pattern(0x0F3F_0000, 0x051F_0000),
        places=Places(((0, 0, 12),)),
        up_bit=23,
        origin=_pc,
    ),
)
_MOVE_PLACES: Final = Places(((16, 12, 4), (0, 0, 12)))
_ANY_MOVE: Final = Pattern(0x0FB0_0000, 0x0300_0000)
_MOVW_PATTERN: Final = Pattern(0x0FF0_0000, 0x0300_0000)
_MOVT_PATTERN: Final = Pattern(0x0FF0_0000, 0x0340_0000)
_MOVW: Final = Value(kind=Kind.LOWER, length=4, places=_MOVE_PLACES, readable=_ANY_MOVE)
_MOVT: Final = Value(kind=Kind.UPPER, length=4, places=_MOVE_PLACES, shift=16, readable=_ANY_MOVE)


class Arm:
    """Words."""

    alignment: Final = 4
    has_halves_first: Final = False

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        word = code.word(0)
        branch = first_match(_BRANCHES, word, address)
        if branch is not None:
            return branch
        if word in _UNCONDITIONAL:
            return 4
        if word in _MOVW_PATTERN:
            return _find_move(code, word, _MOVW, _MOVT_PATTERN, step=4) or 4
        if word in _MOVT_PATTERN:
            return _find_move(code, word, _MOVT, _MOVW_PATTERN, step=-4) or 4
        return first_match(_LOADS, word, address) or 4


def _find_move(code: Code, word: int, form: Value, wanted: Pattern, *, step: int) -> Field | None:
    """Find the other half, with any condition, in the direction of `step`."""
    for at in range(step, step * (_PAIR_REACH_BYTES // 4 + 1), step):
        other = code.word(at)
        if other in wanted and bit_field(other, 12, 4) == bit_field(word, 12, 4):
            here = _MOVE_PLACES.gather(word) << form.shift
            return form.field(here | _MOVE_PLACES.gather(other) << 16 - form.shift)
    return None
