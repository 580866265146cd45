"""Where things lie in the download area, and the two headers that say so after a reset."""

from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final, Self
from zlib import crc32

from device_apply.flash import padded, round_up

_CRC: Final = Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLayout:
    """How the download area is divided for one package."""

    head_bytes: int
    fragment_bytes: int
    """Bytes of every fragment but the last."""
    payload_bytes: int
    cell_count: int

    _LAYOUT: ClassVar = Struct("<4sHHII")
    _MAGIC: ClassVar = b"ADDL"
    HEADER_BYTES: ClassVar[int] = _LAYOUT.size + _CRC.size

    @property
    def fragment_count(self) -> int:
        """Fragments of the payload."""
        return -(-self.payload_bytes // self.fragment_bytes)

    def fragment_size(self, index: int) -> int:
        """Return the bytes of fragment `index`; only the last may be shorter."""
        return min(self.fragment_bytes, self.payload_bytes - index * self.fragment_bytes)

    def first_cell(self, write_unit_bytes: int) -> int:
        """Return the offset of the first cell in the area."""
        return round_up(self.HEADER_BYTES + self.head_bytes, write_unit_bytes)

    def cell_bytes(self, write_unit_bytes: int) -> int:
        """Return the bytes of every cell."""
        return round_up(Cell.OVERHEAD_BYTES + self.fragment_bytes, write_unit_bytes)

    def size_bytes(self, write_unit_bytes: int) -> int:
        """Return the bytes from the start of the area to the end of the last cell."""
        cells_bytes = self.cell_count * self.cell_bytes(write_unit_bytes)
        return self.first_cell(write_unit_bytes) + cells_bytes

    def to_bytes(self) -> bytes:
        """Encode the session header; `from_bytes(s.to_bytes()) == s`."""
        body = self._LAYOUT.pack(
            self._MAGIC, self.head_bytes, self.fragment_bytes, self.payload_bytes, self.cell_count
        )
        return body + _CRC.pack(crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """Decode a session header, or return None if there is no valid one."""
        body, crc = data[: cls._LAYOUT.size], data[cls._LAYOUT.size :]
        if crc != _CRC.pack(crc32(body)) or not body.startswith(cls._MAGIC):
            return None
        _, head_bytes, fragment_bytes, payload_bytes, cell_count = cls._LAYOUT.unpack(body)
        return cls(
            head_bytes=head_bytes,
            fragment_bytes=fragment_bytes,
            payload_bytes=payload_bytes,
            cell_count=cell_count,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One stored fragment."""

    index: int
    package_tag: bytes
    """The first 4 bytes of the package's digest."""
    data: bytes

    _LAYOUT: ClassVar = Struct("<IHH4s")
    _MARK: ClassVar = 0xADCE
    """Fills the header to 16 bytes with something that erased flash never reads."""
    OVERHEAD_BYTES: ClassVar[int] = _LAYOUT.size + _CRC.size

    def to_bytes(self, write_unit_bytes: int) -> bytes:
        """Encode in whole write units; `from_bytes(c.to_bytes(unit)) == c`."""
        header = self._LAYOUT.pack(self.index, len(self.data), self._MARK, self.package_tag)
        crc = _CRC.pack(crc32(self.data, crc32(header)))
        return padded(header + crc + self.data, write_unit_bytes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """Decode a cell, or return None for a torn one, which is an expected sight."""
        header = data[: cls._LAYOUT.size]
        index, size, mark, package_tag = cls._LAYOUT.unpack(header)
        fragment = data[cls.OVERHEAD_BYTES : cls.OVERHEAD_BYTES + size]
        (crc,) = _CRC.unpack_from(data, cls._LAYOUT.size)
        if mark != cls._MARK or len(fragment) != size or crc != crc32(fragment, crc32(header)):
            return None
        return cls(index=index, package_tag=package_tag, data=fragment)
