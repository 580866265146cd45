import bz2
import struct

import bsdiff4
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import bsdiff_patch, decode

BASE = bytes(range(100))


def apply(patch: bytes, new_size: int = 10) -> bytes:
    return decode(PayloadFormat.BSDIFF4, patch, BASE, new_size)


def test_the_hand_made_patch_that_the_attacks_start_from_is_valid() -> None:
    patch = bsdiff_patch([(4, 2, 50), (4, 0, 0)], b"\0\0\0\1" * 2, b"ab", 10)

    assert apply(patch) == b"\0\1\2\4ab" + bytes([54, 55, 56, 58]) == bsdiff4.patch(BASE, patch)


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=300))
def test_patches_of_bsdiff4_decode_as_its_own_applier_decodes_them(base: bytes, new: bytes) -> None:
    patch = bsdiff4.diff(base, new)

    assert decode(PayloadFormat.BSDIFF4, patch, base, len(new)) == bsdiff4.patch(base, patch)


@pytest.mark.parametrize("control", [(-4, 2, 0), (4, -2, 0), (-(1 << 62), 0, 0)])
def test_a_negative_length_is_rejected(control: tuple[int, int, int]) -> None:
    with pytest.raises(FormatError, match="negative length"):
        apply(bsdiff_patch([control], bytes(10), bytes(10), 10))


@pytest.mark.parametrize("control", [(11, 0, 0), (4, 7, 0), (4, 1 << 31, 0), ((1 << 63) - 1, 9, 0)])
def test_lengths_that_sum_past_the_new_image_are_rejected_before_memory_is_taken(
    control: tuple[int, int, int],
) -> None:
    with pytest.raises(FormatError, match="are left"):
        apply(bsdiff_patch([control], bytes(64), bytes(64), 10))


@pytest.mark.parametrize("seek", [-6, 97, 1 << 62, -(1 << 62)])
def test_a_seek_outside_the_base_image_fails(seek: int) -> None:
    with pytest.raises(ApplyFailed, match="seeks to"):
        apply(bsdiff_patch([(5, 0, seek), (5, 0, 0)], bytes(10), b"", 10))


def test_a_copy_that_runs_past_the_base_image_fails() -> None:
    with pytest.raises(ApplyFailed, match="of the base image"):
        apply(bsdiff_patch([(1, 0, 95), (9, 0, 0)], bytes(10), b"", 10))


def test_instructions_that_do_nothing_end_after_a_bounded_number() -> None:
    bomb = bsdiff_patch([(0, 0, 0)] * 200_000, b"", b"", 10)
    assert len(bomb) < 1000

    with pytest.raises(FormatError, match="more instructions"):
        apply(bomb)


@pytest.mark.parametrize("controls", [[(5, 0, 0)], []], ids=["too-few", "none"])
def test_instructions_that_end_early_are_rejected(controls: list[tuple[int, int, int]]) -> None:
    with pytest.raises(FormatError, match="ends 24 bytes early"):
        apply(bsdiff_patch(controls, bytes(10), b"", 10))


@pytest.mark.parametrize(
    ("controls", "differences", "literals"),
    [
        ([(10, 0, 0), (0, 0, 0)], bytes(10), b""),
        ([(10, 0, 0)], bytes(11), b""),
        ([(10, 0, 0)], bytes(10), b"x"),
    ],
    ids=["control", "differences", "literals"],
)
def test_a_stream_that_goes_on_after_the_new_image_is_rejected(
    controls: list[tuple[int, int, int]], differences: bytes, literals: bytes
) -> None:
    with pytest.raises(FormatError, match="goes on"):
        apply(bsdiff_patch(controls, differences, literals, 10))


def test_a_decompression_bomb_is_left_in_its_box() -> None:
    bomb = bsdiff_patch([(10, 0, 0)], bytes(30_000_000), b"", 10)
    assert len(bomb) < 1000

    with pytest.raises(FormatError, match="goes on"):
        apply(bomb)


def test_a_second_bzip2_stream_behind_the_first_is_rejected() -> None:
    patch = bsdiff_patch([(10, 0, 0)], bytes(10), b"", 10)

    with pytest.raises(FormatError, match="after the end"):
        apply(patch + bz2.compress(b""))


@pytest.mark.parametrize(
    "magic", [b"BSDIFF41", b"ENDSLEY/BSDIFF43"[:8], b"BSDIFFXX", b"BSDF2\0\0\0"]
)
def test_another_dialect_of_bsdiff_is_rejected(magic: bytes) -> None:
    with pytest.raises(FormatError, match="starts with"):
        apply(magic + bsdiff_patch([(10, 0, 0)], bytes(10), b"", 10)[8:])


@pytest.mark.parametrize("field", [8, 16])
@pytest.mark.parametrize("value", [1 << 63 | 5, 1 << 62, 4000])
def test_header_sizes_that_leave_the_payload_are_rejected(field: int, value: int) -> None:
    patch = bytearray(bsdiff_patch([(10, 0, 0)], bytes(10), b"", 10))
    struct.pack_into("<Q", patch, field, value)

    with pytest.raises(FormatError):
        apply(bytes(patch))


def test_another_image_size_is_rejected_at_the_header() -> None:
    with pytest.raises(FormatError, match="is for 11 bytes, not for 10"):
        apply(bsdiff_patch([(10, 0, 0)], bytes(10), b"", 11))


def test_needs_follow_the_block_sizes_in_the_streams() -> None:
    patch = bsdiff_patch([(10, 0, 0)], bytes(10), b"", 10)
    applier = applier_for(PayloadFormat.BSDIFF4)

    assert applier.needs(BytesSource(patch), 100, 10).ram_bytes == 3 * 500_000
    with_large_block = patch[:32] + patch[32:].replace(b"BZh1", b"BZh9", 1)
    assert applier.needs(BytesSource(with_large_block), 100, 10).ram_bytes == 4_700_000
    with pytest.raises(FormatError, match="not a bzip2 stream"):
        applier.needs(BytesSource(patch[:32] + b"BZh0" + patch[36:]), 100, 10)
