"""Two readings of section 8 of the format: every field is found, rewritten and read back alike."""

import random
from typing import Any

import pytest

from pipeline.encoder._encoder import ffi, lib
from pipeline.encoder.header import ArchitectureNumber
from tests.reference_decoder.base_image import CodeAt
from tests.reference_decoder.random_code import TEMPLATES, random_code
from tests.reference_decoder.relocation.architectures import ARCHITECTURES, load, store
from tests.reference_decoder.relocation.form import Field
from tests.reference_decoder.words import MASK32

LOOK_BEHIND = 64
CODE_BYTES = LOOK_BEHIND + 72
ROUNDS = 2500
NUMBERS = [number for number in ArchitectureNumber if number is not ArchitectureNumber.NONE]
FOUND_KINDS = {
    ArchitectureNumber.THUMB: {1, 2, 3, 4, 5, 6, 7, 9, 10, 11},
    ArchitectureNumber.ARM: {1, 2, 7, 10, 11},
    ArchitectureNumber.AARCH64: {1, 2, 4, 5, 6, 8, 9, 10, 11},
    ArchitectureNumber.RISCV32: {1, 2, 4, 5, 6, 10, 11},
    ArchitectureNumber.RISCV64: {1, 2, 4, 5, 6, 10, 11},
    ArchitectureNumber.XTENSA: {1, 4, 5, 6, 7},
    ArchitectureNumber.AVR: {1, 2, 3, 4, 5, 9, 10, 11},
}


class _Case:
    """One piece of code, decoded twice."""

    def __init__(self, number: ArchitectureNumber, rng: random.Random) -> None:
        self.number = number
        self.rng = rng
        self.address = rng.choice((rng.getrandbits(32), rng.getrandbits(16))) & ~3
        if ARCHITECTURES[number].alignment < 4:
            self.address |= 2 * rng.getrandbits(1)
        before = random_code(number, LOOK_BEHIND, rng)
        code = before + random_code(number, CODE_BYTES - LOOK_BEHIND, rng)
        self.found = ARCHITECTURES[number].find(CodeAt(code, LOOK_BEHIND), self.address)
        self._buffer = ffi.new("uint8_t[]", code)
        self.in_c = lib.ad_find_instruction(number, self._buffer + LOOK_BEHIND, self.address)
        self.raw = code[LOOK_BEHIND : LOOK_BEHIND + self.in_c.length]

    @property
    def described_in_c(self) -> tuple[int, ...]:
        """What the C code says of the instruction."""
        if self.in_c.kind == 0:
            return (self.in_c.length,)
        return (self.in_c.length, self.in_c.kind, self.in_c.target, self.in_c.is_value)

    @property
    def described_here(self) -> tuple[int, ...]:
        """What the reference says."""
        if isinstance(self.found, int):
            return (self.found,)
        return (self.found.length, self.found.kind, self.found.target, self.found.is_spelled)

    def rewritten(self, field: Field) -> tuple[bytes, bytes]:
        """Rewrite the field to refer to a random target from a random address, both ways."""
        far = self.rng.random() < 0.5
        address = (self.address + 4 * self.rng.randint(-5000, 5000)) & MASK32
        target = field.target + self.rng.randint(-3000, 3000)
        target = (self.rng.getrandbits(32) if far else target) & MASK32
        swaps = ARCHITECTURES[self.number].has_halves_first
        word = field.form.write(load(self.raw, has_halves_first=swaps), address, target)
        buffer = ffi.new("uint8_t[8]", self.raw)
        field_in_c = ffi.new("struct ad_instruction *", self.in_c)
        lib.ad_write_target(self.number, field_in_c, buffer, address, target)
        here = store(word, field.length, has_halves_first=swaps)
        return bytes(buffer)[: field.length], here

    def read_back(self, field: Field, raw: bytes) -> tuple[int | None, int | None]:
        """Read what other bytes in the field's place contribute, both ways."""
        swaps = ARCHITECTURES[self.number].has_halves_first
        here = field.form.read(load(raw, has_halves_first=swaps), self.address)
        contribution: Any = ffi.new("uint32_t *")
        field_in_c = ffi.new("struct ad_instruction *", self.in_c)
        buffer = ffi.new("uint8_t[8]", raw)
        is_read = lib.ad_read_target(self.number, field_in_c, buffer, self.address, contribution)
        return contribution[0] if is_read else None, here


def _cases(number: ArchitectureNumber) -> list[_Case]:
    rng = random.Random(number)
    return [_Case(number, rng) for _ in range(ROUNDS)]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_same_fields_are_found(number: ArchitectureNumber) -> None:
    cases = _cases(number)

    assert [case.described_here for case in cases] == [case.described_in_c for case in cases]
    assert {case.in_c.kind for case in cases} == {0} | FOUND_KINDS[number]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_field_is_rewritten_to_the_same_bytes(number: ArchitectureNumber) -> None:
    pairs = [case.rewritten(case.found) for case in _cases(number) if isinstance(case.found, Field)]

    assert [here for _, here in pairs] == [in_c for in_c, _ in pairs]
    assert len(pairs) > ROUNDS // 8


@pytest.mark.parametrize("number", NUMBERS)
def test_what_replaced_a_field_is_read_back_alike(number: ArchitectureNumber) -> None:
    rng = random.Random(number)
    pairs = []
    for case in _cases(number):
        if isinstance(case.found, Field):
            other = random_code(number, case.found.length, rng)
            pairs.append(case.read_back(case.found, case.rewritten(case.found)[0]))
            pairs.append(case.read_back(case.found, other))

    assert [here for _, here in pairs] == [in_c for in_c, _ in pairs]
    assert len({in_c for in_c, _ in pairs}) > 100


def test_every_architecture_has_code_to_test_with() -> None:
    assert set(TEMPLATES) == set(ArchitectureNumber)
    assert set(ARCHITECTURES) == set(NUMBERS)
