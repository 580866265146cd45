"""An update package that arrives as one file, front to back: its head first, then the payload.

A client of SMP knows offsets in a file and nothing of fragments. The head is collected in RAM until
it is whole and offered to the device, which refuses a package it does not want before a byte of the
payload travels. From then on every full fragment is stored, and the next offset is where the device
misses something: an upload that begins anew after a reset jumps over what flash still holds.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from device_apply.errors import FormatError
from device_apply.wire.envelope import MAX_HEAD_BYTES, EnvelopeHead

FRAGMENT_BYTES: Final = 256
"""How the server cuts a payload; a multiple of every write unit."""


class UpdateDevice(Protocol):
    """What the upload needs of a device, see `SimulatedDevice`."""

    def offer(self, head: bytes, fragment_bytes: int, /) -> None:
        """Verify the head of a package and make room for its payload."""
        ...

    def missing(self) -> Sequence[int]:
        """Return the indices of the fragments that are still wanted, ascending."""
        ...

    def receive(self, index: int, data: bytes, /) -> None:
        """Store a fragment of the payload."""
        ...


class PackageUpload:
    """One upload under way; a reset of the device ends it."""

    def __init__(self, device: UpdateDevice, total_bytes: int) -> None:
        """Wait for the first byte of a file of `total_bytes`."""
        self._device = device
        self._total_bytes = total_bytes
        self._head_bytes = 0
        """0 until the head is whole."""
        self._waiting = b""
        """What came last and is not yet a whole head or fragment."""
        self._waiting_from = 0

    @property
    def offset(self) -> int:
        """Where in the file the next byte is wanted; its size once the device has everything."""
        return self._waiting_from + len(self._waiting)

    def write(self, offset: int, data: bytes) -> None:
        """Take bytes of the file; others than those at `offset` are dropped, as mcumgr does.

        Raises:
            Rejected: the device does not want this package, or it is no package.
            device_apply.errors.ApplyFailed: the device cannot store it.
        """
        if offset != self.offset:
            return
        if offset + len(data) > self._total_bytes:
            raise FormatError(f"upload: {self._total_bytes} bytes announced, more arrived")
        self._waiting += data
        if not self._head_bytes:
            self._offer_head()
        if self._head_bytes:
            self._store_fragments()

    def _offer_head(self) -> None:
        try:
            head, head_bytes = EnvelopeHead.read_prefix(self._waiting)
        except FormatError:
            if self.offset < min(self._total_bytes, MAX_HEAD_BYTES):
                return  # the rest of the head may still come
            raise
        if head.integrated_payload_size is None:
            raise FormatError("upload: the payload is a file of its own; upload one with it inside")
        self._device.offer(self._waiting[:head_bytes], FRAGMENT_BYTES)
        self._head_bytes = head_bytes
        self._waiting, self._waiting_from = self._waiting[head_bytes:], head_bytes

    def _store_fragments(self) -> None:
        while missing := self._device.missing():
            index = (self._waiting_from - self._head_bytes) // FRAGMENT_BYTES
            if index != missing[0]:
                # Flash holds this one since before a reset: what came of it is not needed.
                self._waiting = b""
                self._waiting_from = self._head_bytes + missing[0] * FRAGMENT_BYTES
                return
            size = min(FRAGMENT_BYTES, self._total_bytes - self._waiting_from)
            if len(self._waiting) < size:
                return
            self._device.receive(index, self._waiting[:size])
            self._waiting, self._waiting_from = self._waiting[size:], self._waiting_from + size
        self._waiting, self._waiting_from = b"", self._total_bytes
