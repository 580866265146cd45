"""Chunk hashes for a payload: how large the chunks are, or why there are none.

A corrupt fragment that the link does not notice costs the whole payload, or, with chunk hashes, its
chunk. The hashes cost bytes in every download. Both are expected values in bytes over the air:

    n fragments arrive unharmed with probability (1 - rate)^n, so a piece of n fragments and b bytes
    is sent (1 - rate)^-n times, b * ((1 - rate)^-n - 1) bytes too much.

The smallest sum wins. Nothing else is decided by it: what is installed is decided by digests.
"""

import math
from dataclasses import dataclass
from typing import Final

from device_apply.wire.chunks import (
    MAX_CHUNK_BYTES,
    MIN_CHUNK_BYTES,
    MIN_HASH_BYTES,
    ChunkHashes,
    chunk_count,
)
from pipeline.errors import InputError

CHECKSUM_ERROR_RATE: Final = 1 / 16e6
"""Packets with an error that neither a link's CRC nor TCP's or UDP's checksum notices, at worst:
Stone and Partridge, "When the CRC and TCP checksum disagree", SIGCOMM 2000."""
FRAGMENT_BYTES: Final = 256
"""What a device stores at a time, at most, for links that are not known better."""
HEAD_WITH_HASHES_BYTES: Final = 4096
"""A head with a list of hashes and a signature of 64 bytes has at most so many, for small devices
hold it in RAM. The format's limit is higher: its room is for large signatures, not for hashes."""
_LIST_OVERHEAD_BYTES: Final = 20
"""Keys, sizes and longer CBOR heads, at most; a test holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkWish:
    """What is known about the link, or what somebody wants regardless."""

    fragment_bytes: int = FRAGMENT_BYTES
    """Bytes of the link's fragments: chunks are whole fragments."""
    corruption_rate: float = CHECKSUM_ERROR_RATE
    """Share of fragments that arrive changed without the link noticing."""
    chunk_bytes: int | None = None
    """Chunks of this size; 0 for none; None to compare costs."""


COMPARE_COSTS: Final = ChunkWish()
"""Nothing is known about the link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkChoice:
    """The size of the chunks, and why."""

    chunk_bytes: int
    """0: no hashes."""
    reason: str
    hash_bytes: int = MIN_HASH_BYTES


def choose_chunks(payload_bytes: int, head_bytes: int, wish: ChunkWish) -> ChunkChoice:
    """Choose chunks for a payload whose head has `head_bytes` without hashes.

    Whatever will sign it, the head is counted with a signature of 64 bytes.

    Raises:
        InputError: the wanted size is impossible, or its hashes do not fit a head.
    """
    if wish.chunk_bytes == 0:
        return ChunkChoice(chunk_bytes=0, reason="none were wanted")
    if wish.chunk_bytes is not None:
        return _wanted(payload_bytes, head_bytes, wish.chunk_bytes)
    without = _repeated_bytes(payload_bytes, payload_bytes, wish)
    fitting = [size for size in _sizes(wish) if _fits(payload_bytes, head_bytes, size)]
    if not fitting:
        return ChunkChoice(chunk_bytes=0, reason="no list of hashes fits into the head")
    costs = {size: _cost_bytes(payload_bytes, size, wish) for size in fitting}
    best = min(costs, key=lambda size: (costs[size], size))
    expected = (
        f"{wish.corruption_rate:.2g} of the fragments of {wish.fragment_bytes} bytes arrive "
        f"corrupt unnoticed: {without:.3g} bytes are repeated without hashes, "
        f"{costs[best]:.3g} are hashes and repeated with chunks of {best}"
    )
    if costs[best] >= without:
        return ChunkChoice(chunk_bytes=0, reason=f"hashes cost more than they save; {expected}")
    return ChunkChoice(chunk_bytes=best, reason=expected)


def chunk_hashes(payload: bytes, choice: ChunkChoice) -> ChunkHashes | None:
    """Return the hashes that were chosen."""
    if choice.chunk_bytes == 0:
        return None
    return ChunkHashes.of(payload, choice.chunk_bytes, choice.hash_bytes)


def _wanted(payload_bytes: int, head_bytes: int, size: int) -> ChunkChoice:
    if not MIN_CHUNK_BYTES <= size <= MAX_CHUNK_BYTES:
        raise InputError(
            f"--chunks {size}: chunks have {MIN_CHUNK_BYTES} to {MAX_CHUNK_BYTES} bytes"
        )
    if not _fits(payload_bytes, head_bytes, size):
        count = chunk_count(payload_bytes, size)
        raise InputError(
            f"--chunks {size}: {count} hashes do not fit into a head of "
            f"{HEAD_WITH_HASHES_BYTES} bytes; take larger chunks"
        )
    return ChunkChoice(chunk_bytes=size, reason="asked for by size")


def _sizes(wish: ChunkWish) -> list[int]:
    """Whole fragments, doubled again and again."""
    first = wish.fragment_bytes * max(1, -(-MIN_CHUNK_BYTES // wish.fragment_bytes))
    doublings = range(MAX_CHUNK_BYTES.bit_length())
    return [first << n for n in doublings if first << n <= MAX_CHUNK_BYTES]


def _list_bytes(payload_bytes: int, size: int) -> int:
    return chunk_count(payload_bytes, size) * MIN_HASH_BYTES + _LIST_OVERHEAD_BYTES


def _fits(payload_bytes: int, head_bytes: int, size: int) -> bool:
    return head_bytes + _list_bytes(payload_bytes, size) <= HEAD_WITH_HASHES_BYTES


def _cost_bytes(payload_bytes: int, size: int, wish: ChunkWish) -> float:
    return _list_bytes(payload_bytes, size) + _repeated_bytes(payload_bytes, size, wish)


def _repeated_bytes(payload_bytes: int, piece_bytes: int, wish: ChunkWish) -> float:
    """Bytes that are expected to be sent again if pieces of this size are repeated as a whole."""
    fragments = -(-min(piece_bytes, payload_bytes) // wish.fragment_bytes)
    times = -fragments * math.log1p(-wish.corruption_rate)
    # A transfer that needs e^700 attempts is hopeless enough.
    return payload_bytes * math.expm1(min(times, 700.0))
