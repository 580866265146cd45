"""Whatever a file holds: an image or one `InputError`, in bounded memory."""

import tracemalloc

import bincopy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.images.assembly import ImageLimits
from pipeline.images.reader import parse_image
from tests.pipeline.images.image_files import FILES, IMAGE, uf2_block
from tests.pipeline.images.tiny_elf import ElfWriter, TinySection

LIMITS = ImageLimits(max_image_bytes=1 << 20)
MEBIBYTE = 1 << 20

Mutation = tuple[int, bytes, int]


def parse(name: str, data: bytes) -> bytes | None:
    """Return the image, or None if it was refused; whatever else is raised fails the test."""
    try:
        return parse_image(name, data, LIMITS).data
    except InputError as refusal:
        problem = refusal
    assert len(str(problem).splitlines()) == 1
    return None


def mutated(data: bytes, mutations: list[Mutation]) -> bytes:
    for position, inserted, removed in mutations:
        at = position % (len(data) + 1)
        data = data[:at] + inserted + data[at + removed :]
    return data


def mutations() -> st.SearchStrategy[list[Mutation]]:
    interesting = st.sampled_from([b"\0", b"\xff", b"\xff" * 4, b"\x7f", b"0", b"F", b"\n", b":"])
    one = st.tuples(
        st.integers(0, 1 << 16), st.one_of(interesting, st.binary(max_size=8)), st.integers(0, 8)
    )
    return st.lists(one, min_size=1, max_size=4)


@pytest.mark.parametrize("name", FILES)
@given(changes=mutations())
def test_a_damaged_file_is_an_image_or_an_input_error(name: str, changes: list[Mutation]) -> None:
    parse(name, mutated(FILES[name], changes))


@pytest.mark.parametrize("name", FILES)
@given(position=st.integers(0, 600), word=st.integers(0, (1 << 32) - 1))
def test_a_word_of_any_value_anywhere_is_survived(name: str, position: int, word: int) -> None:
    data = FILES[name]
    parse(name, data[:position] + word.to_bytes(4, "little") + data[position + 4 :])


@given(data=st.binary(max_size=600), name=st.sampled_from([*FILES, "image"]))
def test_any_bytes_under_any_name_are_an_image_or_an_input_error(data: bytes, name: str) -> None:
    parse(name, data)


@given(body=st.binary(max_size=200), bits=st.sampled_from([b"\1\1", b"\1\2", b"\2\1", b"\2\2"]))
def test_an_elf_magic_in_front_of_any_bytes_is_survived(body: bytes, bits: bytes) -> None:
    parse("image.elf", b"\x7fELF" + bits + body)


@pytest.mark.parametrize("name", [name for name in FILES if name != "image.bin"])
def test_no_prefix_of_a_file_is_another_image(name: str) -> None:
    data = FILES[name].rstrip()

    # The count in S5 says that all is there, the S7 behind it only where to start.
    complete = data.index(b"\nS7") if name == "image.srec" else len(data)

    assert all(parse(name, data[:size]) is None for size in range(complete))
    assert all(parse(name, data[:size]) in (None, IMAGE) for size in range(complete, len(data)))


@pytest.mark.parametrize("name", ["image.hex", "image.srec"])
def test_every_changed_digit_of_a_text_format_is_noticed(name: str) -> None:
    data = FILES[name]
    expected = parse(name, data)

    for position, byte in enumerate(data):
        if byte in b"0123456789ABCDEF":
            digit = b"0" if byte != ord("0") else b"1"
            changed = parse(name, data[:position] + digit + data[position + 1 :])
            # S5 and S7 share a form: an end record is as good as a count.
            assert changed in (None, expected)


def far_apart_hex() -> bytes:
    file = bincopy.BinFile()
    file.add_binary(b"a", 0)
    file.add_binary(b"b", 0xFFFF_FFF0)
    return str(file.as_ihex()).encode()


def stepping_hex() -> bytes:
    file = bincopy.BinFile()
    for address in range(0, 4_000_000, 60_000):
        file.add_binary(b"a", address)
    return str(file.as_ihex()).encode()


BOMBS = {
    "two bytes at the ends of 4 GiB.hex": far_apart_hex(),
    "many gaps just under the limit.hex": stepping_hex(),
    "two blocks at the ends of 4 GiB.uf2": uf2_block(0, b"a", 0, 2)
    + uf2_block(0xFFFF_FF00, b"b", 1, 2),
    "a block count of 4 G.uf2": uf2_block(0, b"a", 0, 0xFFFF_FFFF),
    "two sections far apart.elf": ElfWriter(bits=64).build(
        [
            TinySection(name=".a", address=0, data=b"a"),
            TinySection(name=".b", address=1 << 62, data=b"b"),
        ]
    ),
    "blank lines without end.hex": FILES["image.hex"][:45] + b"\n" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_cannot_ask_for_much_memory(name: str) -> None:
    tracemalloc.start()
    try:
        result = parse(name, BOMBS[name])
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert result is None
    assert peak_bytes < 2 * MEBIBYTE
