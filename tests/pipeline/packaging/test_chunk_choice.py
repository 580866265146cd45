"""Chunk hashes are built where they save more than they cost, and the reason is told."""

import random
from dataclasses import replace

import pytest

from device_apply.profile_toml import builtin_profile_names, builtin_profile_text, parse_profile
from device_apply.wire.chunks import MAX_CHUNK_BYTES, MIN_HASH_BYTES, ChunkHashes
from device_apply.wire.cose import MAX_SIGNATURE_BYTES, CoseAlgorithm
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.payload_format import PayloadFormat
from pipeline.errors import InputError
from pipeline.packaging.chunk_choice import (
    COMPARE_COSTS,
    HEAD_WITH_HASHES_BYTES,
    ChunkWish,
    choose_chunks,
    chunk_hashes,
)
from tests.device_apply.small_device import manifest_for, seal

HEAD_BYTES = 259
MOST_HASHES = (HEAD_WITH_HASHES_BYTES - HEAD_BYTES) // MIN_HASH_BYTES
LOSSY = ChunkWish(fragment_bytes=256, corruption_rate=1e-3)


def test_on_a_link_with_checksums_hashes_cost_more_than_they_save() -> None:
    choice = choose_chunks(300_000, HEAD_BYTES, COMPARE_COSTS)

    assert choice.chunk_bytes == 0
    assert choice.reason == (
        "hashes cost more than they save; 6.2e-08 of the fragments of 256 bytes arrive corrupt "
        "unnoticed: 22 bytes are repeated without hashes, 64.8 are hashes and repeated with "
        "chunks of 65536"
    )


def test_where_fragments_arrive_corrupt_the_chunks_pay() -> None:
    choice = choose_chunks(100_000, HEAD_BYTES, LOSSY)

    assert choice.chunk_bytes == 1024
    assert choice.reason.startswith("0.001 of the fragments of 256 bytes arrive corrupt unnoticed")


def test_the_worse_the_link_the_smaller_the_chunks() -> None:
    sizes = [
        choose_chunks(100_000, HEAD_BYTES, replace(LOSSY, corruption_rate=rate)).chunk_bytes
        for rate in (1e-5, 1e-4, 1e-3, 1e-2, 0.5)
    ]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]


def test_a_tiny_payload_gets_none() -> None:
    assert choose_chunks(60, HEAD_BYTES, LOSSY).chunk_bytes == 0


@pytest.mark.parametrize("fragment_bytes", [1, 13, 51, 222, 1024])
def test_chunks_are_whole_fragments(fragment_bytes: int) -> None:
    wish = ChunkWish(fragment_bytes=fragment_bytes, corruption_rate=1e-3)
    choice = choose_chunks(20_000, HEAD_BYTES, wish)

    assert choice.chunk_bytes > 0
    assert choice.chunk_bytes % fragment_bytes == 0


def test_the_list_always_fits_the_head() -> None:
    for size in range(1_000, 2_000_000, 77_777):
        choice = choose_chunks(size, HEAD_BYTES, replace(LOSSY, corruption_rate=0.1))
        assert HEAD_BYTES + 8 * -(-size // choice.chunk_bytes) + 20 <= HEAD_WITH_HASHES_BYTES


@pytest.mark.parametrize("name", builtin_profile_names())
def test_a_head_with_hashes_fits_the_ram_of_every_device(name: str) -> None:
    profile = parse_profile(builtin_profile_text(name))

    assert profile.applier_ram_bytes >= HEAD_WITH_HASHES_BYTES


def test_a_device_reads_the_longest_list_behind_the_largest_signature() -> None:
    payload = bytes(64 * (MOST_HASHES - 20))
    choice = choose_chunks(len(payload), HEAD_BYTES, ChunkWish(chunk_bytes=64))
    manifest = replace(
        manifest_for(PayloadFormat.FULL, payload, payload, None),
        chunks=chunk_hashes(payload, choice),
    )
    head = EnvelopeHead.sealed(manifest, CoseAlgorithm.ML_DSA_87, bytes(MAX_SIGNATURE_BYTES))

    assert EnvelopeHead.from_bytes(head.to_bytes()) == head


def test_a_payload_too_large_for_any_list_gets_none() -> None:
    assert choose_chunks(MAX_CHUNK_BYTES * MOST_HASHES, HEAD_BYTES, LOSSY).reason == (
        "no list of hashes fits into the head"
    )


def test_a_wish_is_a_command_as_far_as_it_is_possible() -> None:
    assert choose_chunks(9_000, HEAD_BYTES, ChunkWish(chunk_bytes=64)).chunk_bytes == 64
    assert choose_chunks(9_000, HEAD_BYTES, ChunkWish(chunk_bytes=0)).reason == "none were wanted"
    with pytest.raises(InputError, match="chunks have 64 to 65536 bytes"):
        choose_chunks(9_000, HEAD_BYTES, ChunkWish(chunk_bytes=63))
    with pytest.raises(InputError, match=f"{MOST_HASHES} hashes do not fit .* take larger chunks"):
        choose_chunks(100 * MOST_HASHES, HEAD_BYTES, ChunkWish(chunk_bytes=100))


@pytest.mark.parametrize("payload_format", [PayloadFormat.FULL, PayloadFormat.AIRDELTA])
@pytest.mark.parametrize("size", [100, 5_000, 30_000])
@pytest.mark.parametrize("chunk_bytes", [64, 300, 65_536])
def test_the_list_costs_no_more_than_was_counted(
    payload_format: PayloadFormat, size: int, chunk_bytes: int
) -> None:
    payload = random.Random(1).randbytes(size)
    new, base = payload, None
    if payload_format.needs_base:
        new, base = bytes(10), bytes(11)
    manifest = manifest_for(payload_format, payload, new, base)
    chunks = ChunkHashes.of(payload, chunk_bytes)
    grown = len(seal(replace(manifest, chunks=chunks))) - len(seal(manifest))

    assert len(chunks.hashes) < grown <= len(chunks.hashes) + 20


def test_the_hashes_are_those_of_the_payload() -> None:
    payload = bytes(range(250)) * 4
    choice = choose_chunks(1_000, HEAD_BYTES, ChunkWish(chunk_bytes=100))

    assert chunk_hashes(payload, choice) == ChunkHashes.of(payload, 100)
    assert chunk_hashes(payload, replace(choice, chunk_bytes=0)) is None
