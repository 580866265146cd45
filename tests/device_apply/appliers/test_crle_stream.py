import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.appliers.crle_stream import CrleStream
from device_apply.appliers.sources import BytesSource, SourceReader
from device_apply.errors import FormatError
from tests.device_apply.appliers.payloads import to_crle


def stream(encoded: bytes) -> CrleStream:
    return CrleStream(SourceReader(BytesSource(encoded)))


@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.integers(1, 400)), min_size=1),
    st.integers(1, 50),
)
def test_what_detools_encodes_is_decoded_in_pieces_of_any_size(
    parts: list[tuple[bytes, int]], piece: int
) -> None:
    data = b"".join(chunk * count for chunk, count in parts)
    decoder = stream(to_crle(data))

    decoded = b"".join(
        decoder.read(min(piece, len(data) - start)) for start in range(0, len(data), piece)
    )
    decoder.finish()
    assert decoded == data


def test_a_run_longer_than_what_is_wanted_is_rejected_at_the_end() -> None:
    decoder = stream(b"\x01" + b"\xff" * 8 + b"\x7f" + b"A")

    assert decoder.read(3) == b"AAA"
    with pytest.raises(FormatError, match="longer than the new image"):
        decoder.finish()


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        (b"\x00\x00", "empty"),
        (b"\x01\x00A", "empty"),
        (b"\x02\x01A", "kind 2"),
        (b"\x00\x81\x00A", "more bytes than it needs"),
        (b"\x01\x80\x80\x00A", "more bytes than it needs"),
        (b"\x01" + b"\xff" * 9 + b"\x01A", "more than 63 bits"),
        (b"\x01" + b"\x80" * 100_000, "more than 63 bits"),
        (b"\x00\x05AB", "early"),
        (b"\x01\x85", "early"),
        (b"\x01\x05", "early"),
        (b"\x00", "early"),
        (b"", "early"),
    ],
)
def test_a_malformed_segment_is_rejected(encoded: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        stream(encoded).read(4)


def test_a_stream_of_empty_segments_ends_at_the_first() -> None:
    with pytest.raises(FormatError, match="empty"):
        stream(b"\x00\x00" * 1_000_000).read(1)
