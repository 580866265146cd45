"""AArch64 (ARM DDI 0487, C4). Addresses have their low 32 bits."""

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

_PAIR_REACH_BYTES: Final = 64
_PAGE_BYTES: Final = 4096


def _here(address: int) -> int:
    return address


_ANY_BRANCH: Final = Pattern(0x7C00_0000, 0x1400_0000)
_PLACES_26: Final = Places(((0, 2, 26),))
_PLACES_19: Final = Places(((5, 2, 19),))
_PLACES_14: Final = Places(((5, 2, 14),))
_PLACES_ADR: Final = Places(((5, 2, 19), (29, 0, 2)))


def _relative(
    kind: Kind, pattern: Pattern, places: Places, bits: int, readable: Pattern | None = None
) -> Relative:
    return Relative(
        kind=kind,
        length=4,
        pattern=pattern,
        places=places,
        signed_bits=bits,
        origin=_here,
        readable=readable,
    )


_ADR: Final = Pattern(0x9F00_0000, 0x1000_0000)
_FORMS: Final = (
    _relative(Kind.CALL, Pattern(0xFC00_0000, 0x9400_0000), _PLACES_26, 28, _ANY_BRANCH),  # BL
    _relative(Kind.FAR_JUMP, Pattern(0xFC00_0000, 0x1400_0000), _PLACES_26, 28, _ANY_BRANCH),  # B
    _relative(Kind.NEAR_BRANCH, Pattern(0xFF00_0010, 0x5400_0000), _PLACES_19, 21),  # B.cond
    _relative(Kind.COMPARE_BRANCH, Pattern(0x7E00_0000, 0x3400_0000), _PLACES_19, 21),  # CBZ, CBNZ
    _relative(Kind.NEAR_JUMP, Pattern(0x7E00_0000, 0x3600_0000), _PLACES_14, 16),  # TBZ, TBNZ
    _relative(Kind.FAR_LITERAL, Pattern(0x3B00_0000, 0x1800_0000), _PLACES_19, 21),  # LDR (literal)
    _relative(Kind.ADDRESS, _ADR, _PLACES_ADR, 21, _ADR),
)
_ADD: Final = Pattern(0xFFC0_0000, 0x9100_0000)
_LOAD_STORE: Final = Pattern(0x3B00_0000, 0x3900_0000)
_ADRP: Final = Pattern(0x9F00_0000, 0x9000_0000)
_QUAD: Final = Pattern(0x0480_0000, 0x0480_0000)
_STORE: Final = Pattern(0x0A40_0000, 0x0800_0000)
_BRANCH: Final = Pattern(0x1C00_0000, 0x1400_0000)


def _rd(word: int) -> int:
    return bit_field(word, 0, 5)


def _rn(word: int) -> int:
    return bit_field(word, 5, 5)


def _is_low12(word: int) -> bool:
    has_offset = word in _ADD or word in _LOAD_STORE
    return has_offset and _low12_places(word).gather(word) < _PAGE_BYTES


def _pages(word: int) -> int:
    return sign_extend(_PLACES_ADR.gather(word), 21)


def _is_adrp(word: int) -> bool:
    return word in _ADRP and -(1 << 19) <= _pages(word) < 1 << 19


def _page(word: int, address: int) -> int:
    return ((address & ~0xFFF) + (_pages(word) << 12)) & MASK32


def _low12_places(word: int) -> Places:
    """Return where the offset is: ADD counts bytes, the others in their operand's size."""
    if word in _ADD:
        return Places(((10, 0, 12),))
    scale = 4 if word in _QUAD else word >> 30
    # of the low 12 bits of an address only 12 - scale can be written: the bits above are 0
    return Places(((10, scale, 12),))


def _overwrites(word: int, register: int) -> bool:
    return _rd(word) == register and word not in _STORE and word not in _BRANCH


class _Page:
    """ADRP: the page."""

    def write(self, word: int, address: int, target: int) -> int:
        return _PLACES_ADR.scatter(word, sign_extend((target >> 12) - (address >> 12), 20))

    def read(self, word: int, address: int) -> int | None:
        return _page(word, address) if _is_adrp(word) else None


class _Low12:
    """ADD, load or store: the place in the page."""

    def write(self, word: int, address: int, target: int) -> int:  # noqa: ARG002 (Form)
        return _low12_places(word).scatter(word, target & 0xFFF)

    def read(self, word: int, address: int) -> int | None:  # noqa: ARG002 (Form)
        return _low12_places(word).gather(word) if _is_low12(word) else None


class AArch64:
    """Words."""

    alignment: Final = 4
    has_halves_first: Final = False

    def find(self, code: Code, address: int) -> Field | int:
        """Decode the instruction at offset 0."""
        word = code.word(0)
        found = first_match(_FORMS, word, address)
        if found is not None:
            return found
        if _is_adrp(word):
            return Field(Kind.UPPER, 4, _adrp_target(code, word, address), _Page())
        if _is_low12(word):
            return _find_low12(code, word, address) or 4
        return 4


def _adrp_target(code: Code, word: int, address: int) -> int:
    page = _page(word, address)
    for at in range(4, _PAIR_REACH_BYTES + 1, 4):
        user = code.word(at)
        if _is_low12(user) and _rn(user) == _rd(word):
            return (page + _low12_places(user).gather(user)) & MASK32
        if _overwrites(user, _rd(word)):
            break
    return page


def _find_low12(code: Code, word: int, address: int) -> Field | None:
    for at in range(-4, -_PAIR_REACH_BYTES - 1, -4):
        before = code.word(at)
        if _is_adrp(before) and _rd(before) == _rn(word):
            target = _page(before, (address + at) & MASK32) + _low12_places(word).gather(word)
            return Field(Kind.LOWER, 4, target & MASK32, _Low12())
        if _overwrites(before, _rn(word)):
            break
    return None
