"""What the files of two images tell the engines beyond their bytes."""

from typing import Final

from pipeline.engines.contract import Hints
from pipeline.images.firmware_image import FirmwareImage
from pipeline.packaging.moved_symbols import moved_symbols

_ADDRESS_MASK: Final = 0xFFFF_FFFF
"""Code refers to what is near it, so 32 bits of an address are enough to tell where."""


def image_hints(base: FirmwareImage, new: FirmwareImage) -> Hints:
    """Return where symbols moved, and the load addresses if both files state theirs."""
    load_addresses = (
        (base.load_address & _ADDRESS_MASK, new.load_address & _ADDRESS_MASK)
        if base.load_address is not None and new.load_address is not None
        else None
    )
    return Hints(moves=moved_symbols(base, new), load_addresses=load_addresses)
