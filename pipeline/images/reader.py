"""Reading a firmware file: from a path to a `FirmwareImage`, or to one line that says why not.

Nothing but a `PipelineError` leaves `read_image`, whatever the file holds, and time and memory stay
proportional to its size.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.images.assembly import ImageLimits, Run, assemble
from pipeline.images.container import Container
from pipeline.images.detector import detect_format
from pipeline.images.dfu_zip import read_dfu_zip
from pipeline.images.elf import ElfContents, read_elf
from pipeline.images.errors import UnusableImage
from pipeline.images.esp_image import find_esp_container, is_esp_padding
from pipeline.images.firmware_image import FirmwareImage, ImageFormat
from pipeline.images.mcuboot import find_mcuboot_container, is_mcuboot_padding
from pipeline.images.text_records import intel_hex_runs, srec_runs
from pipeline.images.uf2 import uf2_runs
from pipeline.input_files import read_input_file

DEFAULT_LIMITS: Final = ImageLimits()

_WITH_ADDRESS: Final = frozenset(ImageFormat) - {ImageFormat.BINARY, ImageFormat.DFU_ZIP}
_CONTAINERS: Final = (
    (find_mcuboot_container, is_mcuboot_padding),
    (find_esp_container, is_esp_padding),
)


def read_image(path: Path, limits: ImageLimits = DEFAULT_LIMITS) -> FirmwareImage:
    """Read a raw binary, Intel HEX, S-record, UF2 or ELF file, or a Nordic DFU archive.

    Padding behind an MCUboot or ESP32 image is cut off.

    Raises:
        InputError: it is not there, no file, or not an image within `limits`.
        EnvironmentProblem: the system does not let it be read.
    """
    data = read_input_file(path, "firmware image", limits.max_file_bytes)
    try:
        return parse_image(path.name, data, limits)
    except UnusableImage as problem:
        raise InputError(f"{path}: {problem}") from problem


def parse_image(name: str, data: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> FirmwareImage:
    """Make an image of the contents of a file called `name`.

    Raises:
        UnusableImage: it is not an image within `limits`.
    """
    if not data:
        raise UnusableImage("is empty: the build or the download that made it failed")
    source_format = detect_format(name, data)
    contents = _contents(source_format, data, limits)
    placed = assemble(contents.runs, limits)
    container = _find_container(placed.data)
    image = placed.data if container is None else placed.data[: container.size]
    return FirmwareImage(
        name=name,
        data=image,
        load_address=placed.load_address if source_format in _WITH_ADDRESS else None,
        source_format=source_format,
        sections=contents.sections,
        symbols=contents.symbols,
        toolchain=contents.toolchain,
        container=container,
        trimmed_bytes=len(placed.data) - len(image),
    )


def _find_container(data: bytes) -> Container | None:
    """Return the container that covers `data`, padding aside; bytes of any other use count."""
    for find, is_padding in _CONTAINERS:
        container = find(data)
        if container is not None and is_padding(data[container.size :]):
            return container
    return None


def _contents(source_format: ImageFormat, data: bytes, limits: ImageLimits) -> ElfContents:
    """Return what a file says; other formats say less than ELF files do."""
    match source_format:
        case ImageFormat.BINARY:
            return _bare((Run(0, data),))
        case ImageFormat.INTEL_HEX:
            return _bare(intel_hex_runs(data))
        case ImageFormat.SREC:
            return _bare(srec_runs(data))
        case ImageFormat.UF2:
            return _bare(uf2_runs(data))
        case ImageFormat.ELF:
            return read_elf(data)
        case ImageFormat.DFU_ZIP:
            return _bare((Run(0, read_dfu_zip(data, limits)),))


def _bare(runs: Iterable[Run]) -> ElfContents:
    return ElfContents(runs=tuple(runs), sections=(), symbols=())
