"""What a package depends on, as one digest: where it is the same, the package is still good."""

import hashlib
import json
from dataclasses import asdict
from typing import Final

from device_apply.profile import DeviceProfile
from pipeline.images.firmware_image import FirmwareImage
from pipeline.matrix.cells import Cell
from pipeline.packaging.build_record import tool_versions

_FORM: Final = 1
"""Raised when the same inputs have to give another package."""


def fingerprint(
    cell: Cell, profile: DeviceProfile, security_counter: int, public_key_pem: bytes
) -> str:
    """Return the digest of everything that decides what the package of a cell is."""
    facts = {
        "form": _FORM,
        "place": cell.stem,
        "base": None if cell.is_full else _image_digest(cell.base.image),
        "new": _image_digest(cell.new.image),
        "profile": asdict(profile),
        "security_counter": security_counter,
        "key": public_key_pem.decode(),
        "tools": tool_versions(),
    }
    text = json.dumps(facts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _image_digest(image: FirmwareImage) -> str:
    """Symbols and sections count: the encoder may use them."""
    known = repr((image.load_address, image.source_format, image.sections, image.symbols))
    return hashlib.sha256(image.sha256 + known.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return repr(value)
