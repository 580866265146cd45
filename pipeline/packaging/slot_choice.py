"""For devices that execute in place: which slot is an image linked for?"""

import struct
from typing import Final

from device_apply.profile import Architecture, DeviceProfile, SlotAddressing
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage

_VECTORS: Final = struct.Struct("<II")
"""Initial stack pointer and reset handler, the first words of a Cortex-M image (ARMv7-M B1.5.2)."""
_SLOT_NAMES: Final = ("A", "B")


def choose_slot(
    base: FirmwareImage | None, new: FirmwareImage, profile: DeviceProfile
) -> int | None:
    """Return the slot that the new image is for, or None if the device maps slots to one address.

    Raises:
        InputError: the slot cannot be told, or base and new image are linked for the same one.
    """
    if profile.layout.slot_addressing is SlotAddressing.REMAP:
        return None
    slot = _linked_slot(new, profile)
    if base is not None and _linked_slot(base, profile) == slot:
        raise InputError(
            f"{new.name}: linked for slot {_SLOT_NAMES[slot]} like the base image {base.name}, but "
            f"device {profile.name!r} runs each slot at its own address; give the image that is "
            "linked for the other slot"
        )
    return slot


def _linked_slot(image: FirmwareImage, profile: DeviceProfile) -> int:
    address = image.load_address
    if address is None and profile.architecture is Architecture.THUMB:
        address = _reset_handler(image)
    for slot in range(len(_SLOT_NAMES)):
        start = profile.slot_address(slot)
        if address is not None and start <= address < start + profile.slot_bytes:
            return slot
    raise InputError(
        f"{image.name}: cannot tell which slot it is linked for; give an ELF, Intel HEX or SREC "
        f"file with addresses inside a slot of device {profile.name!r}"
    )


def _reset_handler(image: FirmwareImage) -> int | None:
    if image.size < _VECTORS.size:
        return None
    _, reset_handler = _VECTORS.unpack_from(image.data)
    return int(reset_handler)
