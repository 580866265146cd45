"""A stream of decoded bytes: what a decompressor is to the appliers.

An applier asks for exactly the bytes that its own bounds allow, in pieces, so a compression bomb
never gets to inflate more than one piece.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from device_apply.appliers.contract import Emit

PIECE_BYTES: Final = 4096
"""Most bytes that an applier moves at once: the usual sector of serial NOR flash (JESD216)."""


class ByteStream(Protocol):
    """Bytes that can be read once, front to back."""

    def read(self, size: int) -> bytes:
        """Return exactly the next `size` bytes.

        Raises:
            device_apply.errors.FormatError: the stream ends first, or is malformed.
        """
        ...

    def finish(self) -> None:
        """Check that the stream and what it was decoded from end here.

        Raises:
            device_apply.errors.FormatError: bytes are left.
        """
        ...


def piece_sizes(size: int) -> Iterator[int]:
    """Split `size` bytes into pieces of at most `PIECE_BYTES`."""
    while size > 0:
        piece = min(size, PIECE_BYTES)
        yield piece
        size -= piece


def copy(stream: ByteStream, size: int, emit: Emit) -> None:
    """Emit the next `size` bytes of `stream`, piece by piece."""
    for piece in piece_sizes(size):
        emit(stream.read(piece))
