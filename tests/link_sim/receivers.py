"""Receivers that tests send to."""

from collections import Counter
from collections.abc import Sequence


class Shelf:
    """Keeps every fragment, checks what arrives, and may forget some of it as a reset would."""

    def __init__(self, data: bytes, fragment_bytes: int, *, alignment_bytes: int = 1) -> None:
        self.alignment_bytes = alignment_bytes
        self.deliveries: Counter[int] = Counter()
        self.arrivals_s: list[float] = []
        self.forget_at: set[int] = set()
        """Deliveries, counted from 1, that are lost although the link made them."""
        self._data = data
        self._fragment_bytes = fragment_bytes
        self._kept: set[int] = set()

    def missing(self) -> Sequence[int]:
        count = -(-len(self._data) // self._fragment_bytes)
        return [index for index in range(count) if index not in self._kept]

    def deliver(self, index: int, data: bytes, now_s: float) -> None:
        start = index * self._fragment_bytes
        assert data == self._data[start : start + self._fragment_bytes]
        assert not self.arrivals_s or now_s >= self.arrivals_s[-1]
        self.deliveries[index] += 1
        self.arrivals_s.append(now_s)
        if sum(self.deliveries.values()) not in self.forget_at:
            self._kept.add(index)
