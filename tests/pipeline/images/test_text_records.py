import bincopy
import pytest

from pipeline.images.assembly import ImageLimits, assemble
from pipeline.images.errors import UnusableImage
from pipeline.images.text_records import intel_hex_runs, srec_runs
from tests.pipeline.images.image_files import HEX_FILE, IMAGE, SREC_FILE

HEX_END = ":00000001FF"


def hex_record(kind: int, address: int, data: bytes) -> str:
    return str(bincopy.pack_ihex(kind, address, len(data), data))


def srec_record(kind: str, address: int, data: bytes = b"") -> str:
    return str(bincopy.pack_srec(kind, address, len(data), data))


def read_hex(*lines: str) -> tuple[int, bytes]:
    placed = assemble(intel_hex_runs("\n".join(lines).encode()), ImageLimits())
    return placed.load_address, placed.data


def read_srec(*lines: str) -> tuple[int, bytes]:
    placed = assemble(srec_runs("\n".join(lines).encode()), ImageLimits())
    return placed.load_address, placed.data


@pytest.mark.parametrize("address_bits", [16, 24, 32])
def test_hex_files_of_every_address_width_are_read(address_bits: int) -> None:
    file = bincopy.BinFile()
    address = 0x1000 if address_bits == 16 else 0x1_FF00
    file.add_binary(IMAGE, address)

    assert read_hex(file.as_ihex(address_length_bits=address_bits)) == (address, IMAGE)


@pytest.mark.parametrize("address_bits", [16, 24, 32])
def test_s_records_of_every_address_width_are_read(address_bits: int) -> None:
    file = bincopy.BinFile()
    file.header = "title"
    file.add_binary(IMAGE, 0x1000)

    assert read_srec(file.as_srec(address_length_bits=address_bits)) == (0x1000, IMAGE)


def test_windows_line_ends_lower_case_and_blank_lines_are_accepted() -> None:
    text = HEX_FILE.replace(b"\n", b"\r\n\r\n").lower()

    assert assemble(intel_hex_runs(text), ImageLimits()).data == IMAGE


def test_the_last_extended_address_counts_whatever_its_kind() -> None:
    # Not the sum of both: the specification lets each kind replace what was set before.
    linear = hex_record(4, 0, b"\x08\x00")
    segment = hex_record(2, 0, b"\x10\x00")

    assert read_hex(linear, segment, hex_record(0, 4, b"x"), HEX_END) == (0x1_0004, b"x")
    assert read_hex(segment, linear, hex_record(0, 4, b"x"), HEX_END) == (0x0800_0004, b"x")


def test_a_record_may_cross_64_kib_of_a_linear_address() -> None:
    linear = hex_record(4, 0, b"\x00\x01")

    assert read_hex(linear, hex_record(0, 0xFFFF, b"ab"), HEX_END) == (0x1_FFFF, b"ab")


@pytest.mark.parametrize(
    ("kind", "upper", "end"), [(2, b"\x10\x00", "0x20000"), (4, b"\xff\xff", "0x100000000")]
)
def test_a_record_must_not_run_past_the_end_of_its_address_range(
    kind: int, upper: bytes, end: str
) -> None:
    with pytest.raises(UnusableImage, match=f"line 2: runs past the end .* at {end}"):
        read_hex(hex_record(kind, 0, upper), hex_record(0, 0xFFFF, b"ab"), HEX_END)


def test_an_s_record_must_not_run_past_32_bits() -> None:
    with pytest.raises(UnusableImage, match="line 1: runs past the end"):
        read_srec(srec_record("3", 0xFFFF_FFFF, b"ab"), srec_record("7", 0))


def test_conflicting_records_are_refused_even_where_the_library_would_not() -> None:
    # The third record continues the second and runs over the first.
    records = [hex_record(0, 16, b"1111"), hex_record(0, 4, b"2222"), hex_record(0, 8, b"3" * 16)]

    library = bincopy.BinFile()
    library.add_ihex("\n".join([*records, HEX_END]))
    with pytest.raises(UnusableImage, match="two different things about address 0x10"):
        read_hex(*records, HEX_END)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEX_FILE.replace(b"A5", b"A6", 1), r"line \d+: expected crc '..' in record \.\.\., but"),
        (HEX_FILE[:-12], "has no end-of-file record .* cut off"),
        (HEX_FILE[:111], r"line \d+: record '\.\.\.' has wrong size"),
        (HEX_FILE + HEX_FILE, r"line \d+: goes on after its end record: two files were joined"),
        (b":0000000", "line 1: record '...' too short"),
        (b":xx000000000000", "line 1: non-hexadecimal number"),
        (b":          ", "line 1: "),
        (b":" + b"0" * 521, "line 1: is not a record"),
        (HEX_FILE.replace(b":20", b"\xff:20", 1), r"line \d+: is not a record"),
        (HEX_FILE.replace(b":20", b"20", 1), r"line \d+: record '\.\.\.' not starting with a ':'"),
        (hex_record(9, 0, b"").encode(), "line 1: unknown record type 9"),
        (hex_record(4, 0, b"\x01").encode(), "line 1: an extended address has 2 bytes"),
        (b"", "has no end-of-file record"),
    ],
)
def test_damaged_hex_files_are_refused_with_the_line(text: bytes, message: str) -> None:
    with pytest.raises(UnusableImage, match=message):
        list(intel_hex_runs(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SREC_FILE.replace(b"A5", b"A6", 1), r"line \d+: expected crc"),
        (SREC_FILE[: SREC_FILE.index(b"S5")], "has no end record .* cut off"),
        (b"\n".join(SREC_FILE.splitlines()[1:]), "counts 29 data records where 28 are"),
        (SREC_FILE + SREC_FILE, "goes on after its end record"),
        (b"S4030000FC", "line 1: expected record type"),
        (b"S1    ", "line 1: "),
    ],
)
def test_damaged_s_record_files_are_refused_with_the_line(text: bytes, message: str) -> None:
    with pytest.raises(UnusableImage, match=message):
        list(srec_runs(text))


def test_an_s_record_count_alone_is_an_end() -> None:
    data = srec_record("1", 0x10, b"abc")

    assert read_srec(data, srec_record("5", 1)) == (0x10, b"abc")
    with pytest.raises(UnusableImage, match="counts 2 data records where 1 are"):
        read_srec(data, srec_record("5", 2))
