import pytest

from pipeline.images.assembly import ImageLimits, assemble
from pipeline.images.errors import UnusableImage
from pipeline.images.uf2 import uf2_runs
from tests.pipeline.images.image_files import (
    FAMILY_ID_PRESENT,
    IMAGE,
    LOAD_ADDRESS,
    UF2_FILE,
    uf2_block,
    uf2_file,
)

NOT_MAIN_FLASH = 0x1
FILE_CONTAINER = 0x1000
EXTENSION_TAGS = 0x8000


def read(data: bytes) -> tuple[int, bytes]:
    placed = assemble(uf2_runs(data), ImageLimits())
    return placed.load_address, placed.data


@pytest.mark.parametrize("payload_bytes", [1, 4, 255, 256, 476])
def test_blocks_may_carry_any_number_of_bytes(payload_bytes: int) -> None:
    assert read(uf2_file(IMAGE, LOAD_ADDRESS, payload_bytes)) == (LOAD_ADDRESS, IMAGE)


def test_blocks_may_come_in_any_order() -> None:
    blocks = [UF2_FILE[start : start + 512] for start in range(0, len(UF2_FILE), 512)]

    assert read(b"".join(reversed(blocks))) == (LOAD_ADDRESS, IMAGE)


@pytest.mark.parametrize("flag", [NOT_MAIN_FLASH, FILE_CONTAINER])
def test_blocks_that_are_not_for_main_flash_are_skipped(flag: int) -> None:
    comment = uf2_block(0x9999_0000, b"note", 1, 2, flags=flag, family=0)

    assert read(uf2_block(64, b"code", 0, 2) + comment) == (64, b"code")


def test_a_family_is_not_needed() -> None:
    assert read(uf2_block(64, b"code", 0, 1, flags=0, family=0)) == (64, b"code")


@pytest.mark.parametrize("tags_before", [b"", bytes.fromhex("099da6650102030405000000")])
def test_the_block_that_prepares_an_rp2350_is_left_out(tags_before: bytes) -> None:
    # As picotool writes it with --abs-block: another family, a count that is not the file's.
    preparation = uf2_block(
        0x10FF_FF00,
        b"\xef" * 256,
        0,
        2,
        flags=FAMILY_ID_PRESENT | EXTENSION_TAGS,
        family=0xE48B_FF57,
        tail=tags_before + bytes.fromhex("04e35799"),
    )

    assert read(preparation + UF2_FILE) == (LOAD_ADDRESS, IMAGE)


def test_tags_begin_at_a_multiple_of_four_bytes() -> None:
    tail = b"\0\0\0" + bytes.fromhex("04e35799")
    ignored = uf2_block(0, b"\xef" * 253, 0, 2, flags=EXTENSION_TAGS, tail=tail)

    assert read(ignored + UF2_FILE) == (LOAD_ADDRESS, IMAGE)


def test_bytes_behind_a_payload_are_no_tags_unless_the_flag_says_so() -> None:
    block = uf2_block(0, b"code", 0, 1, tail=bytes.fromhex("04e35799"))

    assert read(block) == (0, b"code")


def test_images_for_several_chips_are_refused_by_name() -> None:
    other = uf2_block(LOAD_ADDRESS, b"code", 0, 1, family=0xE48B_FF56)

    with pytest.raises(UnusableImage, match=r"several chip families \(0x5ee21072, 0xe48bff56\)"):
        read(UF2_FILE + other)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (UF2_FILE[:-1], "has 2047 bytes, no multiple of 512: it was cut off"),
        (UF2_FILE[:-512], "lacks block 3 of 4"),
        (UF2_FILE[512:], "lacks block 0 of 4"),
        (UF2_FILE[:512] + UF2_FILE[1024:], "lacks block 1 of 4"),
        (UF2_FILE[:512] + b"\0" * 512, "block 1: lacks the UF2 magic numbers"),
        (UF2_FILE[:-1] + b"\0", "block 3: lacks the UF2 magic numbers"),
        (uf2_block(0, b"a", 1, 1) + uf2_block(1, b"b", 0, 1), "numbers a block 1 of 1"),
        (uf2_block(0, b"a", 0, 0), "numbers a block 0 of 0"),
        (uf2_block(0, b"a", 0, 2) + uf2_block(1, b"b", 1, 3), "disagrees with itself"),
        (uf2_block(0, b"a", 0, 1)[:16] + b"\xdd\1" + uf2_block(0, b"a", 0, 1)[18:], "claims 477"),
        (uf2_block(0, b"a", 0, 1, flags=NOT_MAIN_FLASH), "holds no bytes"),
        (uf2_block(0, b"a", 0, 1) + uf2_block(0, b"b", 0, 1), "two different things about"),
        (uf2_block(0, b"a", 0, 0xFFFF_FFFF), "lacks block 1 of 4294967295"),
    ],
)
def test_damaged_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(UnusableImage, match=message):
        read(data)
