from io import BytesIO

import detools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.appliers.hdiff_sections import read_hdiff_number
from device_apply.appliers.sources import SourceReader
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    decode,
    detools_number,
    firmware_pair,
    hdiff_number,
    hdiff_patch,
    payload_of,
    to_lzma,
)

HDIFFPATCH = PayloadFormat.DETOOLS_HDIFFPATCH
BASE = bytes(range(100))


def cover(distance: int, literals: int, size: int) -> bytes:
    first = hdiff_number(abs(distance), tag=int(distance < 0), tag_bits=1)
    return first + hdiff_number(literals) + hdiff_number(size)


def run(kind: int, length: int) -> bytes:
    return hdiff_number(length - 1, tag=kind, tag_bits=2)


ZEROS = run(0, 10)


def apply(
    covers: list[bytes],
    controls: bytes = ZEROS,
    run_bytes: bytes = b"",
    literals: bytes = b"",
    count: int | None = None,
) -> bytes:
    sections = (b"".join(covers), controls, run_bytes, literals)
    patch = hdiff_patch(sections, len(covers) if count is None else count, 100, 10)
    return decode(HDIFFPATCH, patch, BASE, 10)


def test_the_hand_made_patch_that_the_attacks_start_from_is_valid() -> None:
    covers = [cover(70, 2, 3), cover(-60, 1, 3)]
    controls = run(0, 2) + run(1, 3) + run(2, 2) + run(3, 2) + run(0, 1)
    expected = b"ab" + bytes([69, 70, 71]) + b"c" + bytes([13 + 9, 14 + 1, 15 + 2]) + b"d"

    assert apply(covers, controls, b"\x09\x01\x02", b"abcd") == expected


@given(base=st.binary(max_size=300), new=st.binary(min_size=1, max_size=300))
def test_patches_of_detools_decode_to_the_new_image(base: bytes, new: bytes) -> None:
    assert decode(HDIFFPATCH, payload_of(HDIFFPATCH, base, new), base, len(new)) == new


@pytest.mark.parametrize("seed", range(4))
def test_patches_of_images_decode_as_detools_own_applier_decodes_them(seed: int) -> None:
    base, new = firmware_pair(20_000, seed)
    patch = payload_of(HDIFFPATCH, base, new)
    expected = BytesIO()
    detools.apply_patch(BytesIO(base), BytesIO(patch), expected)

    assert decode(HDIFFPATCH, patch, base, len(new)) == expected.getvalue() == new


@pytest.mark.parametrize("distance", [-1, 101, 1 << 60, -(1 << 60)])
def test_a_cover_outside_the_base_image_fails(distance: int) -> None:
    with pytest.raises(ApplyFailed, match="seeks to"):
        apply([cover(distance, 0, 10)])


def test_a_cover_that_runs_past_the_base_image_fails() -> None:
    with pytest.raises(ApplyFailed, match="of the base image"):
        apply([cover(95, 0, 10)])


@pytest.mark.parametrize(
    ("literals", "size"), [(11, 0), (0, 11), (4, 7), (1 << 40, 0), (0, 1 << 62)]
)
def test_a_cover_past_the_new_image_is_rejected(literals: int, size: int) -> None:
    with pytest.raises(FormatError, match="are left"):
        apply([cover(0, literals, size)], literals=bytes(20))


@pytest.mark.parametrize("count", [2, 1 << 40])
def test_fewer_covers_than_declared_are_rejected(count: int) -> None:
    with pytest.raises(FormatError):
        apply([cover(0, 0, 10)], count=count)


def test_covers_that_cover_nothing_end_after_a_bounded_number() -> None:
    with pytest.raises(FormatError, match="more instructions"):
        apply([cover(0, 0, 0)] * 1000)


@pytest.mark.parametrize(
    ("controls", "run_bytes", "literals", "extra_covers"),
    [
        (ZEROS + run(0, 1), b"", b"", b""),
        (run(0, 11), b"", b"", b""),
        (run(0, 1 << 60), b"", b"", b""),
        (ZEROS, b"\1", b"", b""),
        (ZEROS, b"", b"x", b""),
        (ZEROS, b"", b"", cover(0, 0, 0)),
    ],
    ids=["controls", "long-run", "endless-run", "run-bytes", "literals", "covers"],
)
def test_a_section_that_goes_on_after_the_new_image_is_rejected(
    controls: bytes, run_bytes: bytes, literals: bytes, extra_covers: bytes
) -> None:
    with pytest.raises(FormatError):
        apply([cover(0, 0, 10), extra_covers], controls, run_bytes, literals, count=1)


@pytest.mark.parametrize("controls", [b"", run(0, 9), run(2, 10), run(3, 10)])
def test_a_run_length_code_that_ends_early_is_rejected(controls: bytes) -> None:
    with pytest.raises(FormatError, match="early"):
        apply([cover(0, 0, 10)], controls)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"\x00", 0), (b"\x7f", 127), (b"\x81\x00", 128), (b"\xff\x7f", 16383)],
)
def test_numbers_are_most_significant_first(data: bytes, expected: int) -> None:
    assert read_hdiff_number(SourceReader(BytesSource(data))) == expected
    assert hdiff_number(expected) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80\x00", "longer than it needs"),
        (b"\x80\x7f", "longer than it needs"),
        (b"\x80\x80\x01", "longer than it needs"),
        (b"\x81" * 100_000, "more than 63 bits"),
        (b"\xff" * 9 + b"\x7f", "more than 63 bits"),
        (b"\x81", "early"),
    ],
)
def test_a_number_that_is_overlong_or_unterminated_is_rejected(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_hdiff_number(SourceReader(BytesSource(data)))


@pytest.mark.parametrize("declared", [0, 2, 1 << 40])
def test_literals_that_do_not_fill_what_the_covers_leave_are_rejected(declared: int) -> None:
    patch = b"HDIFF13&\0" + b"".join(
        hdiff_number(number) for number in (10, 100, 1, 3, 0, 1, 0, 0, 0, declared, 0)
    )
    patch += cover(0, 0, 9) + ZEROS + b"x"
    payload = b"\x21" + detools_number(10) + detools_number(len(patch)) + to_lzma(patch)

    with pytest.raises(FormatError, match="do not fill"):
        decode(HDIFFPATCH, payload, BASE, 10)


def header(magic: bytes, numbers: list[int]) -> bytes:
    patch = magic + b"".join(hdiff_number(number) for number in numbers)
    return b"\x21" + detools_number(10) + detools_number(len(patch)) + to_lzma(patch)


@pytest.mark.parametrize(
    ("magic", "numbers", "message"),
    [
        (b"HDIFF13&zlib\0", [10, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0], "plain HDIFF13"),
        (b"HDIFFSF20\0", [10, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0], "plain HDIFF13"),
        (b"HDIFF13&\0", [11, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0], "is for 11 bytes"),
        (b"HDIFF13&\0", [10, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0], "base image of 99"),
        (b"HDIFF13&\0", [10, 100, 0, 1 << 40, 0, 0, 0, 0, 0, 0, 0], "out of proportion"),
        (b"HDIFF13&\0", [10, 100, 0, 0, 0, 1 << 62, 0, 1 << 62, 0, 0, 0], "out of proportion"),
        (b"HDIFF13&\0", [10, 100, 0, 5, 3, 0, 0, 0, 0, 0, 0], "compressed by itself"),
    ],
)
def test_a_header_that_does_not_fit_is_rejected(
    magic: bytes, numbers: list[int], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        decode(HDIFFPATCH, header(magic, numbers), BASE, 10)


def test_needs_count_the_sections_that_are_held() -> None:
    patch = hdiff_patch((cover(0, 0, 10), ZEROS, b"", b""), 1, 100, 10)
    lzma_bytes = (8 << 20) + 76 + 2 * (1846 + 768 * 8)

    needs = applier_for(HDIFFPATCH).needs(BytesSource(patch), 100, 10)
    assert needs.ram_bytes == lzma_bytes + 3 + 1 + 1812
