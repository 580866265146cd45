"""Chunk hashes: lists that belong to their payload, and no others."""

from dataclasses import replace

import pytest

from device_apply.errors import FormatError
from device_apply.wire.chunks import ChunkHashes
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.small_device import manifest_for, new_image

PAYLOAD = bytes(range(256)) * 3
FULL = manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)


def test_a_list_has_one_hash_per_chunk_the_last_one_shorter() -> None:
    chunks = ChunkHashes.of(PAYLOAD, 100, 10)

    assert chunks.count == 8
    assert len(chunks.hashes) == 80
    assert all(chunks.matches(i, PAYLOAD[100 * i : 100 * i + 100]) for i in range(8))
    assert not chunks.matches(1, PAYLOAD[:100])


@pytest.mark.parametrize("hash_bytes", [8, 11, 16])
def test_a_list_is_taken_apart_as_it_was_made(hash_bytes: int) -> None:
    chunks = ChunkHashes.of(PAYLOAD, 64, hash_bytes)

    assert ChunkHashes.from_list(len(PAYLOAD), 64, chunks.hashes) == chunks


@pytest.mark.parametrize(
    ("payload_bytes", "chunk_bytes", "hashes"),
    [
        (768, 256, bytes(25)),  # no whole number of bytes each
        (768, 256, bytes(21)),  # hashes of 7 bytes
        (768, 256, bytes(51)),  # hashes of 17 bytes
        (768, 63, bytes(8 * 13)),  # chunks that are too small
        (768, 65537, bytes(8)),  # chunks that are too large
        (768, 0, bytes(8)),
        (0, 256, bytes(8)),  # nothing to have a hash of
    ],
)
def test_a_list_that_is_not_one_of_that_payload_is_refused(
    payload_bytes: int, chunk_bytes: int, hashes: bytes
) -> None:
    with pytest.raises(ValueError, match=r"bytes"):
        ChunkHashes.from_list(payload_bytes, chunk_bytes, hashes)


def test_a_manifest_has_the_hashes_of_its_own_payload() -> None:
    with pytest.raises(ValueError, match="chunks: 8 hashes for 26 chunks"):
        replace(FULL, chunks=ChunkHashes.of(PAYLOAD, 100))


def test_hashes_that_do_not_fit_the_payload_are_refused_on_the_wire() -> None:
    manifest = replace(FULL, chunks=ChunkHashes.of(new_image(), 100))
    data = manifest.to_bytes()
    other = data.replace(bytes([0, 24, 100]), bytes([0, 24, 101]))

    assert Manifest.from_bytes(data) == manifest
    assert other != data
    # 26 chunks of 100 bytes are 26 of 101 too, and none of 127.
    assert Manifest.from_bytes(other).chunks == ChunkHashes(
        chunk_bytes=101, hash_bytes=8, hashes=ChunkHashes.of(new_image(), 100).hashes
    )
    with pytest.raises(FormatError, match="chunk hashes: 208 bytes are not the hashes of 21 ch"):
        Manifest.from_bytes(data.replace(bytes([0, 24, 100]), bytes([0, 24, 127])))
