"""The part of CBOR (RFC 8949) that manifests use, in its deterministic encoding only.

`encode` writes the core deterministic encoding of section 4.2.1. `CborReader` pulls one item at a
time, so a parser states the shape it expects and stops at the first byte that differs: there is no
recursion, no tag that runs code and no allocation that a length in the data decides. A head that
is not the shortest form, an indefinite length and a float are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final, TypeAlias

from device_apply.errors import FormatError

CborValue: TypeAlias = (
    "int | bytes | str | Sequence[CborValue] | Mapping[int, CborValue] | Tagged | None"
)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value behind a tag (RFC 8949 section 3.4)."""

    tag: int
    value: CborValue


@unique
class MajorType(IntEnum):
    """The top three bits of an item's first byte (RFC 8949 section 3.1)."""

    UNSIGNED = 0
    NEGATIVE = 1
    BYTES = 2
    TEXT = 3
    ARRAY = 4
    MAP = 5
    TAG = 6
    SIMPLE = 7


_NULL: Final = 22
_DIRECT_LIMIT: Final = 24
"""Arguments below this value are part of the first byte."""
_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}


def encode_head(major: MajorType, argument: int) -> bytes:
    """Return the shortest head of an item: type and argument (a value, a length or a tag)."""
    if argument < _DIRECT_LIMIT:
        return bytes([major << 5 | argument])
    for additional, size in _ARGUMENT_BYTES.items():
        if argument < 1 << (8 * size):
            return bytes([major << 5 | additional]) + argument.to_bytes(size, "big")
    raise ValueError(f"{argument} does not fit a CBOR head")


def encode(value: CborValue) -> bytes:
    """Return the deterministic encoding of `value`; map keys are sorted by their encoding."""
    if value is None:
        return encode_head(MajorType.SIMPLE, _NULL)
    if isinstance(value, int):
        if value < 0:
            return encode_head(MajorType.NEGATIVE, -1 - value)
        return encode_head(MajorType.UNSIGNED, value)
    if isinstance(value, bytes):
        return encode_head(MajorType.BYTES, len(value)) + value
    if isinstance(value, str):
        return encode_head(MajorType.TEXT, len(value.encode())) + value.encode()
    return _encode_container(value)


def _encode_container(value: Sequence[CborValue] | Mapping[int, CborValue] | Tagged) -> bytes:
    if isinstance(value, Tagged):
        return encode_head(MajorType.TAG, value.tag) + encode(value.value)
    if isinstance(value, Mapping):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return encode_head(MajorType.MAP, len(pairs)) + b"".join(k + v for k, v in pairs)
    return encode_head(MajorType.ARRAY, len(value)) + b"".join(encode(item) for item in value)


class CborReader:
    """Reads the items of `data` one after the other.

    Every method raises `FormatError` where the next item is not what it is asked for; `what` names
    the data in that message.
    """

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._position = 0

    @property
    def position(self) -> int:
        """Offset of the next item."""
        return self._position

    def unsigned(self, limit: int) -> int:
        """Read an unsigned integer of at most `limit`."""
        value = self._expect(MajorType.UNSIGNED)
        if value > limit:
            raise self.malformed(f"{value} is over the limit of {limit}")
        return value

    def integer(self) -> int:
        """Read an integer of either sign."""
        major, argument = self._head()
        if major is MajorType.UNSIGNED:
            return argument
        if major is MajorType.NEGATIVE:
            return -1 - argument
        raise self.malformed("expected an integer")

    def byte_string(self) -> bytes:
        """Read a byte string that ends within the data."""
        return self._take(self._expect(MajorType.BYTES))

    def byte_string_header(self, limit: int) -> int:
        """Read only the head of a byte string and return the announced length."""
        length = self._expect(MajorType.BYTES)
        if length > limit:
            raise self.malformed(f"a byte string of {length} bytes is over the limit of {limit}")
        return length

    def text(self, limit: int) -> str:
        """Read a text string of at most `limit` bytes of UTF-8."""
        length = self._expect(MajorType.TEXT)
        if length > limit:
            raise self.malformed(f"a text of {length} bytes is over the limit of {limit}")
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise self.malformed("text is not UTF-8") from error

    def array(self, length: int) -> None:
        """Read the head of an array of exactly `length` items."""
        self._expect_argument(MajorType.ARRAY, length)

    def array_header(self) -> int:
        """Read the head of an array and return its number of items."""
        return self._expect(MajorType.ARRAY)

    def map(self, length: int) -> None:
        """Read the head of a map of exactly `length` pairs."""
        self._expect_argument(MajorType.MAP, length)

    def map_header(self) -> int:
        """Read the head of a map and return its number of pairs."""
        return self._expect(MajorType.MAP)

    def tag(self, tag: int) -> None:
        """Read exactly this tag."""
        self._expect_argument(MajorType.TAG, tag)

    def literal(self, *values: int) -> None:
        """Read exactly these integers, one after the other: keys, commands, fixed arguments."""
        for value in values:
            found = self.integer()
            if found != value:
                raise self.malformed(f"expected {value}, found {found}")

    def null(self) -> None:
        """Read a null."""
        self._expect_argument(MajorType.SIMPLE, _NULL)

    def end(self) -> None:
        """Require that nothing follows."""
        if self._position != len(self._data):
            raise self.malformed(f"{len(self._data) - self._position} bytes too many")

    def malformed(self, reason: str) -> FormatError:
        """Return the error that names this data and the offset where reading stands."""
        return FormatError(f"{self._what}: {reason} (at byte {self._position})")

    def _expect_argument(self, major: MajorType, argument: int) -> None:
        found = self._expect(major)
        if found != argument:
            raise self.malformed(f"expected {major.name.lower()} {argument}, found {found}")

    def _expect(self, major: MajorType) -> int:
        found, argument = self._head()
        if found is not major:
            raise self.malformed(f"expected {major.name.lower()}, found {found.name.lower()}")
        return argument

    def _head(self) -> tuple[MajorType, int]:
        first = self._take(1)[0]
        major, additional = MajorType(first >> 5), first & 0x1F
        if additional < _DIRECT_LIMIT:
            return major, additional
        size = _ARGUMENT_BYTES.get(additional)
        if size is None:
            raise self.malformed("indefinite lengths and reserved heads are not allowed")
        argument = int.from_bytes(self._take(size), "big")
        if encode_head(major, argument)[0] & 0x1F != additional:
            raise self.malformed("the head is not in its shortest form")
        return major, argument

    def _take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) != size:
            raise self.malformed("the data ends too early")
        self._position += size
        return taken
