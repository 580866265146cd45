"""Intel HEX and Motorola S-records: lines of hexadecimal with an address and a checksum each.

Sources: Intel, "Hexadecimal Object File Format Specification", revision A, 1988; Motorola, "M68000
Family Programmer's Reference Manual" (M68000PM/AD), appendix C.

`bincopy` decodes the records. Its assembly is not used: it lets a record that continues one range
run over the beginning of the next without a word, and slows down with the square of the ranges.
Both formats end with a record of their own, which is demanded here: without it a file was cut off.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final, NamedTuple, TypeAlias

import bincopy

from pipeline.images.assembly import Run
from pipeline.images.errors import UnusableImage

_Unpack: TypeAlias = Callable[[str], tuple[int | str, int, int, bytearray]]

# ':' and the digits of 255 data bytes with count, address (2), type and checksum; S-records: less.
_MAX_RECORD_CHARS: Final = 1 + 2 * (255 + 5)
_ADDRESS_SPACE_BYTES: Final = 1 << 32
_SEGMENT_BYTES: Final = 1 << 16


class _Record(NamedTuple):
    line_number: int
    kind: int | str
    address: int
    data: bytes


def intel_hex_runs(text: bytes) -> Iterator[Run]:
    """Yield the data records of an Intel HEX file (8, 16 and 32 bit forms) at their addresses.

    Raises:
        UnusableImage: a record is damaged, or the end record is missing or not the last.
    """
    base, end = 0, _ADDRESS_SPACE_BYTES
    records = _records(text, bincopy.unpack_ihex)
    for record in records:
        match record.kind:
            case bincopy.IHEX_DATA:
                yield _run(record, base + record.address, end)
            case bincopy.IHEX_EXTENDED_SEGMENT_ADDRESS:
                base = _upper_address(record) << 4
                # Within a segment addresses wrap around (the specification, chapter 5). No linker
                # makes use of it, so a record that would wrap is taken for damage.
                end = base + _SEGMENT_BYTES
            case bincopy.IHEX_EXTENDED_LINEAR_ADDRESS:
                base, end = _upper_address(record) << 16, _ADDRESS_SPACE_BYTES
            case bincopy.IHEX_END_OF_FILE:
                _refuse_more(records)
                return
            case bincopy.IHEX_START_SEGMENT_ADDRESS | bincopy.IHEX_START_LINEAR_ADDRESS:
                pass  # where execution begins is no part of the image
            case unknown:
                raise UnusableImage(f"line {record.line_number}: unknown record type {unknown}")
    raise UnusableImage(
        "has no end-of-file record (:00000001FF): it was cut off, copy or build it again"
    )


def srec_runs(text: bytes) -> Iterator[Run]:
    """Yield the data records of an S-record file (S19, S28 and S37) at their addresses.

    Raises:
        UnusableImage: a record is damaged, records are missing, or the end record is.
    """
    data_records = 0
    ended = False
    records = _records(text, bincopy.unpack_srec)
    for record in records:
        match record.kind:
            case "1" | "2" | "3":
                data_records += 1
                yield _run(record, record.address, _ADDRESS_SPACE_BYTES)
            case "5" | "6":
                if record.address != data_records:
                    raise UnusableImage(
                        f"line {record.line_number}: counts {record.address} data records where"
                        f" {data_records} are: the file is damaged, copy or build it again"
                    )
                ended = True
            case "7" | "8" | "9":
                _refuse_more(records)
                return
            case _:
                pass  # S0: a title for people
    if not ended:
        raise UnusableImage(
            "has no end record (S7, S8 or S9): it was cut off, copy or build it again"
        )


def _records(text: bytes, unpack: _Unpack) -> Iterator[_Record]:
    for line_number, line in enumerate(BytesIO(text), start=1):
        stripped = line.strip()
        if not stripped:
            continue
        if len(stripped) > _MAX_RECORD_CHARS or not stripped.isascii():
            raise UnusableImage(f"line {line_number}: is not a record: the file is damaged")
        record = stripped.decode("ascii")
        try:
            kind, address, _, data = unpack(record)
        except (bincopy.Error, ValueError, IndexError) as problem:
            # ValueError: digits that are not hexadecimal; IndexError: blanks in place of digits.
            reason = str(problem).replace(record, "...")
            raise UnusableImage(
                f"line {line_number}: {reason}: the file is damaged, copy or build it again"
            ) from problem
        yield _Record(line_number, kind, address, bytes(data))


def _run(record: _Record, address: int, end: int) -> Run:
    if address + len(record.data) > end:
        raise UnusableImage(
            f"line {record.line_number}: runs past the end of its address range at {end:#x}:"
            " the file is damaged, copy or build it again"
        )
    return Run(address, record.data)


def _upper_address(record: _Record) -> int:
    if len(record.data) != 2:  # noqa: PLR2004 (a 16 bit value, by the specification)
        raise UnusableImage(f"line {record.line_number}: an extended address has 2 bytes")
    return int.from_bytes(record.data, "big")


def _refuse_more(records: Iterator[_Record]) -> None:
    extra = next(records, None)
    if extra is not None:
        raise UnusableImage(
            f"line {extra.line_number}: goes on after its end record: two files were joined,"
            " give one of them"
        )
