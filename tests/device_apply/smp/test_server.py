"""The SMP server over a simulated device: uploads as clients send them, and as nobody should."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError
from device_apply.lifecycle import LifecycleState
from device_apply.smp.frame import Operation, ReturnCode, SmpHeader
from device_apply.smp.server import (
    ECHO,
    IMAGE_GROUP,
    MAX_FRAME_BYTES,
    OS_GROUP,
    PARAMETERS,
    UPLOAD,
    SmpServer,
)
from device_apply.smp.text_map import Value, decode_map, encode_map
from device_apply.wire.envelope import MAX_HEAD_BYTES
from tests.device_apply.small_device import booted_device, full_update

UPDATE = full_update()
PACKAGE = UPDATE.head + UPDATE.payload


def frame(
    group: int,
    command: int,
    body: Mapping[str, Value],
    operation: Operation = Operation.WRITE,
) -> bytes:
    encoded = encode_map(body)
    header = SmpHeader(
        operation=operation,
        version=1,
        body_bytes=len(encoded),
        group=group,
        sequence=7,
        command=command,
    )
    return header.to_bytes() + encoded


def piece(offset: int, data: bytes, total_bytes: int | None = None) -> bytes:
    """Return an upload request; the first one says how long the file is."""
    body: dict[str, Value] = {"off": offset, "data": data}
    return frame(IMAGE_GROUP, UPLOAD, body if total_bytes is None else {**body, "len": total_bytes})


def ask(server: SmpServer, request: bytes) -> dict[str, Value]:
    (response,) = server.receive(request)
    return decode_map(response[SmpHeader.SIZE :])


def upload_requests(package: bytes, size: int, first: int = 0) -> Iterator[bytes]:
    for offset in range(first, len(package), size):
        total_bytes = len(package) if offset == 0 else None
        yield piece(offset, package[offset : offset + size], total_bytes)


class TestUpload:
    @pytest.mark.parametrize("size", [1, 100, 256, 1000])
    def test_a_package_in_pieces_of_any_size_reaches_the_device(self, size: int) -> None:
        device = booted_device()
        server = SmpServer(device)

        answers = [ask(server, request) for request in upload_requests(PACKAGE, size)]

        assert [answer["off"] for answer in answers] == [
            min(offset + size, len(PACKAGE)) for offset in range(0, len(PACKAGE), size)
        ]
        assert device.state.lifecycle is LifecycleState.DOWNLOADED

    def test_bytes_at_another_offset_are_dropped_and_the_right_one_is_told(self) -> None:
        server = SmpServer(booted_device())
        ask(server, piece(0, PACKAGE[:100], len(PACKAGE)))

        for offset in (40, 250):
            answer = ask(server, piece(offset, bytes(20)))
            assert answer == {"rc": ReturnCode.OK, "off": 100}

    def test_after_a_reset_the_upload_begins_anew_and_jumps_over_what_flash_holds(self) -> None:
        device = booted_device()
        before = SmpServer(device)
        for request in list(upload_requests(PACKAGE, 200))[:8]:
            ask(before, request)
        stored = len(UPDATE.payload) // 256 + 1 - len(device.missing())
        after = SmpServer(device)

        told = ask(after, piece(1600, bytes(200)))
        again = ask(after, piece(0, PACKAGE[:300], len(PACKAGE)))

        assert told == {"rc": ReturnCode.OK, "off": 0}
        assert stored > 2
        assert again["off"] == len(UPDATE.head) + 256 * stored

    def test_a_package_that_the_device_does_not_want_ends_with_its_reason(self) -> None:
        device = booted_device()
        server = SmpServer(device)
        stale = full_update(security_counter=1)
        package = stale.head + stale.payload

        answer = ask(server, piece(0, package[:900], len(package)))
        further = ask(server, piece(900, package[900:1000]))

        assert answer["rc"] == ReturnCode.ACCESS_DENIED
        assert "counter" in str(answer["rsn"])
        assert further == {"rc": ReturnCode.OK, "off": 0}
        assert device.state.lifecycle is LifecycleState.IDLE

    def test_a_file_that_is_no_package_is_refused_once_a_head_would_be_whole(self) -> None:
        server = SmpServer(booted_device())
        junk = bytes(2 * MAX_HEAD_BYTES)
        pieces = -(-MAX_HEAD_BYTES // 1000)

        answers = [ask(server, request) for request in list(upload_requests(junk, 1000))[:pieces]]

        codes = [answer["rc"] for answer in answers]
        assert codes == [ReturnCode.OK] * (pieces - 1) + [ReturnCode.INVALID]

    def test_more_bytes_than_announced_are_refused(self) -> None:
        server = SmpServer(booted_device())

        answer = ask(server, piece(0, PACKAGE[:100], 50))

        assert answer["rc"] == ReturnCode.INVALID

    @pytest.mark.parametrize(
        "body",
        [
            {"off": 0, "data": b"x"},
            {"off": 0, "data": b"x", "len": 0},
            {"off": 0, "data": b"x", "len": True},
            {"off": False, "data": b"x", "len": 1},
            {"off": 0, "data": "x", "len": 1},
            {"data": b"x", "len": 1},
            {},
        ],
    )
    def test_a_request_without_what_it_needs_is_invalid(self, body: dict[str, Value]) -> None:
        answer = ask(SmpServer(booted_device()), frame(IMAGE_GROUP, UPLOAD, body))

        assert answer["rc"] == ReturnCode.INVALID


class TestFrames:
    def test_an_echo_and_the_parameters_are_answered(self) -> None:
        server = SmpServer(booted_device())

        assert ask(server, frame(OS_GROUP, ECHO, {"d": "hello"})) == {"r": "hello"}
        assert ask(server, frame(OS_GROUP, PARAMETERS, {}, Operation.READ))["buf_size"] == 2048

    def test_a_response_repeats_what_the_request_is_known_by(self) -> None:
        (response,) = SmpServer(booted_device()).receive(frame(OS_GROUP, ECHO, {"d": ""}))
        header = SmpHeader.from_bytes(response)

        assert header.operation is Operation.WRITE_RESPONSE
        assert (header.version, header.group, header.sequence, header.command) == (1, 0, 7, 0)
        assert header.body_bytes == len(response) - SmpHeader.SIZE

    def test_frames_arrive_byte_by_byte_and_several_at_once(self) -> None:
        server = SmpServer(booted_device())
        requests = frame(OS_GROUP, ECHO, {"d": "a"}) + frame(OS_GROUP, ECHO, {"d": "b"})

        at_once = server.receive(requests)
        piecemeal = [answer for byte in requests for answer in server.receive(bytes([byte]))]

        assert len(at_once) == 2
        assert piecemeal == at_once

    def test_what_is_not_supported_is_said_to_be(self) -> None:
        answer = ask(SmpServer(booted_device()), frame(OS_GROUP, 5, {}))

        assert answer == {"rc": ReturnCode.NOT_SUPPORTED}

    def test_a_frame_beyond_the_buffer_is_dropped_and_the_next_one_answered(self) -> None:
        server = SmpServer(booted_device())
        too_large = SmpHeader(
            operation=Operation.WRITE,
            version=1,
            body_bytes=MAX_FRAME_BYTES,
            group=0,
            sequence=0,
            command=0,
        )

        assert server.receive(too_large.to_bytes()) == []
        assert ask(server, frame(OS_GROUP, ECHO, {"d": "x"})) == {"r": "x"}

    def test_responses_are_not_answered(self) -> None:
        request = frame(OS_GROUP, ECHO, {"r": "x"}, Operation.WRITE_RESPONSE)

        assert SmpServer(booted_device()).receive(request) == []

    @given(st.lists(st.binary(max_size=40), max_size=8))
    def test_no_bytes_disturb_the_server(self, pieces: list[bytes]) -> None:
        server = SmpServer(booted_device())

        for piece in pieces:
            for response in server.receive(piece):
                assert SmpHeader.from_bytes(response).operation % 2 == 1

    @given(st.binary(max_size=12))
    def test_a_header_survives_its_bytes(self, data: bytes) -> None:
        try:
            header = SmpHeader.from_bytes(data)
        except FormatError:
            return

        assert SmpHeader.from_bytes(header.to_bytes()) == header
