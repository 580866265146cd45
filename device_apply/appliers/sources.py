"""Where an applier reads from: bytes in memory as a `Source`, and a cursor over any source.

A cursor reads front to back and answers a read past the end with `FormatError`, because what it
reads is a payload: one that ends early is malformed. Reads of the base image go to `Source.read`,
whose range error is `ApplyFailed`.
"""

from dataclasses import dataclass, field

from device_apply.appliers.contract import Source
from device_apply.errors import ApplyFailed, FormatError


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Bytes in memory as a `Source`."""

    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            device_apply.errors.ApplyFailed: the range leaves the source.
        """
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise ApplyFailed(f"read of {size} bytes at {offset} leaves 0..{len(self.data)}")
        return self.data[offset : offset + size]


class SourceReader:
    """Reads one range of a source from front to back."""

    __slots__ = ("_end", "_position", "_source")

    def __init__(self, source: Source, start: int = 0, end: int | None = None) -> None:
        """Start at `start` and stop at `end` (the source's end if not given).

        Raises:
            device_apply.errors.FormatError: the range leaves the source.
        """
        end = source.size if end is None else end
        if not 0 <= start <= end <= source.size:
            raise FormatError(f"range {start}..{end} leaves a payload of {source.size} bytes")
        self._source = source
        self._position = start
        self._end = end

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return self._end - self._position

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, or what is left of them, without moving."""
        return self._source.read(self._position, min(size, self.remaining))

    def read_up_to(self, size: int) -> bytes:
        """Return the next `size` bytes, or what is left of them."""
        data = self.peek(size)
        self._position += len(data)
        return data

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` bytes.

        Raises:
            device_apply.errors.FormatError: there are fewer.
        """
        if size > self.remaining:
            raise FormatError(f"payload ends {size - self.remaining} bytes early")
        return self.read_up_to(size)

    def finish(self) -> None:
        """Refuse bytes that nothing has read.

        Raises:
            device_apply.errors.FormatError: some are left.
        """
        if self.remaining:
            raise FormatError(f"payload has {self.remaining} bytes after its end")
