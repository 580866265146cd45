"""Names from elsewhere: the ELF or map file of the link, for an image that has none itself."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.images.elf import MAGIC
from pipeline.images.errors import UnusableImage
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.linker_map import read_map
from pipeline.images.reader import parse_image
from pipeline.input_files import read_input_file

_MAX_FILE_BYTES: Final = 64 << 20
_PROBE_BYTES: Final = 256


def with_symbols(image: FirmwareImage, path: Path) -> FirmwareImage:
    """Return the image with sections and symbols of an ELF or map file.

    A signed image has a header before the code: an ELF file's bytes are looked for in it. With a
    map file the image begins with the first section, if its own file does not say where.

    Raises:
        InputError: the file is neither, or of another build.
    """
    data = read_input_file(path, "ELF or map file", _MAX_FILE_BYTES)
    try:
        if data.startswith(MAGIC):
            return _with_elf(image, parse_image(path.name, data))
        contents = read_map(data.decode(errors="replace"))
    except UnusableImage as problem:
        raise InputError(f"{path}: {problem}") from problem
    first = min(section.load_address for section in contents.sections)
    start = first if image.load_address is None else image.load_address
    sections = tuple(
        s
        for s in contents.sections
        if start <= s.load_address and s.load_address + s.size <= start + image.size
    )
    if not sections:
        raise InputError(f"{path}: none of its sections lies in {image.name}: give its own map")
    return replace(image, load_address=start, sections=sections, symbols=contents.symbols)


def _with_elf(image: FirmwareImage, elf: FirmwareImage) -> FirmwareImage:
    offset = image.data.find(elf.data[:_PROBE_BYTES])
    if offset < 0 or elf.load_address is None:
        raise UnusableImage(f"is of another build: its code is not in {image.name}")
    return replace(
        image,
        load_address=elf.load_address - offset,
        sections=elf.sections,
        symbols=elf.symbols,
        toolchain=elf.toolchain,
    )
