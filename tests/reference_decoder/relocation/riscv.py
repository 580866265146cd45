"""RISC-V with compressed instructions (The RISC-V ISA manual, volume I)."""

from dataclasses import dataclass
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
from tests.reference_decoder.words import MASK32, bit_field, sign_extend

_PAIR_REACH_BYTES: Final = 32


def _here(address: int) -> int:
    return address


def _jal(kind: Kind, pattern: Pattern, unless: Pattern | None = None) -> Relative:
    return Relative(
        kind=kind,
        length=4,
        pattern=pattern,
        unless=unless,
        places=Places(((31, 20, 1), (12, 12, 8), (20, 11, 1), (21, 1, 10))),
        signed_bits=21,
        origin=_here,
        readable=Pattern(0x7F, 0x6F),
    )


_JAL_X0: Final = Pattern(0xFFF, 0x6F)
_WIDE: Final = (
    _jal(Kind.CALL, Pattern(0x7F, 0x6F), unless=_JAL_X0),
    _jal(Kind.FAR_JUMP, _JAL_X0),
    Relative(  # conditional branches
        kind=Kind.NEAR_BRANCH,
        length=4,
        pattern=Pattern(0x7F, 0x63),
        places=Places(((31, 12, 1), (7, 11, 1), (25, 5, 6), (8, 1, 4))),
        signed_bits=13,
        origin=_here,
    ),
)


def _compressed_jump(pattern: Pattern) -> Relative:
    runs = (
        (12, 11, 1),
        (8, 10, 1),
        (9, 8, 2),
        (6, 7, 1),
        (7, 6, 1),
        (2, 5, 1),
        (11, 4, 1),
        (3, 1, 3),
    )
    return Relative(
        kind=Kind.NEAR_JUMP,
        length=2,
        pattern=pattern,
        places=Places(runs),
        signed_bits=12,
        origin=_here,
    )


_COMPRESSED: Final = (
    _compressed_jump(Pattern(0xE003, 0xA001)),  # C.J
    Relative(  # C.BEQZ, C.BNEZ
        kind=Kind.COMPARE_BRANCH,
        length=2,
        pattern=Pattern(0xC003, 0xC001),
        places=Places(((12, 8, 1), (5, 6, 2), (2, 5, 1), (10, 3, 2), (3, 1, 2))),
        signed_bits=9,
        origin=_here,
    ),
)
_COMPRESSED_32: Final = (*_COMPRESSED, _compressed_jump(Pattern(0xE003, 0x2001)))  # C.JAL

_AUIPC: Final = Pattern(0x7F, 0x17)
_LUI: Final = Pattern(0x7F, 0x37)
_LOAD: Final = Pattern(0x7F, 0x03)
_ADDI: Final = Pattern(0x707F, 0x13)
_STORES: Final = (Pattern(0x7F, 0x23), Pattern(0x7F, 0x27))
_LOADS_AND_JALR: Final = (_LOAD, Pattern(0x7F, 0x07), Pattern(0x7F, 0x67))
_PLACES_I: Final = Places(((20, 0, 12),))
_PLACES_S: Final = Places(((25, 5, 7), (7, 0, 5)))


def _rd(word: int) -> int:
    return bit_field(word, 7, 5)


def _rs1(word: int) -> int:
    return bit_field(word, 15, 5)


def _is_store(word: int) -> bool:
    return any(word in store for store in _STORES)


def _is_low12(word: int) -> bool:
    return word in _ADDI or any(word in load for load in _LOADS_AND_JALR) or _is_store(word)


def _low12(word: int) -> int:
    places = _PLACES_S if _is_store(word) else _PLACES_I
    return sign_extend(places.gather(word), 12)


def _is_upper(word: int) -> bool:
    return word in _AUIPC or word in _LUI


def _upper(word: int, address: int) -> int:
    return ((word & 0xFFFF_F000) + (address if word in _AUIPC else 0)) & MASK32


@dataclass(frozen=True, slots=True)
class _UpperPart:
    """AUIPC and LUI: the upper 20 bits, rounded because the lower part has a sign."""

    is_relative: bool

    def write(self, word: int, address: int, target: int) -> int:
        value = target - address if self.is_relative else target
        return word & 0xFFF | value + 0x800 & 0xFFFF_F000

    def read(self, word: int, address: int) -> int | None:
        return _upper(word, address) if _is_upper(word) else None


@dataclass(frozen=True, slots=True)
class _LowerPart:
    """What adds the lower 12 bits, relative to an AUIPC some bytes away, or of a LUI."""

    places: Places
    anchor: int | None

    def write(self, word: int, address: int, target: int) -> int:
        origin = 0 if self.anchor is None else address + self.anchor
        return self.places.scatter(word, (target - origin) & MASK32)

    def read(self, word: int, address: int) -> int | None:  # noqa: ARG002 (Form)
        return _low12(word) & MASK32 if _is_low12(word) else None


@dataclass(frozen=True, slots=True)
class RiscV:
    """Halfwords, or words if their two lowest bits are set."""

    is_32_bit: bool
    alignment: int = 2
    has_halves_first: bool = False

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        half = code.half(0)
        if half & 3 != 3:
            forms = _COMPRESSED_32 if self.is_32_bit else _COMPRESSED
            return first_match(forms, half, address) or 2
        word = code.word(0)
        if _is_upper(word):
            return _find_upper(code, word, address) or 4
        if _is_low12(word):
            return _find_lower(code, word, address) or 4
        return first_match(_WIDE, word, address) or 4


def _find_upper(code: Code, word: int, address: int) -> Field | None:
    at = 4
    while at < _PAIR_REACH_BYTES:
        user = code.word(at)
        if user & 3 != 3:
            at += 2
            continue
        if _is_low12(user) and _rs1(user) == _rd(word):
            target = (_upper(word, address) + _low12(user)) & MASK32
            form = _UpperPart(word in _AUIPC)
            return Field(Kind.UPPER, 4, target, form, is_spelled=not form.is_relative)
        if not _is_store(user) and _rd(user) == _rd(word):
            return None
        at += 4
    return None


def _find_lower(code: Code, word: int, address: int) -> Field | None:
    register = _rs1(word)
    if register == 0:
        return None
    for at in range(-4, -_PAIR_REACH_BYTES - 1, -2):
        before = code.word(at)
        if _is_upper(before) and _rd(before) == register:
            target = (_upper(before, address + at) + _low12(word)) & MASK32
            anchor = at if before in _AUIPC else None
            form = _LowerPart(_PLACES_S if _is_store(word) else _PLACES_I, anchor)
            return Field(Kind.LOWER, 4, target, form, is_spelled=anchor is None)
        if (before in _ADDI or before in _LOAD) and _rd(before) == register:
            return None
    return None
