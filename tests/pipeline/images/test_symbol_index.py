from pipeline.images.firmware_image import Symbol
from pipeline.images.symbol_index import SymbolIndex


def symbol(name: str, address: int, size: int) -> Symbol:
    return Symbol(name=name, address=address, size=size, is_function=True)


INDEX = SymbolIndex(
    [
        symbol("second", 0x120, 0x10),
        symbol("first", 0x100, 0x10),
        symbol("label", 0x108, 0),
        symbol("alias", 0x100, 4),
    ]
)


def name_at(address: int) -> str | None:
    found = INDEX.covering(address)
    return found.name if found else None


def test_a_symbol_covers_its_bytes_and_no_others() -> None:
    assert [name_at(a) for a in (0xFF, 0x100, 0x10F, 0x110, 0x11F, 0x120, 0x12F, 0x130)] == [
        None,
        "first",
        "first",
        None,
        None,
        "second",
        "second",
        None,
    ]


def test_a_label_without_size_does_not_hide_the_function_around_it() -> None:
    assert name_at(0x108) == "first"


def test_of_aliases_the_longest_counts() -> None:
    assert name_at(0x102) == "first"


def test_an_image_without_symbols_covers_nothing() -> None:
    assert SymbolIndex([]).covering(0) is None
