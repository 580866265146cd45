"""Relocation: writing a reference where it stood changes nothing; moved, it keeps its target."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoder._encoder import ffi, lib
from pipeline.encoder.header import ArchitectureNumber

LOOK_BEHIND = 64
CODE_BYTES = LOOK_BEHIND + 72
ARCHITECTURES = [a for a in ArchitectureNumber if a is not ArchitectureNumber.NONE]

# Instruction words with their address, kind (numbers of PATCH_FORMAT.md) and target, from the
# architecture manuals' encodings.
KNOWN = [
    (ArchitectureNumber.THUMB, "f000f802", 0x1000, 1, 0x1008),  # bl +4
    (ArchitectureNumber.THUMB, "f7ffbffe", 0x1000, 2, 0x1000),  # b.w .
    (ArchitectureNumber.THUMB, "4901", 0x1002, 7, 0x1008),  # ldr r1, [pc, #4]
    (ArchitectureNumber.THUMB, "d0fe", 0x1000, 4, 0x1000),  # beq .
    (ArchitectureNumber.THUMB, "e7fe", 0x1000, 5, 0x1000),  # b .
    (ArchitectureNumber.THUMB, "b108", 0x1000, 6, 0x1006),  # cbz r0, +2
]
KNOWN_WORDS = [
    (ArchitectureNumber.ARM, 0xEB000002, 0x1000, 1, 0x1010),  # bl
    (ArchitectureNumber.ARM, 0xE59F1004, 0x1000, 7, 0x100C),  # ldr r1, [pc, #4]
    (ArchitectureNumber.AARCH64, 0x94000004, 0x1000, 1, 0x1010),  # bl
    (ArchitectureNumber.AARCH64, 0x54000040, 0x1000, 4, 0x1008),  # b.eq
    (ArchitectureNumber.RISCV32, 0x010000EF, 0x1000, 1, 0x1010),  # jal ra, 16
    (ArchitectureNumber.RISCV64, 0x00208463, 0x1000, 4, 0x1008),  # beq x1, x2, 8
    (ArchitectureNumber.XTENSA, 0x000045, 0x1000, 1, 0x1008),  # call0 +4
    (ArchitectureNumber.AVR, 0x0800940E, 0x0, 1, 0x1000),  # call 0x800 words
]


def _find(architecture: int, code: bytes, address: int) -> tuple[Any, Any]:
    buffer = ffi.new("uint8_t[]", code)
    return lib.ad_find_instruction(architecture, buffer + LOOK_BEHIND, address), buffer


def _padded(instruction: bytes) -> bytes:
    return bytes(LOOK_BEHIND) + instruction.ljust(CODE_BYTES - LOOK_BEHIND, b"\0")


@pytest.mark.parametrize(("architecture", "halves", "address", "kind", "target"), KNOWN)
def test_a_known_thumb_instruction_is_understood(
    architecture: int, halves: str, address: int, kind: int, target: int
) -> None:
    code = b"".join(
        int(halves[at : at + 4], 16).to_bytes(2, "little") for at in range(0, len(halves), 4)
    )

    field, _ = _find(architecture, _padded(code), address)

    assert (field.kind, field.target) == (kind, target)


@pytest.mark.parametrize(("architecture", "word", "address", "kind", "target"), KNOWN_WORDS)
def test_a_known_instruction_is_understood(
    architecture: int, word: int, address: int, kind: int, target: int
) -> None:
    field, _ = _find(architecture, _padded(word.to_bytes(4, "little")), address)

    assert (field.kind, field.target) == (kind, target)


def test_adrp_and_add_are_one_reference_in_two_fields() -> None:
    adrp, add = (0x90000000).to_bytes(4, "little"), (0x91048C00).to_bytes(4, "little")
    first = bytes(LOOK_BEHIND) + adrp + add
    second = bytes(LOOK_BEHIND - 4) + adrp + add

    high, _ = _find(ArchitectureNumber.AARCH64, first.ljust(CODE_BYTES, b"\0"), 0x5000)
    low, _ = _find(ArchitectureNumber.AARCH64, second.ljust(CODE_BYTES, b"\0"), 0x5004)

    assert (high.kind, low.kind) == (10, 11)
    assert high.target == low.target == 0x5123


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@settings(max_examples=300, deadline=None)
@given(code=st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES), address=st.integers(0, 2**20))
def test_writing_a_target_where_it_was_changes_nothing(
    architecture: int, code: bytes, address: int
) -> None:
    address &= ~3
    field, _ = _find(architecture, code, address)
    if field.kind == 0:
        return
    written = ffi.new("uint8_t[8]", code[LOOK_BEHIND : LOOK_BEHIND + 8])

    lib.ad_write_target(
        architecture, ffi.new("struct ad_instruction *", field), written, address, field.target
    )

    assert bytes(written)[: field.length] == code[LOOK_BEHIND : LOOK_BEHIND + field.length]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@settings(max_examples=300, deadline=None)
@given(
    code=st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES),
    moved=st.integers(-64, 64),
    target_moved=st.integers(-8, 8),
)
def test_a_call_can_be_moved_and_still_read(
    architecture: int, code: bytes, moved: int, target_moved: int
) -> None:
    address = 0x4000_0000
    field, _ = _find(architecture, code, address)
    if field.kind not in (1, 2) or not 0x3FF0_0000 < field.target < 0x4010_0000:
        return
    holder = ffi.new("struct ad_instruction *", field)
    written = ffi.new("uint8_t[8]", code[LOOK_BEHIND : LOOK_BEHIND + 8])
    new_address = address + 4 * moved
    new_target = field.target + 4 * target_moved

    lib.ad_write_target(architecture, holder, written, new_address, new_target)
    read = ffi.new("uint32_t *")

    if lib.ad_read_target(architecture, holder, written, new_address, read):
        assert read[0] == new_target
