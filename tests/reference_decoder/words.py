"""The words of the format: numbers, folded numbers, bits and hashes.

docs/PATCH_FORMAT.md, the introduction, and the hashes of section 6.
"""

from typing import Final

MASK32: Final = 0xFFFF_FFFF
NUMBER_BYTES: Final = 5
"""A number is at most this long."""


class MalformedPatchError(Exception):
    """The patch contradicts the format, or the sizes of the images."""


class ByteReader:
    """Bytes of a patch, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    @property
    def is_at_end(self) -> bool:
        """Whether every byte was read."""
        return self.position == len(self._data)

    def byte(self) -> int:
        """Read one byte."""
        if self.is_at_end:
            raise MalformedPatchError("the patch ends too early")
        self.position += 1
        return self._data[self.position - 1]

    def number(self) -> int:
        """Read a number: seven bits a byte, low ones first; the fifth byte is the last."""
        value = 0
        for place in range(NUMBER_BYTES):
            byte = self.byte()
            value |= (byte & 127) << 7 * place
            if byte < 128:
                break
        return value & MASK32

    def folded(self) -> int:
        """Read a signed number."""
        return unfold(self.number())


def unfold(folded: int) -> int:
    """Undo the folding of signed numbers: 0, -1, 1, -2, 2, ... are 0, 1, 2, 3, 4, ..."""
    return -(folded >> 1) - 1 if folded & 1 else folded >> 1


def lg(value: int) -> int:
    """Return floor(log2(value)), and 0 for 0."""
    return max(value.bit_length() - 1, 0)


def sign_extend(value: int, bits: int) -> int:
    """Return the low bits as a signed number."""
    sign = 1 << (bits - 1)
    return ((value & ((sign << 1) - 1)) ^ sign) - sign


def bit_field(value: int, first: int, count: int) -> int:
    """Return `count` bits of `value` from number `first` on."""
    return value >> first & ((1 << count) - 1)


def slot(key: int, bits: int) -> int:
    """Return the place of a key in a table of 2^bits."""
    return (key * 0x9E37_79B1 & MASK32) >> (32 - bits)


def scramble(key: int) -> int:
    """Mix the bits of a key."""
    key = key * 0x2C1B_3C6D & MASK32
    return key ^ key >> 15
