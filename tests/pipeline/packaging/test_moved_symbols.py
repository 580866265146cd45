"""What symbols say of where functions went."""

from pipeline.images.firmware_image import FirmwareImage, ImageFormat, Section, Symbol
from pipeline.packaging.moved_symbols import moved_symbols

FLASH, RAM = 0x0800_0000, 0x2000_0000


def image(*symbols: tuple[str, int], data_at: int = 0x800) -> FirmwareImage:
    return FirmwareImage(
        name="firmware.elf",
        data=bytes(0x1000),
        load_address=FLASH,
        source_format=ImageFormat.ELF,
        sections=(
            Section(name=".text", address=FLASH, load_address=FLASH, size=0x800, executable=True),
            Section(
                name=".data",
                address=RAM,
                load_address=FLASH + data_at,
                size=0x100,
                executable=False,
            ),
            Section(
                name=".bss", address=RAM + 0x100, load_address=RAM, size=0x100, executable=False
            ),
        ),
        symbols=tuple(
            Symbol(name=name, address=address, size=8, is_function=True)
            for name, address in symbols
        ),
    )


def test_a_function_is_found_by_its_name() -> None:
    base = image(("main", FLASH + 0x10), ("send", FLASH + 0x40))
    new = image(("send", FLASH + 0x20), ("main", FLASH + 0x80))

    assert moved_symbols(base, new) == ((0x40, 0x20), (0x10, 0x80))


def test_functions_that_share_a_name_are_paired_in_their_order() -> None:
    base = image(("init", FLASH + 0x10), ("init", FLASH + 0x20))
    new = image(("init", FLASH + 0x30), ("init", FLASH + 0x50))

    assert moved_symbols(base, new) == ((0x10, 0x30), (0x20, 0x50))


def test_functions_that_share_a_name_with_one_that_was_added_are_not_guessed_at() -> None:
    base = image(("init", FLASH + 0x10), ("init", FLASH + 0x20))
    new = image(("init", FLASH + 0x30), ("init", FLASH + 0x50), ("init", FLASH + 0x70))

    assert moved_symbols(base, new) == ()


def test_a_renamed_function_is_found_between_its_neighbours() -> None:
    base = image(("a", FLASH), ("b", FLASH + 0x10), ("c", FLASH + 0x30))
    new = image(("a", FLASH + 8), ("renamed", FLASH + 0x18), ("c", FLASH + 0x40))

    assert moved_symbols(base, new) == ((0, 8), (0x10, 0x18), (0x30, 0x40))


def test_an_added_function_is_not_taken_for_a_renamed_one() -> None:
    base = image(("a", FLASH), ("c", FLASH + 0x30))
    new = image(("a", FLASH), ("b", FLASH + 0x30), ("c", FLASH + 0x50))

    assert moved_symbols(base, new) == ((0, 0), (0x30, 0x50))


def test_a_variable_is_where_its_initial_value_lies_in_flash() -> None:
    base = image(("table", RAM + 4))
    new = image(("table", RAM + 12), data_at=0x900)

    assert moved_symbols(base, new) == ((0x804, 0x90C),)


def test_a_variable_without_bytes_in_the_image_says_nothing() -> None:
    assert moved_symbols(image(("buffer", RAM + 0x120)), image(("buffer", RAM + 0x130))) == ()


def test_an_image_without_symbols_says_nothing() -> None:
    assert moved_symbols(image(), image(("main", FLASH))) == ()
