"""Thumb and Thumb-2 (ARM DDI 0403, A5 to A7). Words have their first halfword on top."""

from dataclasses import dataclass
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
from tests.reference_decoder.words import MASK32, bit_field, sign_extend

_FIRST_WIDE: Final = 0xE800
_PAIR_REACH_BYTES: Final = 20


def _pc(address: int) -> int:
    return address + 4


def _aligned_pc(address: int) -> int:
    return address + 4 & ~3


_NARROW: Final = (
    Relative(  # LDR (literal)
        kind=Kind.LITERAL,
        length=2,
        pattern=Pattern(0xF800, 0x4800),
        places=Places(((0, 2, 8),)),
        origin=_aligned_pc,
    ),
    Relative(  # ADR
        kind=Kind.ADDRESS,
        length=2,
        pattern=Pattern(0xF800, 0xA000),
        places=Places(((0, 2, 8),)),
        origin=_aligned_pc,
    ),
    Relative(  # B<cond>; conditions 14 and 15 are UDF and SVC
        kind=Kind.NEAR_BRANCH,
        length=2,
        pattern=Pattern(0xF000, 0xD000),
        unless=Pattern(0x0E00, 0x0E00),
        places=Places(((0, 1, 8),)),
        signed_bits=9,
        origin=_pc,
    ),
    Relative(  # B
        kind=Kind.NEAR_JUMP,
        length=2,
        pattern=Pattern(0xF800, 0xE000),
        places=Places(((0, 1, 11),)),
        signed_bits=12,
        origin=_pc,
    ),
    Relative(  # CBZ, CBNZ
        kind=Kind.COMPARE_BRANCH,
        length=2,
        pattern=Pattern(0xF500, 0xB100),
        places=Places(((3, 1, 5), (9, 6, 1))),
        origin=_pc,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _WideBranch:
    """A branch of two halfwords."""

    kind: Kind
    pattern: Pattern
    unless: Pattern | None = None
    places: Places
    signed_bits: int
    has_inverted_bits: bool
    """Whether the two bits below the sign are stored inverted where the sign is clear."""

    def matches(self, word: int) -> bool:
        return word in self.pattern and (self.unless is None or word not in self.unless)

    def write(self, word: int, address: int, target: int) -> int:
        displacement = (target - _pc(address)) & MASK32
        return self.places.scatter(word, self._inverted(displacement))

    def read(self, word: int, address: int) -> int | None:
        if word not in self.pattern:
            return None
        displacement = self._inverted(self.places.gather(word))
        return (_pc(address) + sign_extend(displacement, self.signed_bits)) & MASK32

    def _inverted(self, displacement: int) -> int:
        top = self.signed_bits - 1
        if self.has_inverted_bits and not displacement >> top & 1:
            return displacement ^ 3 << top - 2
        return displacement


_LONG_PLACES: Final = Places(((26, 24, 1), (13, 23, 1), (11, 22, 1), (16, 12, 10), (0, 1, 11)))
_WIDE_BRANCHES: Final = (
    _WideBranch(  # BL
        kind=Kind.CALL,
        pattern=Pattern(0xF800_D000, 0xF000_D000),
        places=_LONG_PLACES,
        signed_bits=25,
        has_inverted_bits=True,
    ),
    _WideBranch(  # B.W
        kind=Kind.FAR_JUMP,
        pattern=Pattern(0xF800_D000, 0xF000_9000),
        places=_LONG_PLACES,
        signed_bits=25,
        has_inverted_bits=True,
    ),
    _WideBranch(  # B<cond>.W; conditions 14 and 15 are other instructions
        kind=Kind.FAR_BRANCH,
        pattern=Pattern(0xF800_D000, 0xF000_8000),
        unless=Pattern(0x0380_0000, 0x0380_0000),
        places=Places(((26, 20, 1), (11, 19, 1), (13, 18, 1), (16, 12, 6), (0, 1, 11))),
        signed_bits=21,
        has_inverted_bits=False,
    ),
)
_WIDE_LOADS: Final = (
    SignedMagnitude(  # LDR.W (literal)
        pattern=Pattern(0xFF7F_0000, 0xF85F_0000),
        places=Places(((0, 0, 12),)),
        up_bit=23,
        origin=_aligned_pc,
    ),
    SignedMagnitude(  # VLDR (literal)
        pattern=Pattern(0xFF3F_0000, 0xED1F_0000),
        places=Places(((0, 2, 8),)),
        up_bit=23,
        origin=_aligned_pc,
    ),
)
_MOVE_PLACES: Final = Places(((16, 12, 4), (26, 11, 1), (12, 8, 3), (0, 0, 8)))
_MOVW: Final = Value(
    kind=Kind.LOWER,
    length=4,
    places=_MOVE_PLACES,
    readable=Pattern(0xFBF0_8000, 0xF240_0000),
)
_MOVT: Final = Value(
    kind=Kind.UPPER,
    length=4,
    places=_MOVE_PLACES,
    shift=16,
    readable=Pattern(0xFBF0_8000, 0xF2C0_0000),
)


class Thumb:
    """Halfwords, or two of them from 0xE800 on."""

    alignment: Final = 2
    has_halves_first: Final = True

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        first = code.half(0)
        if first < _FIRST_WIDE:
            return first_match(_NARROW, first, address) or 2
        word = first << 16 | code.half(2)
        for branch in _WIDE_BRANCHES:
            target = branch.read(word, address)
            if target is not None and branch.matches(word):
                return Field(branch.kind, 4, target, branch)
        if word in _MOVW.readable:
            return _find_pair(code, word, _MOVW, _MOVT, step=2) or 4
        if word in _MOVT.readable:
            return _find_pair(code, word, _MOVT, _MOVW, step=-2) or 4
        return first_match(_WIDE_LOADS, word, address) or 4


def _find_pair(code: Code, word: int, form: Value, other: Value, *, step: int) -> Field | None:
    """Find the other half in the direction of `step`, at any halfword from 4 bytes away."""
    register = bit_field(word, 8, 4)
    for at in range(2 * step, step * (_PAIR_REACH_BYTES // 2 + 1), step):
        there = code.half(at) << 16 | code.half(at + 2)
        contribution = other.read(there, 0)
        if contribution is not None and bit_field(there, 8, 4) == register:
            return form.field((form.places.gather(word) << form.shift) + contribution)
    return None
