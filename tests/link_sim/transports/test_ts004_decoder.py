"""The decoder: what it solves, what real ones cannot, and what a wrong version does."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.lora.ciphers import data_block_key, data_block_mic
from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_block import Block
from link_sim.transports.ts004_decoder import (
    LORAMAC_NODE,
    LORAMAC_NODE_2022,
    UNLIMITED,
    Decoder,
    DecoderLimits,
    DecoderState,
    decoder_ram_bytes,
    max_lost_in_ram,
)

versions = st.sampled_from(Version)


def block_of(size_bytes: int, fragment_bytes: int, seed: int = 1) -> Block:
    return Block.from_bytes(random.Random(seed).randbytes(size_bytes), fragment_bytes)


def send(
    block: Block,
    decoder: Decoder,
    server_version: Version,
    lost: set[int],
    coded: int = 0,
) -> None:
    """Send every data fragment and then coded ones until the device is done, but for `lost`."""
    for number in range(1, len(block.fragments) + coded + 1):
        if number not in lost:
            decoder.receive(number, block.fragment(number, server_version))


@given(st.binary(min_size=1, max_size=600), st.integers(1, 60))
def test_a_block_gives_back_what_was_cut(data: bytes, fragment_bytes: int) -> None:
    block = Block.from_bytes(data, fragment_bytes)

    assert block.data == data
    assert {len(fragment) for fragment in block.fragments} == {fragment_bytes}


@given(st.integers(2, 60), versions, st.integers(0, 2**32), st.floats(0, 0.5))
def test_what_is_complete_is_the_block(
    count: int, version: Version, seed: int, loss: float
) -> None:
    rng = random.Random(seed)
    block = block_of(count * 7, 7, seed)
    decoder = Decoder(count, version)
    numbers = list(range(1, 2 * count + 20))
    rng.shuffle(numbers)  # an unlimited decoder takes them in any order

    for number in numbers:
        if rng.random() >= loss:
            decoder.receive(number, block.fragment(number, version))

    if decoder.state is DecoderState.COMPLETE:
        assert tuple(decoder.fragments()) == block.fragments
    else:
        assert len(decoder.missing()) > 0


def test_100_kb_at_20_percent_loss_decodes() -> None:
    fragment_bytes = 239
    block = block_of(100_000, fragment_bytes)
    decoder = Decoder(len(block.fragments), Version.V2)
    rng = random.Random(5)

    number = 0
    while decoder.state is DecoderState.RECEIVING and number < 1000:
        number += 1
        if rng.random() >= 0.2:
            decoder.receive(number, block.fragment(number, Version.V2))

    assert decoder.state is DecoderState.COMPLETE
    assert b"".join(decoder.fragments())[:100_000] == block.data
    assert number < len(block.fragments) * 1.35


def test_100_kb_of_small_fragments_at_20_percent_loss_decodes_too() -> None:
    block = block_of(100_000, 48)
    decoder = Decoder(len(block.fragments), Version.V1)
    rng = random.Random(6)

    send(block, decoder, Version.V1, {n for n in range(1, 2700) if rng.random() < 0.2}, coded=600)

    assert b"".join(decoder.fragments())[:100_000] == block.data


def test_a_version_1_device_under_a_version_2_server_fails_at_the_first_loss() -> None:
    block = block_of(1000, 48)
    undisturbed, unlucky = (Decoder(len(block.fragments), Version.V1) for _ in range(2))

    send(block, undisturbed, Version.V2, lost=set(), coded=10)
    send(block, unlucky, Version.V2, lost={7}, coded=10)

    assert tuple(undisturbed.fragments()) == block.fragments
    assert unlucky.state is DecoderState.COMPLETE  # it believes so
    assert tuple(unlucky.fragments()) != block.fragments


def test_the_mic_of_version_2_shows_a_block_that_was_decoded_wrongly() -> None:
    block = block_of(1000, 48)
    decoder = Decoder(len(block.fragments), Version.V1)
    send(block, decoder, Version.V2, lost={7}, coded=10)
    key = data_block_key(bytes(range(16)))

    def mic(data: bytes) -> bytes:
        return data_block_mic(key, data, session_count=1, session_index=0, descriptor=bytes(4))

    assert mic(b"".join(decoder.fragments())[:1000]) != mic(block.data)


def test_a_decoder_without_room_for_what_was_lost_fails_for_good() -> None:
    block = block_of(21 * 48, 48)
    decoder = Decoder(21, Version.V1, LORAMAC_NODE)

    send(block, decoder, Version.V1, lost={1, 2, 3, 4, 5, 6}, coded=50)

    assert decoder.state is DecoderState.OUT_OF_MEMORY
    with pytest.raises(ValueError, match="out of memory"):
        decoder.fragments()


def test_a_decoder_with_just_enough_room_succeeds() -> None:
    block = block_of(21 * 48, 48)
    decoder = Decoder(21, Version.V1, LORAMAC_NODE)

    send(block, decoder, Version.V1, lost={1, 2, 3, 4, 5}, coded=50)

    assert tuple(decoder.fragments()) == block.fragments


def test_loramac_node_ignores_fragments_that_arrive_late() -> None:
    block = block_of(5 * 48, 48)
    strict, tolerant = Decoder(5, Version.V1, LORAMAC_NODE), Decoder(5, Version.V1, UNLIMITED)

    for decoder in (strict, tolerant):
        for number in (1, 3, 2, 4, 5):
            decoder.receive(number, block.fragment(number, Version.V1))

    assert tolerant.state is DecoderState.COMPLETE
    assert list(strict.missing()) == [1]


def test_loramac_node_before_2022_needed_a_coded_fragment_even_without_loss() -> None:
    block = block_of(5 * 48, 48)
    older = Decoder(5, Version.V1, LORAMAC_NODE_2022)

    send(block, older, Version.V1, lost=set())
    before = older.state
    older.receive(6, block.fragment(6, Version.V1))

    assert (before, older.state) == (DecoderState.RECEIVING, DecoderState.COMPLETE)


def test_a_repeated_fragment_changes_nothing() -> None:
    block = block_of(3 * 10, 10)
    decoder = Decoder(3, Version.V2)

    for _ in range(2):
        decoder.receive(1, block.fragments[0])
        decoder.receive(4, block.fragment(4, Version.V2))

    assert list(decoder.missing()) == [1, 2]


@given(st.integers(0, 5000), st.integers(1, 300), st.integers(1, 242))
def test_the_largest_number_of_lost_fragments_is_the_largest_that_fits(
    extra_bytes: int, fragments: int, fragment_bytes: int
) -> None:
    ram_bytes = decoder_ram_bytes(fragments, fragment_bytes, 0) + extra_bytes

    lost = max_lost_in_ram(ram_bytes, fragments, fragment_bytes)

    assert decoder_ram_bytes(fragments, fragment_bytes, lost) <= ram_bytes
    assert lost == fragments or decoder_ram_bytes(fragments, fragment_bytes, lost + 1) > ram_bytes


def test_a_device_without_ram_for_any_decoder_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="ram_bytes"):
        max_lost_in_ram(100, 100, 48)


@pytest.mark.parametrize("count", [0, 16_384])
def test_blocks_that_ts004_cannot_number_are_refused(count: int) -> None:
    with pytest.raises(ImpossibleValueError):
        Decoder(count, Version.V2)
    with pytest.raises(ImpossibleValueError):
        Block.from_bytes(bytes(count), 1)


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="max_lost"):
        DecoderLimits(max_lost=-1)
