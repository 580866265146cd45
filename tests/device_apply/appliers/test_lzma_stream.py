import lzma
import random
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.appliers.byte_stream import PIECE_BYTES
from device_apply.appliers.lzma_stream import LzmaHeader, useful_dictionary_bytes
from device_apply.errors import FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import decode, instruction, sequential_patch

FULL_LZMA = PayloadFormat.FULL_LZMA


def compress(data: bytes, dict_size: int = 4096, lc: int = 3, lp: int = 0, pb: int = 2) -> bytes:
    lzma1 = {"id": lzma.FILTER_LZMA1, "dict_size": dict_size, "lc": lc, "lp": lp, "pb": pb}
    return lzma.compress(data, format=lzma.FORMAT_ALONE, filters=[lzma1])


@given(
    st.binary(min_size=1, max_size=500),
    st.sampled_from([(lc, lp) for lp in range(5) for lc in range(5 - lp)]),
    st.integers(0, 4),
)
def test_streams_of_all_settings_are_decoded(
    data: bytes, literal: tuple[int, int], pb: int
) -> None:
    payload = compress(data, lc=literal[0], lp=literal[1], pb=pb)

    assert decode(FULL_LZMA, payload, b"", len(data)) == data
    header = LzmaHeader.from_bytes(payload[: LzmaHeader.SIZE])
    assert (header.literal_context_bits, header.literal_position_bits) == literal


@pytest.mark.parametrize("declared_bytes", [5, 6, 4])
def test_a_stream_that_declares_its_size_must_have_the_new_images(declared_bytes: int) -> None:
    payload = compress(b"hello")
    payload = payload[:5] + struct.pack("<Q", declared_bytes) + payload[13:]

    if declared_bytes == 5:
        assert decode(FULL_LZMA, payload, b"", 5) == b"hello"
    else:
        with pytest.raises(FormatError):
            decode(FULL_LZMA, payload, b"", 5)


@pytest.mark.parametrize("dictionary_bytes", [4097, 1 << 20, 0xFFFF_FFFF])
@pytest.mark.parametrize(
    "payload_format", [FULL_LZMA, PayloadFormat.DETOOLS_SEQUENTIAL_LZMA], ids=["full", "detools"]
)
def test_a_dictionary_bomb_is_refused_before_memory_is_taken(
    payload_format: PayloadFormat, dictionary_bytes: int
) -> None:
    if payload_format is FULL_LZMA:
        payload, at = bytearray(compress(bytes(10))), 1
    else:
        if dictionary_bytes <= 8 << 20:
            dictionary_bytes += 8 << 20
        patch = sequential_patch(payload_format, instruction(10, bytes(10), 0, b"", 0), 10)
        payload, at = bytearray(patch), 3
    struct.pack_into("<I", payload, at, dictionary_bytes)

    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="over the limit"):
            decode(payload_format, bytes(payload), bytes(10), 10)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_decompression_bomb_is_left_in_its_box() -> None:
    bomb = compress(bytes(50_000_000))
    assert len(bomb) < 10_000

    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="goes on"):
            decode(FULL_LZMA, bomb, b"", 1000)
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("properties", [225, 255, 8, 4 + 9 * 1])
def test_properties_out_of_range_are_rejected(properties: int) -> None:
    payload = bytes([properties]) + compress(b"hello")[1:]

    with pytest.raises(FormatError, match="properties"):
        decode(FULL_LZMA, payload, b"", 5)


@pytest.mark.parametrize("size", [0, 1, 12])
def test_a_header_that_is_cut_off_is_rejected(size: int) -> None:
    with pytest.raises(FormatError, match="cut off"):
        applier_for(FULL_LZMA).needs(BytesSource(compress(b"hello")[:size]), 0, 5)


@pytest.mark.parametrize("extra", [b"\0", b"garbage", compress(b"second stream")])
def test_bytes_after_the_end_are_rejected(extra: bytes) -> None:
    with pytest.raises(FormatError, match="after the end"):
        decode(FULL_LZMA, compress(b"hello") + extra, b"", 5)


def test_bytes_after_an_end_that_fills_the_last_piece_are_rejected() -> None:
    noise = random.Random(1).randbytes(2 * PIECE_BYTES)
    sizes = (size for size in range(len(noise)) if not len(compress(noise[:size])) % PIECE_BYTES)
    size = next(sizes)
    payload = compress(noise[:size])

    assert decode(FULL_LZMA, payload, b"", size) == noise[:size]
    with pytest.raises(FormatError, match="after the end"):
        decode(FULL_LZMA, payload + b"\0", b"", size)


def test_needs_of_the_largest_literal_setting_are_what_was_measured() -> None:
    header = LzmaHeader.from_bytes(compress(b"x", lc=4)[:13])

    assert header.ram_bytes == 28_344 + 4096


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 4096), (1, 4096), (4096, 4096), (4097, 8192), (320_016, 524_288), (524_288, 524_288)],
)
def test_the_useful_dictionary_just_spans_the_image(size: int, expected: int) -> None:
    assert useful_dictionary_bytes(size) == expected
