"""What detools' patch types have in common: the first byte, the numbers, the compressions.

The first byte is the patch type (three bits) and the compression (four bits). Numbers are signed:
the first byte holds a continuation bit, the sign and 6 bits, each further one a continuation bit
and 7 bits, least significant first. Numbers longer than they need to be, "minus zero" and more than
63 bits are refused; detools writes none of them, its readers take them all.

RAM figures are of detools' C sources at 53d1f47 on Cortex-M0+: the state of the reader by
compression, the rest of the state by patch type, and the peak stack of the callback interface.
"""

from enum import IntEnum, unique
from typing import Final, Protocol

from device_apply.appliers.byte_stream import ByteStream
from device_apply.appliers.contract import Source
from device_apply.appliers.crle_stream import CrleStream
from device_apply.appliers.decompressor_stream import DecompressorStream
from device_apply.appliers.heatshrink_stream import HeatshrinkStream, peek_heatshrink_header
from device_apply.appliers.lzma_stream import open_lzma, peek_lzma_header
from device_apply.appliers.patch_interpreter import PatchInterpreter
from device_apply.appliers.sources import SourceReader
from device_apply.errors import FormatError

DICTIONARY_LIMIT_BYTES: Final = 8 << 20
"""The dictionary of liblzma's default preset 6, which detools writes whatever the image size."""

PEAK_STACK_BYTES: Final = 1812
_PLAIN_READER_BYTES: Final = 36
_CRLE_READER_BYTES: Final = 52
_HEATSHRINK_READER_BYTES: Final = 564 - (1 << 8)
"""Without its window, which is 2^8 bytes in the build that was measured."""

_CONTINUES: Final = 0x80
_NEGATIVE: Final = 0x40
_FIRST_BITS: Final = 6
_NUMBER_BITS: Final = 63
_TYPE_SHIFT: Final = 4
_COMPRESSION_MASK: Final = 0xF


@unique
class PatchType(IntEnum):
    """The patch types of detools."""

    SEQUENTIAL = 0
    IN_PLACE = 1
    HDIFFPATCH = 2


@unique
class Compression(IntEnum):
    """The compressions of detools that this product writes and reads."""

    LZMA = 1
    CRLE = 2
    HEATSHRINK = 4


class _Readable(Protocol):
    def read(self, size: int) -> bytes: ...


def open_patch(
    payload: Source, patch_type: PatchType, compressions: frozenset[Compression]
) -> tuple[SourceReader, Compression]:
    """Read the first byte and return a reader behind it, and the compression.

    Raises:
        device_apply.errors.FormatError: it is another type of patch or another compression.
    """
    reader = SourceReader(payload)
    first_byte = reader.read(1)[0]
    if first_byte >> _TYPE_SHIFT != patch_type:
        raise FormatError(f"payload is not a detools {patch_type.name.lower()} patch")
    for compression in sorted(compressions):
        if first_byte & _COMPRESSION_MASK == compression:
            return reader, compression
    raise FormatError(f"detools compression {first_byte & _COMPRESSION_MASK} is not on board")


def read_number(stream: _Readable) -> int:
    """Read one number.

    Raises:
        device_apply.errors.FormatError: it is cut off, too long, or longer than it needs to be.
    """
    first = byte = stream.read(1)[0]
    value = first & (_NEGATIVE - 1)
    shift = _FIRST_BITS
    while byte & _CONTINUES:
        byte = stream.read(1)[0]
        value |= (byte & (_CONTINUES - 1)) << shift
        shift += 7
        # The shift counts, too: groups of zeros that go on leave the value as it is.
        if not byte or shift > _NUMBER_BITS + 7 or value >> _NUMBER_BITS:
            raise FormatError("detools number is over 63 bits or longer than it needs to be")
    if not first & _NEGATIVE:
        return value
    if not value:
        raise FormatError("detools number is minus zero")
    return -value


def read_size(stream: _Readable, what: str) -> int:
    """Read one number that must not be negative.

    Raises:
        device_apply.errors.FormatError: as `read_number`, or it is negative.
    """
    value = read_number(stream)
    if value < 0:
        raise FormatError(f"detools {what} is negative ({value})")
    return value


def read_new_size(stream: _Readable, new_size: int) -> None:
    """Read the size of the new image, which must be `new_size`.

    Raises:
        device_apply.errors.FormatError: as `read_size`, or it is another size.
    """
    declared = read_size(stream, "image size")
    if declared != new_size:
        raise FormatError(f"patch is for {declared} bytes, not for {new_size}")


def open_stream(reader: SourceReader, compression: Compression) -> ByteStream:
    """Decompress what `reader` has left.

    Raises:
        device_apply.errors.FormatError: the stream's header is malformed or asks for too much.
    """
    match compression:
        case Compression.LZMA:
            return open_detools_lzma(reader)
        case Compression.CRLE:
            return CrleStream(reader)
        case Compression.HEATSHRINK:
            return HeatshrinkStream(reader)


def open_detools_lzma(reader: SourceReader) -> DecompressorStream:
    """Decompress an `.lzma` stream with at most the dictionary that detools writes.

    Raises:
        device_apply.errors.FormatError: its header is malformed or asks for more.
    """
    return open_lzma(reader, DICTIONARY_LIMIT_BYTES)


def reader_ram(reader: SourceReader, compression: Compression) -> tuple[int, str]:
    """Return what decompressing takes and a few words on it, by the stream's header.

    Raises:
        device_apply.errors.FormatError: that header is malformed.
    """
    match compression:
        case Compression.LZMA:
            header = peek_lzma_header(reader)
            return _PLAIN_READER_BYTES + header.ram_bytes, "LZMA state and dictionary"
        case Compression.CRLE:
            return _CRLE_READER_BYTES, "CRLE reader"
        case Compression.HEATSHRINK:
            window_bytes = peek_heatshrink_header(reader).window_bytes
            return _HEATSHRINK_READER_BYTES + window_bytes, "heatshrink reader and window"


def refuse_data_format(stream: _Readable) -> None:
    """Read the size of the data-format patch, which must be zero.

    Raises:
        device_apply.errors.FormatError: there is one; detools' C appliers refuse it, too.
    """
    if read_number(stream):
        raise FormatError("detools data formats are not supported")


def run_instruction(stream: ByteStream, interpreter: PatchInterpreter) -> None:
    """Carry out one instruction: copy-add, insert, seek, with the bytes between the numbers.

    Raises:
        device_apply.errors.DeviceApplyError: as `PatchInterpreter` says.
    """
    interpreter.copy_add(read_number(stream), stream)
    interpreter.insert(read_number(stream), stream)
    interpreter.seek(read_number(stream))
