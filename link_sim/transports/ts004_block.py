"""A data block as TS004 sends it: padded, cut into equal fragments, followed by coded ones.

Fragments are numbered from 1: 1 to M are the data, M + n is coded fragment n.
"""

from dataclasses import dataclass
from typing import Self

from link_sim.errors import ImpossibleValueError
from link_sim.transports.ts004 import MAX_FRAGMENT_BYTES, MAX_FRAGMENTS, Version
from link_sim.transports.ts004_parity import coded_fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Data fragments of equal length, and how much of the last one is padding."""

    fragments: tuple[bytes, ...]
    padding_bytes: int

    @classmethod
    def from_bytes(cls, data: bytes, fragment_bytes: int) -> Self:
        """Cut data; `Block.from_bytes(data, n).data == data`.

        Raises:
            ImpossibleValueError: nothing to send, or more than TS004 can number.
        """
        if not 1 <= fragment_bytes <= MAX_FRAGMENT_BYTES:
            raise ImpossibleValueError(
                "fragment_bytes", f"{fragment_bytes} is not in 1..{MAX_FRAGMENT_BYTES}"
            )
        count = -(-len(data) // fragment_bytes)
        if not 1 <= count <= MAX_FRAGMENTS:
            raise ImpossibleValueError("fragments", f"{count} is not in 1..{MAX_FRAGMENTS}")
        padded = data.ljust(count * fragment_bytes, b"\0")
        return cls(
            fragments=tuple(
                padded[start : start + fragment_bytes]
                for start in range(0, len(padded), fragment_bytes)
            ),
            padding_bytes=len(padded) - len(data),
        )

    @property
    def data(self) -> bytes:
        """What was cut, without the padding."""
        padded = b"".join(self.fragments)
        return padded[: len(padded) - self.padding_bytes]

    @property
    def fragment_bytes(self) -> int:
        """Length of every fragment."""
        return len(self.fragments[0])

    def fragment(self, number: int, version: Version) -> bytes:
        """Return fragment `number` (from 1) as it goes on the air.

        Raises:
            ImpossibleValueError: TS004 cannot number it.
        """
        if not 1 <= number <= MAX_FRAGMENTS:
            raise ImpossibleValueError("n", f"{number} is not in 1..{MAX_FRAGMENTS}")
        if number <= len(self.fragments):
            return self.fragments[number - 1]
        return coded_fragment(self.fragments, number - len(self.fragments), version)
