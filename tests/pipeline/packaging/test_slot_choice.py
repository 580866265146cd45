"""Which slot an image is linked for, on devices that execute in place."""

import struct
from dataclasses import replace

import pytest

from device_apply.profile import Architecture, SlotAddressing
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage, ImageFormat
from pipeline.packaging.slot_choice import choose_slot

REMAP = parse_profile(builtin_profile_text("generic"))
PER_SLOT = replace(
    REMAP,
    architecture=Architecture.THUMB,
    layout=replace(REMAP.layout, slot_addressing=SlotAddressing.PER_SLOT),
)
SLOT_A = PER_SLOT.slot_address(0)
SLOT_B = PER_SLOT.slot_address(1)


def image(load_address: int | None, data: bytes = bytes(64)) -> FirmwareImage:
    return FirmwareImage(
        name="image.bin", data=data, load_address=load_address, source_format=ImageFormat.BINARY
    )


def linked_at(address: int) -> FirmwareImage:
    return image(None, struct.pack("<II", 0x2000_8000, address | 1) + bytes(56))


def test_a_device_that_remaps_takes_any_image() -> None:
    assert choose_slot(image(None), image(None), REMAP) is None


def test_the_load_address_tells_the_slot() -> None:
    assert choose_slot(image(SLOT_A), image(SLOT_B), PER_SLOT) == 1
    assert choose_slot(image(SLOT_B), image(SLOT_A), PER_SLOT) == 0


def test_without_an_address_the_reset_vector_tells_the_slot() -> None:
    assert choose_slot(linked_at(SLOT_A + 0x200), linked_at(SLOT_B + 0x200), PER_SLOT) == 1


def test_two_images_for_one_slot_are_refused() -> None:
    with pytest.raises(InputError, match="linked for slot B like the base image"):
        choose_slot(image(SLOT_B), image(SLOT_B), PER_SLOT)


@pytest.mark.parametrize("new", [image(0x9000_0000), image(None), image(None, b"ab")])
def test_an_image_for_no_slot_is_refused(new: FirmwareImage) -> None:
    tight = replace(PER_SLOT, flash=replace(PER_SLOT.flash, base_address=0x0800_0000))

    with pytest.raises(InputError, match="cannot tell which slot"):
        choose_slot(None, new, tight)
