"""What an applier is: a decoder for one payload format that emits the new image in ascending order.

An applier reads the payload and the base image through `Source`, hands the new image piece by piece
to `emit`, and trusts no length it reads: whatever the payload says, it emits at most `new_size`
bytes, in a number of steps and a memory that are bounded by the sizes it was given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from device_apply.wire.payload_format import PayloadFormat

Emit: TypeAlias = Callable[[bytes], None]
"""Takes the next bytes of the new image, in ascending order."""


class Source(Protocol):
    """Bytes that can be read at any offset: a payload in flash, a base image in its slot."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes from `offset`.

        Raises:
            device_apply.errors.ApplyFailed: the range leaves `0..self.size`.
        """
        ...


class Scratch(Protocol):
    """Flash that a decoder may write while it works; worth nothing afterwards."""

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        ...

    def erase(self, count: int) -> None:
        """Erase at least the first `count` bytes."""
        ...

    def program(self, offset: int, data: bytes) -> None:
        """Program erased bytes; offsets are multiples of 64 and ascend."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """Return exactly `count` bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyNeeds:
    """What a device must have to apply one payload."""

    ram_bytes: int
    """Working memory of the decoder: state, buffers, windows and peak stack."""
    ram_basis: str
    """Where `ram_bytes` comes from, in a few words: the formula or the measurement."""
    scratch_flash_bytes: int
    """Flash beside slots and payload that the decoder writes while it works."""
    random_base_access: bool
    """Whether the base image is read at arbitrary offsets."""


class Applier(Protocol):
    """A decoder for one payload format."""

    @property
    def payload_format(self) -> PayloadFormat:
        """The format it decodes."""
        ...

    def needs(self, payload: Source, base_size: int, new_size: int) -> ApplyNeeds:
        """Say what decoding `payload` takes, from its headers, without decoding it.

        Raises:
            device_apply.errors.FormatError: the payload's headers are malformed.
        """
        ...

    def apply(
        self,
        payload: Source,
        base: Source,
        new_size: int,
        emit: Emit,
        scratch: Scratch | None = None,
    ) -> None:
        """Decode `payload` against `base` and emit exactly `new_size` bytes.

        `scratch` is at least as large as `needs` says; None is enough where that is nothing.

        Raises:
            device_apply.errors.FormatError: the payload is malformed.
            device_apply.errors.ApplyFailed: it decodes to another size, or reads outside the base.
        """
        ...
