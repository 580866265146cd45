"""detools beyond the product's engines: its data formats, and zstd as compression.

A data format makes detools disassemble both images and send branch targets and pointers apart. It
knows Cortex-M, AArch64 and Xtensa. Pointers in data are found only if it is told where data and
code lie, which it reads from ELF files; the smaller patch, with or without, counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Final

import detools

from patch_bench.corpus import Pair
from patch_bench.tools.contract import DoesNotApply
from patch_bench.tools.product_engines import decode_detools

_DATA_FORMATS: Final = {
    "cortex-m": "arm-cortex-m4",
    "aarch64": "aarch64",
    "xtensa": "xtensa-lx106",
}
"""What detools calls the format, by a part of the architecture's name."""

_RANGES: Final = (
    "data_offset_begin",
    "data_offset_end",
    "code_begin",
    "code_end",
    "data_begin",
    "data_end",
)
"""Order in which detools reports what it found in an ELF file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetoolsSequential:
    """detools' bsdiff with one compression, with or without its data formats."""

    compression: str
    has_data_format: bool
    is_mcu_applicable: bool
    """With a data format: as far as memory goes. detools' own applier in C has none of them."""

    @property
    def name(self) -> str:
        """The kind of patch and its compression."""
        kind = "data-format" if self.has_data_format else "sequential"
        return f"detools-{kind}-{self.compression}"

    def find_obstacle(self) -> None:
        """Return None: the product depends on detools."""

    def versions(self) -> Mapping[str, str]:
        """Return detools' version."""
        return {"detools": version("detools")}

    def encode(self, pair: Pair) -> bytes:
        """Return the smallest patch of those that the settings at hand give."""
        if not self.has_data_format:
            return self._create(pair, {})
        data_format = _data_format_of(pair.architecture)
        patches = [
            self._create(pair, {"data_format": data_format, **ranges})
            for ranges in _known_ranges(pair)
        ]
        return min(patches, key=len)

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        """Return the new image; the patch says how large it is."""
        return decode_detools(patch, base)

    def _create(self, pair: Pair, settings: Mapping[str, int | str]) -> bytes:
        patch = BytesIO()
        detools.create_patch(
            BytesIO(pair.base),
            BytesIO(pair.new),
            patch,
            compression=self.compression,
            use_mmap=False,
            **settings,
        )
        return patch.getvalue()


def _data_format_of(architecture: str) -> str:
    for part, data_format in _DATA_FORMATS.items():
        if part in architecture.lower():
            return data_format
    raise DoesNotApply("detools has no data format for its architecture")


def _known_ranges(pair: Pair) -> Iterator[Mapping[str, int]]:
    """Yield no ranges, and those from the ELF files if they are there and detools likes them."""
    yield {}
    if pair.elf_files is None:
        return
    base_elf, new_elf = pair.elf_files
    try:
        base = _ranges("from", base_elf, pair.folder / "base.bin")
        new = _ranges("to", new_elf, pair.folder / "new.bin")
    except detools.Error:  # no symbols, or data that the image holds in another form
        return
    yield base | new


def _ranges(role: str, elf: Path, image: Path) -> dict[str, int]:
    found = detools.data_format_from_files("", str(elf), str(image), None)
    return {f"{role}_{name}": value for name, value in zip(_RANGES, found, strict=True)}


TOOLS: Final = (
    DetoolsSequential(compression="zstd", has_data_format=False, is_mcu_applicable=False),
    DetoolsSequential(compression="lzma", has_data_format=True, is_mcu_applicable=False),
    DetoolsSequential(compression="heatshrink", has_data_format=True, is_mcu_applicable=True),
    DetoolsSequential(compression="crle", has_data_format=True, is_mcu_applicable=True),
)
"""The tools of this module."""
