"""SMP frames: an eight-byte header and a CBOR map (mcumgr, Zephyr's "SMP specification").

The header is big endian: operation and version, flags, length of the map, group, sequence number,
command. Transports cut frames into pieces, so a server collects bytes until a frame is whole.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from struct import Struct
from typing import ClassVar, Final, Self

from device_apply.errors import FormatError

_OPERATION_BITS: Final = 0x07
_VERSION_SHIFT: Final = 3


@unique
class Operation(IntEnum):
    """What a frame does; a response is its request plus one."""

    READ = 0
    READ_RESPONSE = 1
    WRITE = 2
    WRITE_RESPONSE = 3


@unique
class ReturnCode(IntEnum):
    """`rc` in a response (mcumgr's `MGMT_ERR_*`)."""

    OK = 0
    UNKNOWN = 1
    INVALID = 3
    NOT_SUPPORTED = 8
    CORRUPT = 9
    ACCESS_DENIED = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class SmpHeader:
    """The fixed-size prefix of every frame."""

    operation: Operation
    version: int
    """0 or 1: which of the two forms of error responses the sender understands."""
    body_bytes: int
    group: int
    sequence: int
    command: int

    _LAYOUT: ClassVar = Struct(">BBHHBB")
    SIZE: ClassVar[int] = _LAYOUT.size

    def to_bytes(self) -> bytes:
        """Encode; `from_bytes(h.to_bytes()) == h` for every header."""
        first = self.version << _VERSION_SHIFT | self.operation
        return self._LAYOUT.pack(first, 0, self.body_bytes, self.group, self.sequence, self.command)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode the first bytes of a frame; the flags have no meaning and are ignored.

        Raises:
            FormatError: too short, or an operation that does not exist.
        """
        if len(data) < cls.SIZE:
            raise FormatError(f"SMP header: {len(data)} bytes, needs {cls.SIZE}")
        first, _, body_bytes, group, sequence, command = cls._LAYOUT.unpack_from(data)
        try:
            operation = Operation(first & _OPERATION_BITS)
        except ValueError as error:
            raise FormatError(f"SMP header: no operation {first & _OPERATION_BITS}") from error
        return cls(
            operation=operation,
            version=first >> _VERSION_SHIFT & 0x03,
            body_bytes=body_bytes,
            group=group,
            sequence=sequence,
            command=command,
        )

    def response(self, body_bytes: int) -> "SmpHeader":
        """Return the header of the response to this request."""
        return SmpHeader(
            operation=Operation(self.operation + 1),
            version=self.version,
            body_bytes=body_bytes,
            group=self.group,
            sequence=self.sequence,
            command=self.command,
        )
