"""A device's configuration file: typed entries that older firmware can read (SPEC.md section 8).

For factories that prepare files and tools that read them; the device's side is
`airdelta_configuration.h`. The key is the device's own and never leaves it in the field.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from device_apply.errors import FormatError

VERSION: Final = 1
TAG_BYTES: Final = 16
_HEAD: Final = Struct("<4sBBHI")
_ENTRY: Final = Struct("<HH")
_MAGIC: Final = b"ADCF"
_MAX_U16: Final = 2**16 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFile:
    """Entries by type, in order."""

    entries: Mapping[int, bytes]
    version: int = VERSION
    """Of the firmware that wrote it."""
    oldest_reader: int = VERSION
    """Firmware that knows only older versions must not read it."""

    def __post_init__(self) -> None:
        """Refuse what has no encoding; that is the caller's mistake."""
        for entry_type, value in self.entries.items():
            if not 0 <= entry_type <= _MAX_U16 or len(value) > _MAX_U16:
                raise ValueError(f"entry {entry_type}: types and sizes have 16 bits")

    def to_bytes(self, key: bytes) -> bytes:
        """Encode; `from_bytes(f.to_bytes(key), key) == f`."""
        entries = b"".join(
            _ENTRY.pack(entry_type, len(value)) + value
            for entry_type, value in self.entries.items()
        )
        file = _HEAD.pack(_MAGIC, self.version, self.oldest_reader, 0, len(entries)) + entries
        return file + _tag(file, key)

    @classmethod
    def from_bytes(cls, data: bytes, key: bytes) -> Self:
        """Decode a file that may have anything behind it, as flash has.

        Raises:
            FormatError: no configuration file, not authentic, or not for this version to read.
        """
        if len(data) < _HEAD.size:
            raise FormatError("configuration: ends within its head")
        magic, version, oldest_reader, zero, entries_bytes = _HEAD.unpack_from(data)
        end = _HEAD.size + entries_bytes
        if magic != _MAGIC or zero != 0 or len(data) < end + TAG_BYTES:
            raise FormatError("configuration: no configuration file, or not all of it")
        if oldest_reader > VERSION:
            raise FormatError(f"configuration: only readers of version {oldest_reader} may read it")
        if not hmac.compare_digest(data[end : end + TAG_BYTES], _tag(data[:end], key)):
            raise FormatError("configuration: not written with this key, or changed since")
        entries = _read_entries(data[_HEAD.size : end])
        return cls(entries=entries, version=version, oldest_reader=oldest_reader)


def _read_entries(data: bytes) -> dict[int, bytes]:
    entries: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if len(data) - at < _ENTRY.size:
            raise FormatError(f"configuration: ends within an entry (at byte {at})")
        entry_type, size = _ENTRY.unpack_from(data, at)
        at += _ENTRY.size
        if size > len(data) - at or entry_type in entries:
            raise FormatError(f"configuration: entry {entry_type} is cut off or there twice")
        entries[entry_type] = data[at : at + size]
        at += size
    return entries


def _tag(file: bytes, key: bytes) -> bytes:
    return hmac.digest(key, file, hashlib.sha256)[:TAG_BYTES]
