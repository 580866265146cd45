"""Nordic DFU archives: a zip with `manifest.json` and the image that goes into the slot.

Sources: nRF5 SDK, "DFU package" (`{"manifest": {"application": {"bin_file": ...}}}`), and nRF
Connect SDK, `dfu_application.zip` (`{"format-version": ..., "files": [{"file": ...}]}`).
"""

import zipfile
import zlib
from io import BytesIO
from typing import Final, NamedTuple

from pipeline.images.assembly import ImageLimits
from pipeline.images.errors import UnusableImage
from pipeline.json_document import read_json

MAGIC: Final = b"PK\x03\x04"
_MANIFEST: Final = "manifest.json"
_MAX_MANIFEST_BYTES: Final = 64 * 1024
_MAX_ENTRIES: Final = 64
# What zipfile raises for hostile archives; RuntimeError is how it says that a file is encrypted.
_UNPACKING_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_NOT_ONE: Final = "unpack it and give the image that this update is for"


class _Entry(NamedTuple):
    """An image that the archive's manifest names."""

    file: str
    role: str


def is_dfu_zip(data: bytes) -> bool:
    """Whether `data` is a zip archive with a `manifest.json` at its top."""
    if not data.startswith(MAGIC):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _MANIFEST in archive.namelist()
    except _UNPACKING_ERRORS:
        return False


def read_dfu_zip(data: bytes, limits: ImageLimits) -> bytes:
    """Return the one image that a DFU archive holds.

    Raises:
        UnusableImage: the archive is damaged, holds no image or more than one, or a larger one
            than `limits` allow.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if len(archive.infolist()) > _MAX_ENTRIES:
                raise UnusableImage(f"is a zip archive of more than {_MAX_ENTRIES} files")
            entries = _entries(_read(archive, _MANIFEST, _MAX_MANIFEST_BYTES))
            if len(entries) != 1:
                named = ", ".join(f"{entry.file} ({entry.role})" for entry in entries) or "none"
                raise UnusableImage(
                    f"is a DFU archive that names {len(entries)} images ({named}): {_NOT_ONE}"
                )
            return _read(archive, entries[0].file, limits.max_image_bytes)
    except _UNPACKING_ERRORS as problem:
        raise UnusableImage(f"is a DFU archive that cannot be unpacked ({problem})") from problem


def _read(archive: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    """Unpack one file; no more than `max_bytes` are ever held, whatever the archive claims."""
    try:
        with archive.open(name) as file:
            content = file.read(max_bytes + 1)
    except KeyError:
        raise UnusableImage(f"is a DFU archive without the {name} that it names") from None
    if len(content) > max_bytes:
        raise UnusableImage(f"is a DFU archive whose {name} has more than {max_bytes} bytes")
    return content


def _entries(manifest: bytes) -> list[_Entry]:
    try:
        document = read_json(manifest)
    except ValueError as problem:
        raise UnusableImage(f"is a DFU archive with a damaged {_MANIFEST}") from problem
    named: list[tuple[object, object]]
    match document:
        case {"files": [*files]}:
            named = [(_field(entry, "file"), _field(entry, "type")) for entry in files]
        case {"manifest": {**parts}}:
            named = [(_field(part, "bin_file"), role) for role, part in parts.items()]
        case _:
            named = []
    return [_Entry(file, str(role)) for file, role in named if isinstance(file, str)]


def _field(entry: object, name: str) -> object:
    return entry.get(name) if isinstance(entry, dict) else None
