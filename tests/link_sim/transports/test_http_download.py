"""A download in ranges between Python's HTTP client and server takes the bytes that we count."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from link_sim.transports.http_range import RangeDownload
from tests.link_sim.transports.taps import tcp_tap

CONTENT = bytes(range(256)) * 100
ETAG = "0123456789abcdef"


class RangeServer(BaseHTTPRequestHandler):
    """Answers range requests on a connection that stays open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"])
        assert wanted is not None
        assert self.headers["If-Range"] == f'"{ETAG}"'
        first, last = int(wanted[1]), int(wanted[2])
        body = CONTENT[first : last + 1]
        self.send_response_only(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(CONTENT)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Date", self.date_time_string(0))
        self.send_header("ETag", f'"{ETAG}"')
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_server() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), RangeServer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def download(connection: HTTPConnection, range_bytes: int) -> bytes:
    """Download range by range on one connection, asking for nothing that is not needed."""
    pieces = []
    for first in range(0, len(CONTENT), range_bytes):
        last = min(first + range_bytes, len(CONTENT)) - 1
        connection.putrequest("GET", "/fw", skip_accept_encoding=True)
        connection.putheader("Range", f"bytes={first}-{last}")
        connection.putheader("If-Range", f'"{ETAG}"')
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == HTTPStatus.PARTIAL_CONTENT
        pieces.append(response.read())
    return b"".join(pieces)


@pytest.mark.parametrize("range_bytes", [1000, 4096, 16_384, len(CONTENT)])
def test_a_download_between_python_s_own_client_and_server(range_bytes: int) -> None:
    with running_server() as server_port, tcp_tap(server_port) as tap:
        connection = HTTPConnection("127.0.0.1", tap.port, timeout=10)
        received = download(connection, range_bytes)
        connection.close()

    model = RangeDownload(
        host=f"127.0.0.1:{tap.port}", path="/fw", resource_bytes=len(CONTENT), etag=ETAG
    )
    ranges = [
        (first, min(first + range_bytes, len(CONTENT)) - 1)
        for first in range(0, len(CONTENT), range_bytes)
    ]
    assert received == CONTENT
    assert tap.up_bytes == sum(len(model.request(*one)) for one in ranges)
    assert tap.down_bytes == len(CONTENT) + sum(len(model.response_header(*one)) for one in ranges)
