"""Downloading one file over HTTP, resumable, from servers that may answer anything.

A file that did not arrive completely stays beside its place as `NAME.part`, with the strong ETag of
the server in `NAME.etag`. It is continued with `Range` and `If-Range` (RFC 9110, 13.1.5 and 14),
and only if the answer is the very range that was asked for: bytes of two different files are never
joined. The digest decides in the end, so what a server or a mirror claims is never believed.
"""

import hashlib
import re
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from device_apply.gateway.errors import DownloadFailed, RepositoryRejected

_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_PIECE_BYTES: Final = 64 * 1024
_OK, _PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE = 200, 206, 416


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """A file that is expected: signed metadata names its size and digest."""

    url: str
    size: int
    sha256: bytes
    path: Path
    """Where it goes when it is complete and right."""

    @property
    def part(self) -> Path:
        """What arrived so far."""
        return self.path.with_name(self.path.name + ".part")

    @property
    def etag(self) -> Path:
        """The validator of what arrived so far."""
        return self.path.with_name(self.path.name + ".etag")


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """When to give up for now."""

    attempts: int = 5
    """Connections in a row after which no more of the file is there than before."""
    connections: int = 100
    """Connections in all: a server that gives a byte each time cannot hold us for ever."""
    timeout_s: float = 30.0
    """Without a byte, and for the connection itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How a download went."""

    path: Path
    bytes_received: int
    """Over the network, in this call; less than the file's size if it was resumed."""
    connections: int


class HttpClient(Protocol):
    """The one function that is needed of an HTTP library."""

    def get(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        """Ask for a URL; the body is read as it arrives.

        Raises:
            urllib3.exceptions.HTTPError: no answer.
        """
        ...


class PooledClient:
    """Plain urllib3: redirects are followed, nothing is tried again, no content is unpacked."""

    def __init__(self, limits: DownloadLimits) -> None:
        """Take the timeouts from `limits`."""
        self._pool = PoolManager(
            timeout=Timeout(connect=limits.timeout_s, read=limits.timeout_s),
            retries=Retry(total=None, connect=0, read=0, redirect=3, status=0, other=0),
        )

    def get(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        """Ask for a URL, without a content encoding: ranges count the file's own bytes."""
        asked = {"Accept-Encoding": "identity", **headers}
        return self._pool.request("GET", url, headers=asked, preload_content=False)


@dataclass(slots=True)
class _Progress:
    received: int = 0
    connections: int = 0
    fruitless: int = 0
    best: int = 0
    reason: str = field(default="no attempt was made")


def download(
    wanted: WantedFile,
    client: HttpClient,
    limits: DownloadLimits = DownloadLimits(),
) -> Fetched:
    """Fetch a file, continuing where an earlier call stopped.

    Raises:
        DownloadFailed: the server does not give it; what arrived is kept.
        RepositoryRejected: a complete file arrived twice that is not the one that is wanted.
    """
    progress = _Progress()
    rejected = 0
    while True:
        while _have(wanted) < wanted.size:
            if progress.fruitless >= limits.attempts or progress.connections >= limits.connections:
                raise DownloadFailed(f"{wanted.url}: {progress.reason}; try again later")
            _attempt(wanted, client, progress)
        if _digest(wanted.part) == wanted.sha256:
            break
        _discard(wanted)
        rejected += 1
        if rejected > 1:
            raise RepositoryRejected(
                f"{wanted.url}: the server's file is not the one that the repository's keys vouch"
                " for; nothing was kept"
            )
    wanted.part.replace(wanted.path)
    wanted.etag.unlink(missing_ok=True)
    return Fetched(
        path=wanted.path, bytes_received=progress.received, connections=progress.connections
    )


def _attempt(wanted: WantedFile, client: HttpClient, progress: _Progress) -> None:
    """Make one request and keep what it brings; count it as fruitless if that is nothing."""
    start = _resumable_bytes(wanted)
    headers = {}
    if start:
        headers = {"Range": f"bytes={start}-", "If-Range": wanted.etag.read_text()}
    progress.connections += 1
    try:
        with closing(client.get(wanted.url, headers)) as response:
            _take(wanted, response, start, progress)
    except (HTTPError, OSError) as problem:
        progress.reason = f"the connection broke ({type(problem).__name__})"
    have = _have(wanted)
    progress.fruitless = 0 if have > progress.best else progress.fruitless + 1
    progress.best = max(progress.best, have)


def _take(wanted: WantedFile, response: BaseHTTPResponse, start: int, progress: _Progress) -> None:
    if response.status == _OK:
        _discard(wanted)
        _remember_validator(wanted, response)
        with wanted.part.open("wb") as file:
            _append(file, response, wanted.size, progress)
    elif response.status == _PARTIAL_CONTENT and _is_rest(response, start, wanted.size):
        with wanted.part.open("ab") as file:
            _append(file, response, wanted.size - start, progress)
    else:
        # 416, a range that was not asked for, or no file at all: what is here may be of another one
        if response.status in {_PARTIAL_CONTENT, _RANGE_NOT_SATISFIABLE}:
            _discard(wanted)
        progress.reason = f"the server answered {response.status} instead of the file"


def _append(
    file: BinaryIO, response: BaseHTTPResponse, wanted_bytes: int, progress: _Progress
) -> None:
    """Write what arrives and not one byte more than is wanted, however much there is."""
    missing = wanted_bytes
    # read1: what arrived before a connection breaks is not lost in a half-filled buffer
    while missing and (piece := response.read1(min(_PIECE_BYTES, missing))):
        file.write(piece)
        missing -= len(piece)
        progress.received += len(piece)
    progress.reason = "the connection ended early"


def _is_rest(response: BaseHTTPResponse, start: int, size: int) -> bool:
    """Whether a 206 holds exactly the bytes from `start` to the end of a file of `size` bytes."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if start == 0 or found is None:
        return False
    first, last, total = found.groups()
    return int(first) == start and int(last) == size - 1 and total in {"*", str(size)}


def _resumable_bytes(wanted: WantedFile) -> int:
    """Return how many bytes can be continued; without a validator they cannot."""
    have = _have(wanted)
    if have and wanted.etag.exists():
        return have
    _discard(wanted)
    return 0


def _remember_validator(wanted: WantedFile, response: BaseHTTPResponse) -> None:
    """Keep a strong ETag; a weak one does not promise the same bytes (RFC 9110, 8.8.1)."""
    etag = response.headers.get("ETag", "")
    if etag.startswith('"') and etag.isascii() and etag.isprintable():
        wanted.etag.write_text(etag)


def _have(wanted: WantedFile) -> int:
    with suppress(FileNotFoundError):
        return wanted.part.stat().st_size
    return 0


def _discard(wanted: WantedFile) -> None:
    wanted.part.unlink(missing_ok=True)
    wanted.etag.unlink(missing_ok=True)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
