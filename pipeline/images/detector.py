"""Which format a file has: its content decides, its extension must not contradict.

Guessing from the name alone is how an Intel HEX file ends up in a slot as text.
"""

import re
from pathlib import PurePath
from typing import Final, NamedTuple

from pipeline.images import elf, uf2
from pipeline.images.dfu_zip import is_dfu_zip
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import ImageFormat


class _Foreign(NamedTuple):
    """Content that is not an image, recognised by how it begins."""

    beginning: re.Pattern[bytes]
    description: str
    advice: str


_FORMAT_BY_EXTENSION: Final = {
    ".bin": ImageFormat.BINARY,
    ".hex": ImageFormat.INTEL_HEX,
    ".ihex": ImageFormat.INTEL_HEX,
    ".ihx": ImageFormat.INTEL_HEX,
    ".srec": ImageFormat.SREC,
    ".s19": ImageFormat.SREC,
    ".s28": ImageFormat.SREC,
    ".s37": ImageFormat.SREC,
    ".mot": ImageFormat.SREC,  # codespell:ignore mot
    ".uf2": ImageFormat.UF2,
    ".elf": ImageFormat.ELF,
    ".axf": ImageFormat.ELF,
    ".out": ImageFormat.ELF,
    ".zip": ImageFormat.DFU_ZIP,
}

_DESCRIPTION: Final = {
    ImageFormat.BINARY: "a raw binary",
    ImageFormat.INTEL_HEX: "Intel HEX",
    ImageFormat.SREC: "Motorola S-records",
    ImageFormat.UF2: "UF2",
    ImageFormat.ELF: "ELF",
    ImageFormat.DFU_ZIP: "a Nordic DFU archive",
}

# A whole first record, so that no raw image is taken for text because of its first bytes.
_TEXT_FORMATS: Final = (
    (re.compile(rb"\s*:[0-9A-Fa-f]{10,520}\s*(\n|\r|$)"), ImageFormat.INTEL_HEX),
    (re.compile(rb"\s*S[0-9][0-9A-Fa-f]{6,512}\s*(\n|\r|$)"), ImageFormat.SREC),
)

_RECORD_MARKS: Final = {
    ImageFormat.INTEL_HEX: re.compile(rb"\s*:"),
    ImageFormat.SREC: re.compile(rb"\s*S[0-9]"),
}

_UNPACK: Final = "unpack it and give the image inside"
_DOWNLOAD: Final = "download the file itself"
_FOREIGN: Final = (
    _Foreign(re.compile(rb"PK\x03\x04"), "a zip archive", _UNPACK),
    _Foreign(re.compile(rb"\x1f\x8b\x08"), "gzip data", _UNPACK),
    _Foreign(re.compile(rb"BZh[1-9]1AY&SY"), "bzip2 data", _UNPACK),
    _Foreign(re.compile(rb"\xfd7zXZ\x00"), "xz data", _UNPACK),
    _Foreign(re.compile(rb"\x28\xb5\x2f\xfd"), "zstd data", _UNPACK),
    _Foreign(re.compile(rb"\x04\x22\x4d\x18"), "lz4 data", _UNPACK),
    _Foreign(re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive", _UNPACK),
    _Foreign(re.compile(rb"(?s:.{257})ustar"), "a tar archive", _UNPACK),
    _Foreign(re.compile(rb"DfuSe"), "a DfuSe file", "convert it to a raw binary first"),
    _Foreign(re.compile(rb"-----BEGIN "), "a key or certificate", "give a firmware image"),
    _Foreign(re.compile(rb"\xd8\x6b[\xa0-\xbf]\x02"), "an update package", "give the image itself"),
    _Foreign(re.compile(rb"(?i)\s*<(!doctype )?html"), "a web page", _DOWNLOAD),
    _Foreign(re.compile(rb"version https://git-lfs"), "a Git LFS pointer", "run `git lfs pull`"),
)


def detect_format(file_name: str, data: bytes) -> ImageFormat:
    """Return the format of `data`, which came from a file of that name.

    Without an extension, or with one that is not listed here, the content alone decides.

    Raises:
        UnusableImage: the content is not an image, or not what the extension says.
    """
    found = _format_of(data)
    for foreign in _FOREIGN:
        if found is ImageFormat.BINARY and foreign.beginning.match(data):
            raise UnusableImage(
                f"is not a firmware image, it looks like {foreign.description}: {foreign.advice}"
            )
    extension = PurePath(file_name).suffix.lower()
    claimed = _FORMAT_BY_EXTENSION.get(extension, found)
    if found is ImageFormat.BINARY and claimed in _RECORD_MARKS:
        # Its first record is damaged; the parser says how.
        found = claimed if _RECORD_MARKS[claimed].match(data) else found
    if claimed is not found:
        raise UnusableImage(
            f"is named {extension} but is not {_DESCRIPTION[claimed]}, it looks like"
            f" {_DESCRIPTION[found]}: name it .{found.value} if it is, or give another file"
        )
    return found


def _format_of(data: bytes) -> ImageFormat:
    if data.startswith(elf.MAGIC):
        return ImageFormat.ELF
    if data.startswith(uf2.MAGIC):
        return ImageFormat.UF2
    if is_dfu_zip(data):
        return ImageFormat.DFU_ZIP
    for first_record, text_format in _TEXT_FORMATS:
        if first_record.match(data):
            return text_format
    return ImageFormat.BINARY
