import pytest

from device_apply.appliers.sources import BytesSource, SourceReader
from device_apply.errors import ApplyFailed, FormatError


@pytest.mark.parametrize(("offset", "size"), [(-1, 1), (0, 5), (5, 0), (3, 2), (0, -1)])
def test_a_read_outside_the_bytes_fails(offset: int, size: int) -> None:
    with pytest.raises(ApplyFailed):
        BytesSource(b"abcd").read(offset, size)


def test_a_read_inside_the_bytes_is_exact() -> None:
    source = BytesSource(b"abcd")

    assert source.read(0, 4) == b"abcd"
    assert source.read(1, 2) == b"bc"
    assert source.read(4, 0) == b""


def test_a_reader_stays_in_its_range() -> None:
    reader = SourceReader(BytesSource(b"abcdef"), 1, 5)

    assert reader.peek(2) == b"bc"
    assert reader.read(3) == b"bcd"
    assert reader.read_up_to(100) == b"e"
    assert reader.remaining == 0
    with pytest.raises(FormatError, match="1 bytes early"):
        reader.read(1)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 5), (5, None)])
def test_a_range_outside_the_payload_is_rejected(start: int, end: int | None) -> None:
    with pytest.raises(FormatError):
        SourceReader(BytesSource(b"abcd"), start, end)


def test_unread_bytes_are_rejected_at_the_end() -> None:
    reader = SourceReader(BytesSource(b"abcd"))
    reader.read(3)

    with pytest.raises(FormatError, match="1 bytes after its end"):
        reader.finish()
