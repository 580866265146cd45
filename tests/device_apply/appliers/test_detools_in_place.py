from io import BytesIO

import detools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import (
    decode,
    firmware_pair,
    in_place_patch,
    instruction,
)

IN_PLACE = PayloadFormat.DETOOLS_IN_PLACE
BASE = bytes(range(100))
COPY = b"\0" + instruction(10, bytes(10), 0, b"", 0)
"""One segment: no data format, copy ten bytes from where the window starts."""


def apply(memory: tuple[int, int, int], body: bytes = COPY, base_size: int = 100) -> bytes:
    return decode(IN_PLACE, in_place_patch(memory, base_size, 10, body), BASE, 10)


def in_memory(base: bytes, patch: bytes, memory_size: int) -> bytes:
    """Apply as a device does: inside one memory."""
    memory = BytesIO(base.ljust(memory_size, b"\xff"))
    size = detools.apply_patch_in_place(memory, BytesIO(patch))
    return memory.getvalue()[:size]


def create(base: bytes, new: bytes, memory_size: int, compression: str, shift: int = 256) -> bytes:
    patch = BytesIO()
    detools.create_patch(
        BytesIO(base),
        BytesIO(new),
        patch,
        compression=compression,
        patch_type="in-place",
        memory_size=memory_size,
        segment_size=256,
        minimum_shift_size=shift,
        use_mmap=False,
    )
    return patch.getvalue()


@pytest.mark.parametrize("compression", ["lzma", "crle", "heatshrink"])
@pytest.mark.parametrize("memory_size", [3072, 3328, 4096, 65536])
@pytest.mark.parametrize("shift", [0, 256, 512])
def test_the_window_model_gives_what_a_real_single_memory_gives(
    compression: str, memory_size: int, shift: int
) -> None:
    base, new = firmware_pair(3000)
    patch = create(base, new, memory_size, compression, shift)

    decoded = decode(IN_PLACE, patch, base, len(new))
    assert decoded == new == in_memory(base, patch, memory_size)


@given(st.binary(max_size=700), st.binary(min_size=1, max_size=700))
def test_any_pair_decodes_as_in_a_real_single_memory(base: bytes, new: bytes) -> None:
    patch = create(base, new, 1024, "heatshrink")

    decoded = decode(IN_PLACE, patch, base, len(new))
    assert decoded == new == in_memory(base, patch, 1024)


def test_the_hand_made_patch_that_the_attacks_start_from_is_valid() -> None:
    # segment 16, shift 8: the segment overwrites what the first 8 bytes were moved to
    assert apply((200, 16, 8)) == BASE[8:18]


def test_a_read_of_what_the_segment_already_overwrote_fails() -> None:
    back = b"\0" + instruction(0, b"", 0, b"", -1) + instruction(10, bytes(10), 0, b"", 0)

    with pytest.raises(ApplyFailed, match="seeks to 7"):
        apply((200, 16, 8), back)


def test_a_read_of_what_an_earlier_segment_overwrote_fails() -> None:
    back = b"\0" + instruction(5, bytes(5), 0, b"", 0)
    again = b"\0" + instruction(0, b"", 0, b"", -1) + instruction(5, bytes(5), 0, b"", 0)

    with pytest.raises(ApplyFailed, match="seeks to 1"):
        apply((200, 5, 8), back + again)


def test_what_the_shift_pushes_out_of_the_memory_cannot_be_read() -> None:
    far = b"\0" + instruction(0, b"", 0, b"", 40) + instruction(10, bytes(10), 0, b"", 0)
    assert apply((200, 16, 64), far) == BASE[40:50]

    with pytest.raises(ApplyFailed, match="read up to 46"):
        apply((110, 16, 64), far)


def test_a_segment_size_of_zero_is_rejected() -> None:
    with pytest.raises(FormatError, match="segment size is zero"):
        apply((200, 0, 8))


@pytest.mark.parametrize("memory", [(200, 16, 201), (200, 16, 1 << 40), (9, 16, 8), (0, 16, 0)])
def test_a_memory_that_holds_no_shift_or_no_new_image_is_rejected(
    memory: tuple[int, int, int],
) -> None:
    with pytest.raises(FormatError, match="holds no"):
        apply(memory)


@pytest.mark.parametrize("memory", [(-200, 16, 8), (200, -16, 8), (200, 16, -8)])
def test_a_negative_memory_number_is_rejected(memory: tuple[int, int, int]) -> None:
    with pytest.raises(FormatError, match="is negative"):
        apply(memory)


@pytest.mark.parametrize("base_size", [99, 101, 1 << 50])
def test_a_patch_for_a_base_image_of_another_size_is_rejected(base_size: int) -> None:
    with pytest.raises(FormatError, match="base image of"):
        apply((200, 16, 8), base_size=base_size)


def test_an_instruction_that_runs_past_its_segment_is_rejected() -> None:
    with pytest.raises(FormatError, match="where 5 are left"):
        apply((200, 5, 8))


def test_segments_of_one_byte_are_decoded() -> None:
    segment = b"\0" + instruction(0, b"", 1, b"x", 0)

    assert apply((200, 1, 8), segment * 10) == b"x" * 10


def test_needs_count_the_memory_beyond_the_images() -> None:
    patch = in_place_patch((200, 16, 8), 100, 10, COPY)

    needs = applier_for(IN_PLACE).needs(BytesSource(patch), 100, 10)
    assert needs.scratch_flash_bytes == 100
    assert needs.ram_bytes == 680 + 1812
