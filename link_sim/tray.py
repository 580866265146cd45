"""The simplest receiver: keeps everything, remembers only what is missing."""

from collections.abc import Sequence


class Tray:
    """A stand-in where only the transfer matters and not what becomes of the bytes."""

    alignment_bytes = 1

    def __init__(self, fragments: int) -> None:
        """Want fragments 0 to `fragments` - 1."""
        self._missing = set(range(fragments))

    def missing(self) -> Sequence[int]:
        """Return the indices that did not arrive yet, ascending."""
        return sorted(self._missing)

    def deliver(self, index: int, _data: bytes, _now_s: float) -> None:
        """Cross a fragment off."""
        self._missing.discard(index)
