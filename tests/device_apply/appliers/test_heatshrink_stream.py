import heatshrink2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers import BytesSource, applier_for
from device_apply.appliers.byte_stream import PIECE_BYTES
from device_apply.appliers.heatshrink_stream import HeatshrinkHeader, HeatshrinkStream
from device_apply.appliers.sources import SourceReader
from device_apply.errors import ApplyFailed, FormatError
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.appliers.payloads import decode

SETTINGS = [(w, look) for w in range(4, 16) for look in range(3, w)]


def encode(data: bytes, window_bits: int, lookahead_bits: int) -> bytes:
    header = HeatshrinkHeader(window_bits=window_bits, lookahead_bits=lookahead_bits)
    body = heatshrink2.encode(data, window_sz2=window_bits, lookahead_sz2=lookahead_bits)
    return bytes([header.to_byte(), *body])


def read_all(encoded: bytes, size: int, piece: int = 1000) -> bytes:
    stream = HeatshrinkStream(SourceReader(BytesSource(encoded)))
    data = b"".join(stream.read(min(piece, size - start)) for start in range(0, size, piece))
    stream.finish()
    return data


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.integers(1, 200)), min_size=1),
    st.sampled_from(SETTINGS),
    st.integers(1, 700),
)
def test_what_heatshrink_encodes_is_decoded_in_pieces_of_any_size(
    parts: list[tuple[bytes, int]], settings: tuple[int, int], piece: int
) -> None:
    data = b"".join(chunk * count for chunk, count in parts)

    assert read_all(encode(data, *settings), len(data), piece) == data


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_header_survives_a_round_trip(settings: tuple[int, int]) -> None:
    header = HeatshrinkHeader(window_bits=settings[0], lookahead_bits=settings[1])

    assert HeatshrinkHeader.from_byte(header.to_byte()) == header


INVALID_HEADERS = [
    byte for byte in range(256) if ((byte >> 4) + 4, (byte & 15) + 3) not in set(SETTINGS)
]


@pytest.mark.parametrize("byte", INVALID_HEADERS)
def test_a_window_or_look_ahead_out_of_range_is_rejected(byte: int) -> None:
    payload = bytes([byte]) + bytes(20)

    with pytest.raises(FormatError, match="out of range"):
        decode(PayloadFormat.FULL_HEATSHRINK, payload, b"", 10)
    with pytest.raises(FormatError, match="out of range"):
        applier_for(PayloadFormat.FULL_HEATSHRINK).needs(BytesSource(payload), 0, 10)


def bits(*fields: tuple[int, int]) -> bytes:
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def test_a_reference_before_the_first_byte_reads_zeros_never_stale_memory() -> None:
    literal = (1, 1), (0x41, 8)
    far_back = (0, 1), (255, 8), (15, 4)
    encoded = b"\x41" + bits(*literal, *far_back)

    for _ in range(3):
        assert read_all(encoded, 17) == b"A" + bytes(16)
    assert heatshrink2.decode(encoded[1:], window_sz2=8, lookahead_sz2=4) == b"A" + bytes(16)


def test_a_reference_into_what_it_writes_itself_repeats() -> None:
    assert read_all(b"\x41" + bits((1, 1), (7, 8), (0, 1), (0, 8), (15, 4)), 17) == b"\x07" * 17


@pytest.mark.parametrize("extra", [b"\0", b"\xff", b"\x80\0"])
def test_bytes_after_the_end_are_rejected(extra: bytes) -> None:
    with pytest.raises(FormatError, match="goes on"):
        read_all(encode(b"hello", 8, 4) + extra, 5)


def test_bytes_after_an_end_that_fills_the_last_piece_are_rejected() -> None:
    # nine bits for each literal and thirteen for a reference to the last one
    literals = (PIECE_BYTES * 8 - 13) // 9
    encoded = b"\x41" + bits(*[(1, 1), (0x41, 8)] * literals, (0, 1), (0, 8), (0, 4))
    size = literals + 1
    assert len(encoded) == 1 + PIECE_BYTES

    assert read_all(encoded, size) == b"A" * size
    with pytest.raises(FormatError, match="goes on"):
        read_all(encoded + b"\0", size)


def test_fill_bits_that_are_not_zero_are_rejected() -> None:
    encoded = bytearray(encode(b"hello", 8, 4))
    encoded[-1] |= 1

    with pytest.raises(FormatError, match="zero bits"):
        read_all(bytes(encoded), 5)


def test_a_last_reference_longer_than_the_new_image_is_rejected() -> None:
    with pytest.raises(FormatError, match="goes on"):
        read_all(encode(b"a" * 40, 8, 4), 39)


def test_a_bomb_is_cut_at_the_size_of_the_new_image() -> None:
    bomb = b"\xbb" + bytes(4000)  # window 15, look-ahead 14: every 30 zero bits are 1 zero byte
    bomb_of_long_runs = b"\xbb" + bits(*([(0, 1), (0, 15), (16383, 14)] * 1000))

    for payload in (bomb, bomb_of_long_runs):
        with pytest.raises((FormatError, ApplyFailed)):
            decode(PayloadFormat.FULL_HEATSHRINK, payload, b"", 500)


def test_an_empty_payload_is_rejected() -> None:
    with pytest.raises(FormatError, match="missing"):
        decode(PayloadFormat.FULL_HEATSHRINK, b"", b"", 1)


def test_needs_follow_the_window_in_the_header() -> None:
    applier = applier_for(PayloadFormat.FULL_HEATSHRINK)

    for window_bits in (8, 11, 15):
        payload = encode(b"hello", window_bits, 4)
        assert applier.needs(BytesSource(payload), 0, 5).ram_bytes == 2**window_bits + 50
