"""The patch decoder in C, driven from Python: bytes go in in any pieces, the new image comes out.

`PatchDecoder` mirrors the push interface of `airdelta.h`: feed, step, save, restore. `decode` is
the whole of it for images in memory. Nothing here trusts a patch; the C code checks every access.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, Protocol, Self

from device_apply.core._decoder import ffi, lib
from device_apply.errors import ApplyFailed, FormatError

HEADER_BYTES: Final = 128
"""Enough of a patch to say what decoding it takes."""
_MAX_SEGMENTS: Final = 65_536
"""The format numbers segments with 16 bits."""
_SLICE_UNITS: Final = 1 << 16
"""Work between two looks at the input."""


@unique
class Status(IntEnum):
    """What a call of the library says; negative values are final."""

    DONE = 0
    NEED_INPUT = 1
    BUSY = 2
    BAD_ARGUMENT = -1
    BAD_FORMAT = -2
    UNSUPPORTED = -3
    NO_MEMORY = -4
    TRUNCATED = -5
    PORT_FAILED = -6


_MESSAGES: Final = {
    Status.BAD_FORMAT: "the patch contradicts itself or the sizes of the images",
    Status.UNSUPPORTED: "the patch needs a mode or architecture that this decoder lacks",
    Status.TRUNCATED: "the patch ends before the new image is complete",
}


class Scratch(Protocol):
    """Scratch flash; the contract of appliers says what each function does."""

    @property
    def size_bytes(self) -> int:
        """How much there is."""
        ...

    def erase(self, count: int) -> None:
        """Erase at least the first `count` bytes."""
        ...

    def program(self, offset: int, data: bytes) -> None:
        """Program erased bytes."""
        ...

    def read(self, offset: int, count: int) -> bytes:
        """Return exactly `count` bytes."""
        ...


class MemoryScratch:
    """Scratch in the memory of a host."""

    def __init__(self, size_bytes: int) -> None:
        """Make that much of it, erased."""
        self.size_bytes = size_bytes
        self._data = bytearray(b"\xff") * size_bytes

    def erase(self, count: int) -> None:
        """Erase the first `count` bytes."""
        self._data[:count] = b"\xff" * count

    def program(self, offset: int, data: bytes) -> None:
        """Store bytes."""
        self._data[offset : offset + len(data)] = data

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes."""
        return bytes(self._data[offset : offset + count])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """How the decoder reaches the device."""

    read_base: Callable[[int, int], bytes]
    """Return exactly so many bytes of the base image from an offset."""
    write_new: Callable[[int, bytes], None]
    """Take the next bytes of the new image; offsets ascend without gaps."""
    read_new: Callable[[int, int], bytes] | None = None
    """Return bytes that `write_new` took; only the large tier asks."""
    scratch: Scratch | None = None
    """Scratch flash; None: the segment map has to fit in the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchNeeds:
    """What decoding a patch takes on this machine, from its header."""

    memory_bytes: int
    segment_bytes: int
    tier: int
    architecture: int

    @classmethod
    def of(cls, patch: bytes) -> Self:
        """Read the header of `patch`.

        Raises:
            device_apply.errors.FormatError: it is malformed.
        """
        needs = ffi.new("struct airdelta_needs *")
        head = patch[:HEADER_BYTES]
        if lib.airdelta_needs_of(head, len(head), needs) != Status.DONE:
            raise FormatError("the patch does not start with a header that SPEC.md states")
        return cls(
            memory_bytes=needs.memory_bytes,
            segment_bytes=needs.segment_bytes,
            tier=needs.tier,
            architecture=needs.architecture,
        )


class PatchDecoder:
    """One decoding, from the first byte of a patch to the last of the new image."""

    def __init__(
        self, ports: Ports, *, base_size: int, new_size: int, patch_size: int, memory_bytes: int
    ) -> None:
        self._ports = ports
        self._failure: BaseException | None = None
        self._handle = ffi.new_handle(self)
        self._memory_bytes = memory_bytes
        self._memory = ffi.new("uint64_t[]", -(-memory_bytes // 8))
        sizes = ffi.new("struct airdelta_sizes *", (base_size, new_size, patch_size))
        self._port_struct = self._make_ports()
        status = lib.airdelta_begin(self._memory, memory_bytes, self._port_struct, sizes)
        self._check(Status(status))

    def feed(self, piece: bytes) -> int:
        """Hand over patch bytes; returns how many were taken (none while the buffer is full)."""
        taken = ffi.new("size_t *")
        self._check(Status(lib.airdelta_feed(self._memory, piece, len(piece), taken)))
        return int(taken[0])

    def step(self, budget: int = _SLICE_UNITS) -> Status:
        """Do at most `budget` units of work.

        Raises:
            device_apply.errors.FormatError: the patch is malformed.
            device_apply.errors.ApplyFailed: the memory does not suffice.
        """
        status = Status(lib.airdelta_step(self._memory, budget))
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        self._check(status)
        return status

    def push(self, piece: bytes) -> Status:
        """Feed all of `piece` and work until more is needed or the image is done."""
        position = 0
        while True:
            position += self.feed(piece[position:])
            status = self.step()
            if status is Status.DONE:
                return status
            if status is Status.NEED_INPUT and position == len(piece):
                return status

    def save(self) -> bytes:
        """Return the whole state, as a device would keep it over a reset."""
        return bytes(ffi.buffer(self._memory))

    def restore(self, state: bytes) -> None:
        """Put a saved state back, at another address, and go on from there."""
        self._memory = ffi.new("uint64_t[]", -(-self._memory_bytes // 8))
        ffi.memmove(self._memory, state, len(state))
        self._check(Status(lib.airdelta_resume(self._memory, self._port_struct)))

    @property
    def written_bytes(self) -> int:
        """Bytes of the new image handed to `write_new` so far."""
        return int(lib.airdelta_written_bytes(self._memory))

    def _make_ports(self) -> object:
        ports = ffi.new("struct airdelta_ports *")
        ports.context = self._handle
        ports.read_base = lib.airdelta_read_base
        ports.write_new = lib.airdelta_write_new
        if self._ports.read_new is not None:
            ports.read_new = lib.airdelta_read_new
        if self._ports.scratch is not None:
            ports.scratch_erase = lib.airdelta_scratch_erase
            ports.scratch_program = lib.airdelta_scratch_program
            ports.scratch_read = lib.airdelta_scratch_read
            ports.scratch_bytes = self._ports.scratch.size_bytes
        return ports

    def _check(self, status: Status) -> None:
        if status >= Status.DONE:
            return
        if status in _MESSAGES:
            raise FormatError(_MESSAGES[status])
        if status is Status.NO_MEMORY:
            raise ApplyFailed("the decoder's memory is too small for the patch")
        raise RuntimeError(f"airdelta was called wrongly: {status.name}")

    def call_port(self, work: Callable[[Ports], None]) -> int:
        """Run a callback of the library; what it raises comes out of `step`."""
        try:
            work(self._ports)
        except BaseException as failure:  # noqa: BLE001 (crosses C; raised again in step())
            self._failure = failure
            return 1
        return 0


def decode(patch: bytes, base: bytes, new_size: int) -> bytes:
    """Return the new image that `patch` makes of `base`.

    Raises:
        device_apply.errors.FormatError: the patch is malformed or makes another size.
    """
    if not patch:
        raise FormatError("the patch is empty")
    new = ffi.new("uint8_t[]", max(new_size, 1))
    status = Status(lib.airdelta_decode_memory(patch, len(patch), base, len(base), new, new_size))
    if status is not Status.DONE:
        raise FormatError(_MESSAGES.get(status, f"the patch cannot be decoded: {status.name}"))
    return bytes(ffi.buffer(new, new_size))


def memory_for(patch: bytes, segments: int = _MAX_SEGMENTS) -> int:
    """Return the memory in which `patch` decodes on this machine, with that many segments."""
    needs = PatchNeeds.of(patch)
    return needs.memory_bytes + needs.segment_bytes * segments + 8


@ffi.def_extern(name="airdelta_read_base")  # type: ignore[untyped-decorator]  # cffi is untyped
def _read_base(context: object, offset: int, target: object, count: int) -> int:
    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(
        lambda ports: ffi.memmove(target, ports.read_base(offset, count), count)
    )


@ffi.def_extern(name="airdelta_write_new")  # type: ignore[untyped-decorator]  # cffi is untyped
def _write_new(context: object, offset: int, source: object, count: int) -> int:
    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(
        lambda ports: ports.write_new(offset, bytes(ffi.buffer(source, count)))
    )


@ffi.def_extern(name="airdelta_read_new")  # type: ignore[untyped-decorator]  # cffi is untyped
def _read_new(context: object, offset: int, target: object, count: int) -> int:
    def read(ports: Ports) -> None:
        if ports.read_new is not None:
            ffi.memmove(target, ports.read_new(offset, count), count)

    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(read)


@ffi.def_extern(name="airdelta_scratch_erase")  # type: ignore[untyped-decorator]  # cffi is untyped
def _scratch_erase(context: object, count: int) -> int:
    def erase(ports: Ports) -> None:
        if ports.scratch is not None:
            ports.scratch.erase(count)

    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(erase)


@ffi.def_extern(name="airdelta_scratch_program")  # type: ignore[untyped-decorator]  # cffi is untyped
def _scratch_program(context: object, offset: int, source: object, count: int) -> int:
    def program(ports: Ports) -> None:
        if ports.scratch is not None:
            ports.scratch.program(offset, bytes(ffi.buffer(source, count)))

    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(program)


@ffi.def_extern(name="airdelta_scratch_read")  # type: ignore[untyped-decorator]  # cffi is untyped
def _scratch_read(context: object, offset: int, target: object, count: int) -> int:
    def read(ports: Ports) -> None:
        if ports.scratch is not None:
            ffi.memmove(target, ports.scratch.read(offset, count), count)

    decoder: PatchDecoder = ffi.from_handle(context)
    return decoder.call_port(read)
