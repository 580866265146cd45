"""The region of flash that packages are received into, one at a time."""

from hashlib import sha256
from typing import Final

from device_apply.download.layout import SessionLayout
from device_apply.download.session import DownloadSession
from device_apply.errors import Rejected
from device_apply.flash import Flash, erase_range, padded
from device_apply.profile import Region
from device_apply.wire.envelope import MAX_HEAD_BYTES

MAX_FRAGMENT_BYTES: Final = MAX_HEAD_BYTES
"""A fragment waits for its programming in the buffer that the head was verified in."""
SPARE_CELLS: Final = 8
"""Cells that power cuts may spoil before a session has to begin again from nothing."""


class DownloadArea:
    """Makes download sessions and finds them again."""

    def __init__(self, flash: Flash, region: Region) -> None:
        """Look at nothing yet."""
        self._flash = flash
        self._region = region
        self._unit_bytes = flash.geometry.write_unit_bytes

    def plan(self, head_bytes: int, payload_bytes: int, fragment_bytes: int) -> SessionLayout:
        """Divide the area for a package. Touches no flash.

        Raises:
            Rejected: the payload with its cells is larger than the area.
            ValueError: a fragment size that the device cannot buffer.
        """
        if not 0 < fragment_bytes <= MAX_FRAGMENT_BYTES:
            raise ValueError(f"fragments of {fragment_bytes} bytes; 1 to {MAX_FRAGMENT_BYTES} fit")
        fragment_count = -(-payload_bytes // fragment_bytes)
        layout = SessionLayout(
            head_bytes=head_bytes,
            fragment_bytes=fragment_bytes,
            payload_bytes=payload_bytes,
            cell_count=fragment_count + SPARE_CELLS,
        )
        needed_bytes = self._flash.geometry.whole_sectors(layout.size_bytes(self._unit_bytes))
        if needed_bytes > self._region.size_bytes:
            raise Rejected(
                f"payload: {payload_bytes} bytes in fragments of {fragment_bytes} take "
                f"{needed_bytes} bytes of flash, the download area has {self._region.size_bytes}"
            )
        return layout

    def begin(self, head: bytes, layout: SessionLayout) -> DownloadSession:
        """Erase what the session needs and store its header and head."""
        erase_range(self._flash, self._region.offset, layout.size_bytes(self._unit_bytes))
        self._flash.program(self._region.offset, padded(layout.to_bytes() + head, self._unit_bytes))
        return self._session(head, layout)

    def resume(self, package_digest: bytes) -> DownloadSession | None:
        """Find the session of a package again, or return None if the area does not hold it."""
        header = self._flash.read(self._region.offset, SessionLayout.HEADER_BYTES)
        layout = SessionLayout.from_bytes(header)
        if layout is None:
            return None
        head_offset = self._region.offset + SessionLayout.HEADER_BYTES
        head = self._flash.read(head_offset, layout.head_bytes)
        if sha256(head).digest() != package_digest:
            return None
        session = self._session(head, layout)
        session.scan()
        return session

    def _session(self, head: bytes, layout: SessionLayout) -> DownloadSession:
        cells_offset = self._region.offset + layout.first_cell(self._unit_bytes)
        return DownloadSession(self._flash, cells_offset, head, layout)
