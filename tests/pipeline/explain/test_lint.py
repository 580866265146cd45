"""The lint for delta-friendly builds: each rule fires on what it is about, and not without it."""

import random

from pipeline.explain.lint import Finding, Rule, lint
from pipeline.explain.places import place
from pipeline.explain.symbol_changes import compare_symbols
from pipeline.images.firmware_image import FirmwareImage, ImageFormat, Section, Symbol

FUNCTION_BYTES = 32
TEXT = bytes(range(64)) * 256


def make_image(
    data: bytes = TEXT, *, load_address: int = 0x1000, section: str = ".text", order: int = 1
) -> FirmwareImage:
    """Return an image of one section with 40 functions; `order` -1 has them the other way round."""
    names = [f"function_{number}" for number in range(40)][::order]
    return FirmwareImage(
        name="made.elf",
        data=data,
        load_address=load_address,
        source_format=ImageFormat.ELF,
        sections=(
            Section(
                name=section,
                address=load_address,
                load_address=load_address,
                size=len(data),
                executable=True,
            ),
        ),
        symbols=tuple(
            Symbol(
                name=name,
                address=load_address + index * FUNCTION_BYTES,
                size=FUNCTION_BYTES,
                is_function=True,
            )
            for index, name in enumerate(names)
        ),
    )


def findings(new: FirmwareImage, base: FirmwareImage | None = None) -> list[Finding]:
    base_places, new_places = place(base or make_image()), place(new)
    return list(lint(base_places, new_places, compare_symbols(base_places, new_places)))


def test_a_clean_build_has_no_findings() -> None:
    assert findings(make_image(TEXT[::-1])) == []


def test_a_build_time_that_changed_is_found_where_it_is() -> None:
    (finding,) = findings(make_image(TEXT[:100] + b"built 09:41:07\0" + TEXT[115:]))

    assert (finding.rule, finding.where) == (Rule.BUILD_TIME, "0x106a in function_3")
    assert "'09:41:07'" in finding.what


def test_a_date_that_stays_is_no_build_time() -> None:
    dated = make_image(TEXT[:100] + b"epoch 2000-01-01\0" + TEXT[117:])

    assert findings(dated, dated) == []


def test_a_build_id_in_the_image_is_found() -> None:
    assert [f.rule for f in findings(make_image(section=".note.gnu.build-id"))] == [Rule.BUILD_ID]


def test_each_path_of_the_build_machine_is_found_once() -> None:
    paths = b"/home/ci/node/main.c\0C:\\work\\node\\radio.c\0/home/ci/node/main.c\0/usr/share/x\0"
    found = findings(make_image(TEXT[:64] + paths + TEXT))

    assert [f.rule for f in found] == [Rule.BUILD_PATH, Rule.BUILD_PATH]
    assert "main.c" in found[0].what


def test_compressed_data_is_found_with_its_size() -> None:
    (finding,) = findings(make_image(TEXT[:8192] + random.Random(1).randbytes(12_288) + TEXT))

    assert finding.rule is Rule.OPAQUE_DATA
    assert finding.what.startswith("12,288 bytes")


def test_functions_in_another_order_are_the_linker_s_doing() -> None:
    (finding,) = findings(make_image(order=-1))

    assert finding.rule is Rule.LINK_ORDER
    assert finding.what.startswith("39 of 40")


def test_another_load_address_is_found() -> None:
    (finding,) = findings(make_image(load_address=0x2000))

    assert finding.rule is Rule.LOAD_ADDRESS
    assert "0x1000" in finding.what
