"""The exact-size bound on what an applier emits: never a byte more, never a byte less."""

from device_apply.appliers.contract import Emit
from device_apply.errors import ApplyFailed


class BoundedOutput:
    """An `Emit` that passes on exactly `size` bytes."""

    __slots__ = ("_emit", "_remaining")

    def __init__(self, emit: Emit, size: int) -> None:
        """Pass bytes on to `emit` until there are `size` of them.

        Raises:
            ValueError: `size` is negative.
        """
        if size < 0:
            raise ValueError(f"output size {size} is negative")
        self._emit = emit
        self._remaining = size

    @property
    def remaining(self) -> int:
        """How many bytes are still to come."""
        return self._remaining

    def __call__(self, data: bytes) -> None:
        """Pass `data` on.

        Raises:
            device_apply.errors.ApplyFailed: it reaches past the end; nothing of it is passed on.
        """
        if len(data) > self._remaining:
            raise ApplyFailed(f"payload writes {len(data) - self._remaining} bytes past the end")
        self._remaining -= len(data)
        self._emit(data)

    def finish(self) -> None:
        """Refuse an output that is too short.

        Raises:
            device_apply.errors.ApplyFailed: bytes are missing.
        """
        if self._remaining:
            raise ApplyFailed(f"payload decodes to {self._remaining} bytes too few")
