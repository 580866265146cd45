"""CoAP sizes at the borders of its encodings, and the timers of RFC 7252."""

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports.coap import BlockDownload, RetransmissionTimers, block_count


def download(block_bytes: int = 64, path: str = "fw") -> BlockDownload:
    return BlockDownload(path=path, block_bytes=block_bytes, etag_bytes=4)


def test_the_default_timers_have_the_consequences_that_rfc_7252_states() -> None:
    timers = RetransmissionTimers()

    assert timers.max_transmit_span_s == 45
    assert timers.max_transmit_wait_s == 93


@pytest.mark.parametrize(
    ("number", "request_bytes"),
    [(0, 13), (15, 13), (16, 14), (4095, 14), (4096, 15), (1_048_575, 15)],
)
def test_a_block_number_takes_another_byte_every_twelfth_bit(
    number: int, request_bytes: int
) -> None:
    assert download().request_bytes(number) == request_bytes


def test_block_zero_of_sixteen_bytes_is_an_option_without_value() -> None:
    assert download(block_bytes=16).request_bytes(0) == 12
    assert download(block_bytes=16).request_bytes(1) == 13


def test_each_path_segment_is_an_option() -> None:
    assert download(path="5/0/0").request_bytes(0) == 16


@pytest.mark.parametrize(("length", "option_bytes"), [(12, 13), (13, 15), (268, 270), (269, 272)])
def test_a_long_path_segment_has_an_extended_length(length: int, option_bytes: int) -> None:
    header, block2 = 4 + 4, 2

    assert download(path="p" * length).request_bytes(0) == header + option_bytes + block2


def test_a_response_without_etag_is_five_bytes_shorter() -> None:
    bare = BlockDownload(path="fw", block_bytes=64)

    assert download().response_overhead_bytes(0) == 17
    assert bare.response_overhead_bytes(0) == 12


@pytest.mark.parametrize("block_bytes", [0, 8, 100, 2048])
def test_a_block_size_that_coap_does_not_have_is_refused(block_bytes: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^block_bytes: "):
        download(block_bytes)


@pytest.mark.parametrize("number", [-1, 1 << 20])
def test_a_block_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^block_num: "):
        download().request_bytes(number)


def test_a_last_block_that_is_not_full_counts() -> None:
    assert [block_count(size, 64) for size in (1, 64, 65)] == [1, 1, 2]
