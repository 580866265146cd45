"""Downloads over a real socket from a server that breaks off, lies, or changes its file."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_apply.gateway.errors import DownloadFailed, RepositoryRejected
from device_apply.gateway.range_download import (
    DownloadLimits,
    PooledClient,
    WantedFile,
    download,
)
from tests.device_apply.gateway.range_server import Behaviour, range_server

CONTENT = random.Random(1).randbytes(300_000)
LIMITS = DownloadLimits(attempts=3, timeout_s=5)


@pytest.fixture
def server() -> Behaviour:
    return Behaviour(CONTENT)


@pytest.fixture
def wanted(server: Behaviour, tmp_path: Path) -> Iterator[WantedFile]:
    with range_server(server) as url:
        yield WantedFile(
            url=url,
            size=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).digest(),
            path=tmp_path / "file.suit",
        )


def fetch(wanted: WantedFile) -> int:
    """Download and return the bytes that came over the network."""
    fetched = download(wanted, PooledClient(LIMITS), LIMITS)
    assert wanted.path.read_bytes() == CONTENT
    assert list(wanted.path.parent.iterdir()) == [wanted.path]
    return fetched.bytes_received


def interrupt(server: Behaviour, wanted: WantedFile, after: int) -> None:
    """Let a download get `after` bytes and then no answer any more."""
    server.cut_after = after
    with pytest.raises(DownloadFailed):
        download(wanted, PooledClient(LIMITS), DownloadLimits(attempts=1, connections=1))
    server.cut_after = None
    assert wanted.part.stat().st_size == after
    server.asked.clear()


def test_a_download_without_trouble_takes_one_request(
    server: Behaviour, wanted: WantedFile
) -> None:
    assert fetch(wanted) == len(CONTENT)
    assert len(server.asked) == 1


def test_an_interrupted_download_goes_on_where_it_stopped(
    server: Behaviour, wanted: WantedFile
) -> None:
    interrupt(server, wanted, after=100_001)

    assert fetch(wanted) == len(CONTENT) - 100_001
    assert server.asked[0]["Range"] == "bytes=100001-"
    assert server.asked[0]["If-Range"] == '"one"'


def test_breaking_off_again_and_again_costs_no_byte_twice(
    server: Behaviour, wanted: WantedFile
) -> None:
    server.cut_after = 70_000

    assert fetch(wanted) == len(CONTENT)
    assert len(server.asked) == 5


def test_a_file_that_changed_meanwhile_is_fetched_anew_and_never_spliced(
    server: Behaviour, wanted: WantedFile
) -> None:
    server.content, server.etag = bytes(len(CONTENT)), '"old"'
    interrupt(server, wanted, after=5000)
    server.content, server.etag = CONTENT, '"new"'

    assert fetch(wanted) == len(CONTENT)


def test_a_server_that_answers_200_to_a_range_is_taken_from_the_start(
    server: Behaviour, wanted: WantedFile
) -> None:
    interrupt(server, wanted, after=5000)
    server.ignores_range = True

    assert fetch(wanted) == len(CONTENT)


def test_a_range_that_begins_earlier_than_asked_is_not_appended(
    server: Behaviour, wanted: WantedFile
) -> None:
    interrupt(server, wanted, after=5000)
    server.range_starts_earlier_by = 1

    assert fetch(wanted) == len(CONTENT)


def test_a_range_of_a_file_of_another_size_is_not_appended(
    server: Behaviour, wanted: WantedFile
) -> None:
    interrupt(server, wanted, after=5000)
    server.total = str(len(CONTENT) + 1)

    assert fetch(wanted) == len(CONTENT)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_validator_it_begins_again(
    server: Behaviour, wanted: WantedFile, etag: str | None
) -> None:
    server.etag = etag
    interrupt(server, wanted, after=5000)

    assert fetch(wanted) == len(CONTENT)
    assert "Range" not in server.asked[0]


def test_a_file_that_became_shorter_is_asked_for_anew(
    server: Behaviour, wanted: WantedFile
) -> None:
    interrupt(server, wanted, after=5000)
    server.content = CONTENT[:4000]
    with pytest.raises(DownloadFailed, match=r"broke|answered 416"):
        download(wanted, PooledClient(LIMITS), LIMITS)
    server.content = CONTENT

    assert fetch(wanted) > 0


@pytest.mark.parametrize("status", [304, 403, 404, 500, 503])
def test_an_answer_that_is_no_file_keeps_what_arrived(
    server: Behaviour, wanted: WantedFile, status: int
) -> None:
    interrupt(server, wanted, after=5000)
    server.status = status

    with pytest.raises(DownloadFailed, match=f"answered {status} instead of the file"):
        download(wanted, PooledClient(LIMITS), LIMITS)

    server.status = None
    assert fetch(wanted) == len(CONTENT) - 5000


def test_a_forged_file_is_refused_after_one_more_try_and_leaves_nothing(
    server: Behaviour, wanted: WantedFile
) -> None:
    server.content = CONTENT[:-1] + b"\0"

    with pytest.raises(RepositoryRejected, match="nothing was kept"):
        download(wanted, PooledClient(LIMITS), LIMITS)

    assert len(server.asked) == 2
    assert list(wanted.path.parent.iterdir()) == []


def test_endless_data_is_cut_at_the_declared_size(server: Behaviour, wanted: WantedFile) -> None:
    server.content = CONTENT + bytes(10_000_000)

    assert fetch(wanted) == len(CONTENT)


def test_a_server_that_gives_a_byte_at_a_time_does_not_hold_us_for_ever(
    server: Behaviour, wanted: WantedFile
) -> None:
    server.cut_after = 1

    with pytest.raises(DownloadFailed, match="broke"):
        download(wanted, PooledClient(LIMITS), DownloadLimits(attempts=3, connections=20))

    assert len(server.asked) == 20


def test_nobody_there_is_told_as_such(tmp_path: Path) -> None:
    wanted = WantedFile(
        url="http://127.0.0.1:9/file", size=1, sha256=bytes(32), path=tmp_path / "file"
    )
    with pytest.raises(DownloadFailed, match="the connection broke"):
        download(wanted, PooledClient(LIMITS), LIMITS)
