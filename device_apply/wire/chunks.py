"""Chunk hashes: a signed list by which a device refuses a corrupt piece of a payload on arrival.

The list is optional. Hashes are truncated SHA-256, for they decide what is asked for again and not
what is installed: the whole payload digest does that. Bytes: SPEC.md section 3. Why: ADR-0007.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Self

MIN_HASH_BYTES: Final = 8
MAX_HASH_BYTES: Final = 16
MIN_CHUNK_BYTES: Final = 64
MAX_CHUNK_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkHashes:
    """The hash of each chunk of a payload, in order."""

    chunk_bytes: int
    """Bytes of every chunk but the last, which may be shorter."""
    hash_bytes: int
    """Bytes that are kept of each SHA-256."""
    hashes: bytes
    """All of them, one behind the other."""

    def __post_init__(self) -> None:
        """Refuse what has no encoding; that is the caller's mistake."""
        if not MIN_CHUNK_BYTES <= self.chunk_bytes <= MAX_CHUNK_BYTES:
            raise ValueError(
                f"chunks have {MIN_CHUNK_BYTES} to {MAX_CHUNK_BYTES} bytes, not {self.chunk_bytes}"
            )
        if not MIN_HASH_BYTES <= self.hash_bytes <= MAX_HASH_BYTES:
            raise ValueError(
                f"chunk hashes have {MIN_HASH_BYTES} to {MAX_HASH_BYTES} bytes, "
                f"not {self.hash_bytes}"
            )

    @classmethod
    def of(cls, payload: bytes, chunk_bytes: int, hash_bytes: int = MIN_HASH_BYTES) -> Self:
        """Return the hashes of the chunks of a payload."""
        chunks = (payload[at : at + chunk_bytes] for at in range(0, len(payload), chunk_bytes))
        hashes = b"".join(hashlib.sha256(chunk).digest()[:hash_bytes] for chunk in chunks)
        return cls(chunk_bytes=chunk_bytes, hash_bytes=hash_bytes, hashes=hashes)

    @classmethod
    def from_list(cls, payload_bytes: int, chunk_bytes: int, hashes: bytes) -> Self:
        """Take a list apart that belongs to a payload of `payload_bytes`.

        Raises:
            ValueError: the list is not as long as that payload's would be.
        """
        if chunk_bytes < MIN_CHUNK_BYTES:
            raise ValueError(f"chunks have at least {MIN_CHUNK_BYTES} bytes, not {chunk_bytes}")
        count = chunk_count(payload_bytes, chunk_bytes)
        if count == 0 or len(hashes) % count:
            raise ValueError(f"{len(hashes)} bytes are not the hashes of {count} chunks")
        return cls(chunk_bytes=chunk_bytes, hash_bytes=len(hashes) // count, hashes=hashes)

    @property
    def count(self) -> int:
        """The number of chunks."""
        return len(self.hashes) // self.hash_bytes

    def matches(self, index: int, chunk: bytes) -> bool:
        """Whether `chunk` is the chunk with this index."""
        wanted = self.hashes[index * self.hash_bytes : (index + 1) * self.hash_bytes]
        return hashlib.sha256(chunk).digest()[: self.hash_bytes] == wanted


def chunk_count(payload_bytes: int, chunk_bytes: int) -> int:
    """Return how many chunks a payload has."""
    return -(-payload_bytes // chunk_bytes)
