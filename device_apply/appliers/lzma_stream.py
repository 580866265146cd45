"""One `.lzma` ("alone") stream of a payload: its header, what it takes to decode, the decoder.

The header is 13 bytes: a byte that packs lc, lp and pb, the dictionary size, the decoded size or
all ones (LZMA specification, 2015, section "lzma file format"). A decoder allocates the dictionary
that the header asks for, so the header is refused before that if it asks for more than the payload
can have any use for.
"""

import lzma
from dataclasses import dataclass
from struct import Struct
from typing import ClassVar, Final, Self

from device_apply.appliers.decompressor_stream import DecompressorStream
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

MIN_DICTIONARY_BYTES: Final = 4096
"""Smallest dictionary of the LZMA specification; decoders round smaller ones up to it."""

_LITERAL_PROBABILITIES: Final = 0x300
_OTHER_PROBABILITIES: Final = 1846  # LZMA specification: all but the literal ones
_PROBABILITY_BYTES: Final = 2
_VARIABLES_BYTES: Final = 76
"""liblzma 5.8.1's decoder is 28,344 bytes on Cortex-M4 with lc + lp = 4; the rest are variables."""

_MAX_LITERAL_BITS: Final = 4  # liblzma refuses lc + lp above 4
_PROPERTIES: Final = 9 * 5 * 5  # lc below 9, lp and pb below 5
_ALLOCATOR_MARGIN_BYTES: Final = 128 << 10  # liblzma counts 32 KiB plus its state as overhead


@dataclass(frozen=True, slots=True, kw_only=True)
class LzmaHeader:
    """The header of an `.lzma` stream."""

    literal_context_bits: int
    literal_position_bits: int
    dictionary_bytes: int

    _LAYOUT: ClassVar = Struct("<BIQ")
    SIZE: ClassVar[int] = _LAYOUT.size

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode the 13 bytes.

        Raises:
            device_apply.errors.FormatError: they are not the header of an `.lzma` stream.
        """
        if len(data) != cls.SIZE:
            raise FormatError("lzma header is cut off")
        # The decoded size is left to the decoder: the reader asks for what it needs anyway.
        properties, dictionary_bytes, _decoded_bytes = cls._LAYOUT.unpack(data)
        literal_context_bits = properties % 9
        literal_position_bits = properties // 9 % 5
        literal_bits = literal_context_bits + literal_position_bits
        if properties >= _PROPERTIES or literal_bits > _MAX_LITERAL_BITS:
            raise FormatError(f"lzma properties byte {properties:#04x} is out of range")
        return cls(
            literal_context_bits=literal_context_bits,
            literal_position_bits=literal_position_bits,
            dictionary_bytes=dictionary_bytes,
        )

    @property
    def ram_bytes(self) -> int:
        """What a decoder needs: probabilities for these literal bits, variables, dictionary."""
        literal_coders = 1 << (self.literal_context_bits + self.literal_position_bits)
        probabilities = _OTHER_PROBABILITIES + _LITERAL_PROBABILITIES * literal_coders
        dictionary_bytes = max(self.dictionary_bytes, MIN_DICTIONARY_BYTES)
        return _VARIABLES_BYTES + _PROBABILITY_BYTES * probabilities + dictionary_bytes


def useful_dictionary_bytes(decoded_bytes: int) -> int:
    """Return the smallest power of two that spans `decoded_bytes`; more is never of use."""
    return max(MIN_DICTIONARY_BYTES, 1 << max(decoded_bytes - 1, 0).bit_length())


def peek_lzma_header(compressed: SourceReader) -> LzmaHeader:
    """Decode the header ahead without moving the reader.

    Raises:
        device_apply.errors.FormatError: there is no valid one.
    """
    return LzmaHeader.from_bytes(compressed.peek(LzmaHeader.SIZE))


def open_lzma(compressed: SourceReader, dictionary_limit_bytes: int) -> DecompressorStream:
    """Decode one `.lzma` stream whose dictionary is at most `dictionary_limit_bytes`.

    Raises:
        device_apply.errors.FormatError: the header is malformed or asks for more.
    """
    header = peek_lzma_header(compressed)
    if header.dictionary_bytes > dictionary_limit_bytes:
        raise FormatError(
            f"lzma dictionary of {header.dictionary_bytes} bytes is over the limit of "
            f"{dictionary_limit_bytes}"
        )
    decompressor = lzma.LZMADecompressor(
        format=lzma.FORMAT_ALONE,
        memlimit=dictionary_limit_bytes + _ALLOCATOR_MARGIN_BYTES,
    )
    return DecompressorStream(decompressor, compressed)
