"""What files of images tell the engines."""

from dataclasses import replace
from pathlib import Path

from pipeline.images.reader import read_image
from pipeline.packaging.image_hints import image_hints

SAMPLES = Path("sample_firmware/images")


def test_elf_files_of_two_slots_tell_both_load_addresses_and_every_move() -> None:
    base = read_image(SAMPLES / "sensor-node-cm3-1.0.0.elf")
    new = read_image(SAMPLES / "sensor-node-cm3-slotb-1.0.0.elf")

    hints = image_hints(base, new)

    assert hints.load_addresses == (0x2100_0000, 0x2102_0000)
    assert len(hints.moves) > 100


def test_hex_files_tell_load_addresses_alone() -> None:
    base = read_image(SAMPLES / "sensor-node-cm3-1.0.0.hex")
    new = read_image(SAMPLES / "sensor-node-cm3-1.1.0.hex")

    hints = image_hints(base, new)

    assert hints.load_addresses == (0x2100_0000, 0x2100_0000)
    assert hints.moves == ()


def test_a_file_without_an_address_leaves_both_open() -> None:
    base = read_image(SAMPLES / "sensor-node-cm3-1.0.0.bin")
    new = read_image(SAMPLES / "sensor-node-cm3-1.1.0.elf")

    assert image_hints(base, new).load_addresses is None


def test_addresses_of_64_bits_are_told_by_their_lower_half() -> None:
    image = read_image(SAMPLES / "sensor-node-rv32-1.0.0.elf")
    high = replace(image, load_address=0xFFFF_FFC0_8020_0000)

    assert image_hints(high, high).load_addresses == (0x8020_0000, 0x8020_0000)
