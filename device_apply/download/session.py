"""Receiving one payload, and reading it back in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from device_apply.download.layout import Cell, SessionLayout
from device_apply.errors import FlashError, Rejected
from device_apply.flash import Flash, is_blank
from device_apply.slots import require_range

_TAG_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """A complete payload in the download area, as a `Source` that puts its fragments in order."""

    flash: Flash
    fragment_offsets: Sequence[int]
    """Where the data of each fragment begins, counted from the start of the flash."""
    fragment_bytes: int
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`, as flash holds them now.

        Raises:
            device_apply.errors.ApplyFailed: the range leaves the payload.
        """
        require_range(self, offset, size)
        pieces = []
        while size > 0:
            index, skip = divmod(offset, self.fragment_bytes)
            piece_bytes = min(size, self.fragment_bytes - skip)
            pieces.append(self.flash.read(self.fragment_offsets[index] + skip, piece_bytes))
            offset, size = offset + piece_bytes, size - piece_bytes
        return b"".join(pieces)


class DownloadSession:
    """One package being received. Which cell holds which fragment lives in RAM, see `scan`."""

    def __init__(self, flash: Flash, cells_offset: int, head: bytes, layout: SessionLayout) -> None:
        """Take an area whose cells are all blank; `DownloadArea` makes sessions."""
        self.head = head
        self.layout = layout
        self.package_digest = sha256(head).digest()
        self._flash = flash
        self._cells_offset = cells_offset
        self._cell_bytes = layout.cell_bytes(flash.geometry.write_unit_bytes)
        self._tag = self.package_digest[:_TAG_BYTES]
        self._cell_of: dict[int, int] = {}
        self._next_cell = 0

    @property
    def is_complete(self) -> bool:
        """Whether every fragment is stored."""
        return len(self._cell_of) == self.layout.fragment_count

    def missing(self) -> Sequence[int]:
        """Return the indices of the fragments that are not stored, ascending."""
        return [index for index in range(self.layout.fragment_count) if index not in self._cell_of]

    def receive(self, index: int, data: bytes) -> bool:
        """Store a fragment, unless it is stored already, and return whether it is stored now.

        False means that no cell is left: the session has to begin again.

        Raises:
            Rejected: no fragment of this payload has that index or size.
        """
        self._require_fragment(index, data)
        while index not in self._cell_of and self._next_cell < self.layout.cell_count:
            number, self._next_cell = self._next_cell, self._next_cell + 1
            cell = Cell(index=index, package_tag=self._tag, data=data)
            try:
                self._flash.program(
                    self._offset(number), cell.to_bytes(self._flash.geometry.write_unit_bytes)
                )
            except FlashError:
                continue  # a unit of this cell reads blank but is spent: take the next one
            self._cell_of[index] = number
        return index in self._cell_of

    def scan(self) -> None:
        """Find again what is stored, after a reset."""
        self._cell_of.clear()
        self._next_cell = 0
        for number in range(self.layout.cell_count):
            data = self._flash.read(self._offset(number), self._cell_bytes)
            if is_blank(data):
                continue
            # Free cells begin behind the last that is not blank, for a torn one cannot be reused.
            self._next_cell = number + 1
            cell = Cell.from_bytes(data)
            if cell is not None and self._is_ours(cell):
                self._cell_of.setdefault(cell.index, number)

    def payload(self) -> StoredPayload:
        """Return the payload.

        Raises:
            RuntimeError: fragments are missing.
        """
        if not self.is_complete:
            raise RuntimeError("the payload is not complete")
        return StoredPayload(
            flash=self._flash,
            fragment_offsets=[
                self._offset(self._cell_of[index]) + Cell.OVERHEAD_BYTES
                for index in range(self.layout.fragment_count)
            ],
            fragment_bytes=self.layout.fragment_bytes,
            size=self.layout.payload_bytes,
        )

    def _require_fragment(self, index: int, data: bytes) -> None:
        count = self.layout.fragment_count
        if not 0 <= index < count:
            raise Rejected(f"fragment {index}: the payload has fragments 0 to {count - 1}")
        expected_bytes = self.layout.fragment_size(index)
        if len(data) != expected_bytes:
            raise Rejected(f"fragment {index}: {len(data)} bytes instead of {expected_bytes}")

    def _is_ours(self, cell: Cell) -> bool:
        return (
            cell.package_tag == self._tag
            and cell.index < self.layout.fragment_count
            and len(cell.data) == self.layout.fragment_size(cell.index)
        )

    def _offset(self, cell_number: int) -> int:
        return self._cells_offset + cell_number * self._cell_bytes
