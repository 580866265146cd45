"""A web server on the loopback that serves one file, by the rules or against them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


@dataclass
class Behaviour:
    """What the server does; tests change it between requests."""

    content: bytes
    etag: str | None = '"one"'
    cut_after: int | None = None
    """Bytes of a body after which the connection breaks."""
    ignores_range: bool = False
    range_starts_earlier_by: int = 0
    status: int | None = None
    """Answer with this and no body."""
    total: str | None = None
    """What to claim as the size of the whole behind a range."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The headers of every request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: ClassVar[Behaviour]

    def do_GET(self) -> None:
        b = self.behaviour
        b.asked.append(dict(self.headers.items()))
        if b.status is not None:
            self._head(b.status, 0, {})
            return
        start = self._start(b)
        if start is None:
            self._send(200, b.content, {})
        elif start >= len(b.content):
            self._head(416, 0, {"Content-Range": f"bytes */{len(b.content)}"})
        else:
            start -= b.range_starts_earlier_by
            total = b.total or str(len(b.content))
            span = f"bytes {start}-{len(b.content) - 1}/{total}"
            self._send(206, b.content[start:], {"Content-Range": span})

    def _start(self, b: Behaviour) -> int | None:
        asked = self.headers.get("Range")
        if asked is None or b.ignores_range or self.headers.get("If-Range") != b.etag:
            return None
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _head(self, status: int, size: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        if self.behaviour.etag is not None:
            self.send_header("ETag", self.behaviour.etag)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(body), headers)
        cut = self.behaviour.cut_after
        self.wfile.write(body if cut is None else body[:cut])
        if cut is not None and cut < len(body):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Keep quiet."""


@contextmanager
def range_server(behaviour: Behaviour) -> Iterator[str]:
    """Serve on a free port; gives the file's URL."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/file.suit"
    finally:
        server.shutdown()
        server.server_close()
