"""HTTP/1.1 range requests (RFC 9110 section 14): requests and response headers as they are sent.

What a server adds differs; these are the headers that a range response cannot do without, and
those that every server of the kind sends.
"""

from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError

_DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
"""RFC 9110's fixed-length form: any date has this many characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeDownload:
    """The fixed parts of a download in ranges."""

    host: str
    path: str
    resource_bytes: int
    etag: str = ""
    """Quoted by HTTP; without one a range cannot be resumed safely."""
    keep_alive: bool = True

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ImpossibleValueError("path", f"{self.path!r} does not begin with a slash")

    def request(self, first: int, last: int) -> bytes:
        """Return the GET for bytes `first` to `last`, both included.

        Raises:
            ImpossibleValueError: not a range of the resource.
        """
        self._check(first, last)
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {self.host}",
            f"Range: bytes={first}-{last}",
        ]
        if self.etag:
            lines.append(f'If-Range: "{self.etag}"')
        if not self.keep_alive:
            lines.append("Connection: close")
        return _message(lines)

    def response_header(self, first: int, last: int) -> bytes:
        """Return everything of the response but the range itself."""
        self._check(first, last)
        lines = [
            "HTTP/1.1 206 Partial Content",
            "Content-Type: application/octet-stream",
            f"Content-Length: {last - first + 1}",
            f"Content-Range: bytes {first}-{last}/{self.resource_bytes}",
            "Accept-Ranges: bytes",
            f"Date: {_DATE}",
        ]
        if self.etag:
            lines.append(f'ETag: "{self.etag}"')
        if not self.keep_alive:
            lines.append("Connection: close")
        return _message(lines)

    def _check(self, first: int, last: int) -> None:
        if not 0 <= first <= last < self.resource_bytes:
            raise ImpossibleValueError(
                "range", f"{first}-{last} is not within {self.resource_bytes} bytes"
            )


def _message(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
