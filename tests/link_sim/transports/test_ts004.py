"""TS004 message bytes against published vectors."""

from dataclasses import replace

import pytest

from link_sim.crosscheck.interop_file import INTEROP_FILE
from link_sim.errors import ImpossibleValueError
from link_sim.transports.ts004 import (
    SETUP_ANSWER_BYTES,
    SessionSetup,
    Version,
    index_and_n,
    status_answer_spread_s,
)
from link_sim.transports.ts004_block import Block

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


@pytest.mark.parametrize(
    ("number", "logged"),
    [
        (
            1,
            (
                "6ab8004d25182f5865896baf34e007ab6a8e2433ccf750b1dfe4160a2be0196b"
                "f488b050afd505bffcbf48c91a72e84b"
            ),
        ),
        (21, "fdd5b2ea0a127959ef7d8ae472e04146548c38ab2418de3c62928613dff3cf4887578d" + 26 * "0"),
        (
            24,
            (
                "0707851ce1e8b331eeb6e955f7d2388308fb5667059446a68c24d9d97b8b86b3"
                "f46643a91f79767772f40f864226a1b0"
            ),
        ),
        (
            25,
            (
                "155528ff7c8993c128e0afb9dd359d065a79202082ba4e184b0c8e6d6451376c"
                "f9b6a29354c8a18286eec806adbc68ac"
            ),
        ),
        (
            26,
            (
                "75a373ed4e3c271fee011670c358d019bf9719edb319a89fcfa83bcea080e2e1"
                "c1646ec4dfddb641c0c11618af105cd7"
            ),
        ),
    ],
)
def test_the_fragments_of_the_interop_session_are_those_that_devices_logged(
    number: int, logged: str
) -> None:
    """From LoRaMac-node's readme of fuota-test-01; 22 and 23 are among the cross-check cases."""
    block = Block.from_bytes(INTEROP_FILE, INTEROP.fragment_bytes)

    assert block.fragment(number, Version.V1).hex() == logged


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
