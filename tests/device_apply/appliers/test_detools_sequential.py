from io import BytesIO

import detools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    SEQUENTIAL,
    decode,
    detools_number,
    instruction,
    payload_of,
    sequential_patch,
)

BASE = bytes(range(100))
FORMATS = pytest.mark.parametrize("payload_format", SEQUENTIAL)


def apply(payload_format: PayloadFormat, instructions: bytes, new_size: int = 10) -> bytes:
    patch = sequential_patch(payload_format, instructions, new_size)
    return decode(payload_format, patch, BASE, new_size)


def oracle(base: bytes, patch: bytes) -> bytes:
    new = BytesIO()
    detools.apply_patch(BytesIO(base), BytesIO(patch), new)
    return new.getvalue()


@FORMATS
def test_the_hand_made_patch_that_the_attacks_start_from_is_valid(
    payload_format: PayloadFormat,
) -> None:
    instructions = instruction(4, b"\0\0\0\1", 2, b"ab", 50) + instruction(4, bytes(4), 0, b"", 0)
    expected = b"\0\1\2\4ab" + bytes([54, 55, 56, 57])

    assert apply(payload_format, instructions) == expected
    assert oracle(BASE, sequential_patch(payload_format, instructions, 10)) == expected


@FORMATS
@given(base=st.binary(max_size=300), new=st.binary(min_size=1, max_size=300))
def test_patches_of_detools_decode_as_its_own_applier_decodes_them(
    payload_format: PayloadFormat, base: bytes, new: bytes
) -> None:
    patch = payload_of(payload_format, base, new)

    assert decode(payload_format, patch, base, len(new)) == oracle(base, patch)


@FORMATS
@pytest.mark.parametrize(("copy_add", "insert"), [(-4, 0), (4, -2), (-(1 << 62), 0)])
def test_a_negative_length_is_rejected(
    payload_format: PayloadFormat, copy_add: int, insert: int
) -> None:
    with pytest.raises(FormatError, match="negative length"):
        apply(payload_format, instruction(copy_add, bytes(4), insert, bytes(4), 0))


@FORMATS
@pytest.mark.parametrize(
    ("copy_add", "insert"), [(11, 0), (4, 7), (4, 1 << 31), ((1 << 62) + 1, 0)]
)
def test_lengths_that_sum_past_the_new_image_are_rejected_before_memory_is_taken(
    payload_format: PayloadFormat, copy_add: int, insert: int
) -> None:
    with pytest.raises(FormatError, match="are left"):
        apply(payload_format, instruction(copy_add, bytes(4), insert, bytes(64), 0))


@FORMATS
@pytest.mark.parametrize("seek", [-6, 97, 1 << 62, -(1 << 62)])
def test_a_seek_outside_the_base_image_fails(payload_format: PayloadFormat, seek: int) -> None:
    with pytest.raises(ApplyFailed, match="seeks to"):
        apply(payload_format, instruction(5, bytes(5), 0, b"", seek))


@FORMATS
def test_a_copy_that_runs_past_the_base_image_fails(payload_format: PayloadFormat) -> None:
    instructions = instruction(1, b"\0", 0, b"", 95) + instruction(9, bytes(9), 0, b"", 0)

    with pytest.raises(ApplyFailed, match="of the base image"):
        apply(payload_format, instructions)


@pytest.mark.parametrize(
    "number",
    [b"\x80\x00", b"\x8a\x00", b"\x8a\x80\x00", b"\x40", b"\xc0\x00", b"\xff" * 9 + b"\x7f"],
    ids=["zero", "padded", "padded-twice", "minus-zero", "padded-minus-zero", "over-63-bits"],
)
@FORMATS
def test_a_number_in_another_than_its_shortest_form_is_rejected(
    payload_format: PayloadFormat, number: bytes
) -> None:
    with pytest.raises(FormatError, match="detools number"):
        apply(payload_format, number + bytes(30))


@FORMATS
def test_a_number_without_an_end_is_rejected_after_63_bits(payload_format: PayloadFormat) -> None:
    with pytest.raises(FormatError, match="over 63 bits"):
        apply(payload_format, b"\x81" * 100_000)
    with pytest.raises(FormatError, match="over 63 bits"):
        decode(payload_format, bytes([SEQUENTIAL[payload_format][0]]) + b"\x81" * 99, BASE, 10)


@FORMATS
def test_instructions_that_do_nothing_end_after_a_bounded_number(
    payload_format: PayloadFormat,
) -> None:
    with pytest.raises(FormatError, match="more instructions"):
        apply(payload_format, bytes(3 * 200_000))


@FORMATS
def test_instructions_that_end_early_are_rejected(payload_format: PayloadFormat) -> None:
    with pytest.raises(FormatError):
        apply(payload_format, instruction(5, bytes(5), 0, b"", 0))


@FORMATS
@pytest.mark.parametrize("extra", [b"\0", bytes(200_000)], ids=["one-byte", "bomb"])
def test_a_stream_that_goes_on_after_the_new_image_is_rejected(
    payload_format: PayloadFormat, extra: bytes
) -> None:
    with pytest.raises(FormatError):
        apply(payload_format, instruction(10, bytes(10), 0, b"", 0) + extra)


@FORMATS
def test_a_data_format_patch_is_rejected(payload_format: PayloadFormat) -> None:
    first_byte, compress = SEQUENTIAL[payload_format]
    body = detools_number(5) + bytes(50)
    patch = bytes([first_byte]) + detools_number(10) + compress(body)

    with pytest.raises(FormatError, match="data formats"):
        decode(payload_format, patch, BASE, 10)


@FORMATS
@pytest.mark.parametrize("declared", [9, 11, -10, 1 << 40])
def test_another_image_size_is_rejected_at_the_header(
    payload_format: PayloadFormat, declared: int
) -> None:
    instructions = instruction(10, bytes(10), 0, b"", 0)

    with pytest.raises(FormatError, match=r"is for|is negative"):
        decode(payload_format, sequential_patch(payload_format, instructions, declared), BASE, 10)


@FORMATS
@pytest.mark.parametrize("first_byte", [0x00, 0x03, 0x11, 0x21, 0x81, 0x0F])
def test_another_type_or_compression_is_rejected(
    payload_format: PayloadFormat, first_byte: int
) -> None:
    patch = sequential_patch(payload_format, instruction(10, bytes(10), 0, b"", 0), 10)

    with pytest.raises(FormatError, match="detools"):
        decode(payload_format, bytes([first_byte]) + patch[1:], BASE, 10)


def test_needs_are_detools_own_plus_the_decompressor_by_its_header() -> None:
    instructions = instruction(10, bytes(10), 0, b"", 0)

    def ram_bytes(payload_format: PayloadFormat, patch: bytes | None = None) -> int:
        patch = patch or sequential_patch(payload_format, instructions, 10)
        return applier_for(payload_format).needs(BytesSource(patch), 100, 10).ram_bytes

    stack_bytes = 1812
    # the measured states of the C applier, which was built with a heatshrink window of 256 bytes
    assert ram_bytes(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE) == 128 + stack_bytes
    heatshrink = PayloadFormat.DETOOLS_SEQUENTIAL_HEATSHRINK
    assert ram_bytes(heatshrink) == 640 + stack_bytes
    assert ram_bytes(heatshrink, b"\x04\x0a\x74\0") == 640 - 256 + 2048 + stack_bytes
    lzma = ram_bytes(PayloadFormat.DETOOLS_SEQUENTIAL_LZMA)
    assert lzma == 112 + stack_bytes + (8 << 20) + 76 + 2 * (1846 + 768 * 8)
