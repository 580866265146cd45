"""The CBOR of SMP bodies: one map from texts to numbers, byte strings, texts and truth values.

Manifests are read by `device_apply.wire.cbor`, which insists on the one canonical encoding. Clients
of SMP need not keep to it: keys come in any order, and maps may have an indefinite length.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from device_apply.errors import FormatError
from device_apply.wire.cbor import MajorType, encode_head

Value: TypeAlias = "int | bytes | str | bool | None"

_FALSE, _TRUE, _NULL = 0xF4, 0xF5, 0xF6
_SIMPLE: Final = {_FALSE: False, _TRUE: True, _NULL: None}
_INDEFINITE_MAP, _BREAK = 0xBF, 0xFF
_DIRECT_LIMIT: Final = 24
_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_MAX_PAIRS: Final = 16
"""No request of SMP has as many."""


def encode_map(pairs: Mapping[str, Value]) -> bytes:
    """Encode a map in the order given."""
    items = b"".join(_encode_value(key) + _encode_value(value) for key, value in pairs.items())
    return encode_head(MajorType.MAP, len(pairs)) + items


def decode_map(data: bytes) -> dict[str, Value]:
    """Decode a map that is all of `data`.

    Raises:
        FormatError: it is none, a key is no text or comes twice, or a value is of another kind.
    """
    reader = _Reader(data)
    pairs: dict[str, Value] = {}
    left = reader.map_pairs()
    while left is None or left:
        if left is None and reader.at_break():
            break
        key = reader.value()
        if not isinstance(key, str) or key in pairs or len(pairs) == _MAX_PAIRS:
            raise FormatError(f"SMP body: {key!r} is no key, comes twice or is one too many")
        pairs[key] = reader.value()
        left = None if left is None else left - 1
    if reader.position != len(data):
        raise FormatError(f"SMP body: {len(data) - reader.position} bytes too many")
    return pairs


def _encode_value(value: Value) -> bytes:
    match value:
        case None:
            return bytes([_NULL])
        case bool():
            return bytes([_TRUE if value else _FALSE])
        case int():
            return encode_head(MajorType.UNSIGNED, value)
        case str():
            text = value.encode()
            return encode_head(MajorType.TEXT, len(text)) + text
        case bytes():
            return encode_head(MajorType.BYTES, len(value)) + value


class _Reader:
    """Takes items off the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def map_pairs(self) -> int | None:
        """Read the head of a map; None if its end is marked."""
        if self._data[:1] == bytes([_INDEFINITE_MAP]):
            self.position = 1
            return None
        major, pairs = self._head()
        if major is not MajorType.MAP:
            raise FormatError("SMP body: no map")
        return pairs

    def at_break(self) -> bool:
        """Whether the end mark comes next; it is taken then."""
        found = self._data[self.position : self.position + 1] == bytes([_BREAK])
        self.position += found
        return found

    def value(self) -> Value:
        """Read one number, string or truth value."""
        first = self._data[self.position : self.position + 1]
        if first and first[0] in _SIMPLE:
            self.position += 1
            return _SIMPLE[first[0]]
        major, argument = self._head()
        match major:
            case MajorType.UNSIGNED:
                return argument
            case MajorType.BYTES:
                return self._take(argument)
            case MajorType.TEXT:
                return self._text(argument)
            case _:
                raise FormatError(f"SMP body: a {major.name.lower()} where a value belongs")

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode()
        except UnicodeDecodeError as error:
            raise FormatError("SMP body: a text that is not UTF-8") from error

    def _head(self) -> tuple[MajorType, int]:
        first = self._take(1)[0]
        major, additional = MajorType(first >> 5), first & 0x1F
        if additional < _DIRECT_LIMIT:
            return major, additional
        size = _ARGUMENT_BYTES.get(additional)
        if size is None:
            raise FormatError("SMP body: an indefinite length where none may be")
        return major, int.from_bytes(self._take(size), "big")

    def _take(self, size: int) -> bytes:
        taken = self._data[self.position : self.position + size]
        if len(taken) != size:
            raise FormatError("SMP body: ends too early")
        self.position += size
        return taken
