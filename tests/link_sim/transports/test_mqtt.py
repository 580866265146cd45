"""MQTT packet sizes."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports.mqtt import (
    Encoding,
    FileStream,
    publish_bytes,
    remaining_length_bytes,
)


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (2_097_151, 3), (2_097_152, 4)],
)
def test_the_length_takes_a_byte_per_seven_bits(remaining: int, expected: int) -> None:
    assert remaining_length_bytes(remaining) == expected


def test_a_publish_packet_is_header_topic_and_payload() -> None:
    # 30 07 | 00 03 a/b | hi
    assert publish_bytes("a/b", 2, acknowledged=False) == len(bytes.fromhex("300700036123626869"))
    assert publish_bytes("a/b", 2, acknowledged=True) == 11


def test_json_makes_a_block_a_third_larger_and_cbor_does_not() -> None:
    sizes = {
        encoding: FileStream(thing="t", stream="s", block_bytes=8192, encoding=encoding).data_bytes(
            3, 8192
        )
        for encoding in Encoding
    }

    assert sizes[Encoding.JSON] > 8192 * 4 / 3
    assert sizes[Encoding.CBOR] < 8192 + 80


def test_a_request_has_the_same_size_for_one_block_and_for_nine() -> None:
    stream = FileStream(thing="t", stream="s", block_bytes=1024, encoding=Encoding.JSON)

    assert stream.request_bytes(0, 1) == stream.request_bytes(0, 9)


@pytest.mark.parametrize("block_bytes", [255, 131_073])
def test_blocks_that_the_service_does_not_have_are_refused(block_bytes: int) -> None:
    with pytest.raises(ImpossibleValueError, match="block_bytes"):
        FileStream(thing="t", stream="s", block_bytes=block_bytes)


def test_a_packet_that_cannot_be_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="payload_bytes"):
        remaining_length_bytes(268_435_456)
