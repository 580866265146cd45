"""TS004 message bytes against published vectors."""

from dataclasses import replace

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports.ts004 import (
    SETUP_ANSWER_BYTES,
    SessionSetup,
    Version,
    index_and_n,
    status_answer_spread_s,
)

INTEROP = SessionSetup(
    session_index=0,
    multicast_groups=0,
    fragments=21,
    fragment_bytes=48,
    block_ack_delay=0,
    algorithm=0,
    padding_bytes=13,
    descriptor=bytes(4),
)


def test_the_set_up_of_the_interop_session_equals_the_published_bytes() -> None:
    assert INTEROP.encode_v1().hex() == "0200150030000d00000000"


def test_each_version_says_how_long_its_set_up_request_is() -> None:
    v2 = INTEROP.encode_v2(session_count=1, mic=bytes(4), ack_reception=False)

    assert Version.V1.setup_request_bytes == len(INTEROP.encode_v1())
    assert Version.V2.setup_request_bytes == len(v2)
    assert len(v2) > SETUP_ANSWER_BYTES


def test_version_2_flags_the_acknowledgement_of_reception() -> None:
    plain = INTEROP.encode_v2(session_count=1, mic=bytes(4), ack_reception=False)
    flagged = INTEROP.encode_v2(session_count=1, mic=bytes(4), ack_reception=True)

    assert [a ^ b for a, b in zip(plain, flagged, strict=True)] == [0] * 5 + [0x40] + [0] * 11


def test_index_and_n_packs_two_and_fourteen_bits() -> None:
    assert index_and_n(1, 1000).hex() == "e843"
    assert index_and_n(3, 16_383).hex() == "ffff"


@pytest.mark.parametrize(("index", "number"), [(4, 1), (-1, 1), (0, 16_384)])
def test_what_index_and_n_cannot_hold_is_refused(index: int, number: int) -> None:
    with pytest.raises(ImpossibleValueError):
        index_and_n(index, number)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session_index", 4),
        ("multicast_groups", 16),
        ("fragments", 16_384),
        ("fragment_bytes", 256),
        ("block_ack_delay", 8),
        ("algorithm", 8),
        ("padding_bytes", 256),
        ("descriptor", b"abc"),
    ],
)
def test_what_a_field_cannot_hold_is_refused(field: str, value: object) -> None:
    with pytest.raises(ImpossibleValueError):
        replace(INTEROP, **{field: value})  # type: ignore[arg-type] # wrong values on purpose


def test_status_answers_spread_over_sixteen_seconds_and_more() -> None:
    assert status_answer_spread_s(0) == 16.0
    assert status_answer_spread_s(7) == 2048.0
