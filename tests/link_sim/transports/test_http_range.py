"""HTTP range requests against a real server's parser, and their sizes."""

import http.client
import io

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports.http_range import RangeDownload

DOWNLOAD = RangeDownload(host="h.example", path="/fw", resource_bytes=100_000, etag="abc")


class _Wire:
    """What http.client reads a response from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def test_a_response_header_is_what_pythons_client_understands() -> None:
    header = DOWNLOAD.response_header(1000, 1099)

    response = http.client.HTTPResponse(_Wire(header + bytes(100)))  # type: ignore[arg-type]  # quacks like a socket
    response.begin()

    assert response.status == 206
    assert response.headers["Content-Range"] == "bytes 1000-1099/100000"
    assert response.headers["ETag"] == '"abc"'
    assert response.read() == bytes(100)


def test_a_request_names_its_range_and_the_version_that_it_continues() -> None:
    assert DOWNLOAD.request(0, 4095) == (
        b'GET /fw HTTP/1.1\r\nHost: h.example\r\nRange: bytes=0-4095\r\nIf-Range: "abc"\r\n\r\n'
    )


def test_larger_ranges_spend_fewer_header_bytes() -> None:
    def overhead(range_bytes: int) -> int:
        starts = range(0, 100_000, range_bytes)
        return sum(
            len(DOWNLOAD.request(start, min(start + range_bytes, 100_000) - 1)) for start in starts
        )

    assert overhead(16_384) < overhead(4096) / 3


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 4), (0, 100_000)])
def test_a_range_outside_the_resource_is_refused(first: int, last: int) -> None:
    with pytest.raises(ImpossibleValueError, match="range"):
        DOWNLOAD.request(first, last)


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ImpossibleValueError, match="path"):
        RangeDownload(host="h", path="fw", resource_bytes=1)
