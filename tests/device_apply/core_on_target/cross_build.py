"""Builds the decoder for a Cortex-M, as a product would link it: no start-up code, no data in RAM.

The linker script keeps code and constants in flash and refuses anything that wants RAM of its own.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

CORE: Final = Path(__file__).parents[3] / "device_apply" / "core"
TARGET: Final = Path(__file__).parent / "target"
COMPILER: Final = "arm-none-eabi-gcc"
COMPILER_PACKAGES: Final = "gcc-arm-none-eabi libnewlib-arm-none-eabi"
TINY_THUMB: Final = ("AIRDELTA_THUMB_ONLY", "AIRDELTA_TINY_ONLY")
"""The smallest build: the tiny tier, Thumb relocation."""
ALL_TIERS_THUMB: Final = ("AIRDELTA_THUMB_ONLY",)

ENTRY_POINTS: Final = ("airdelta_begin", "airdelta_feed", "airdelta_step", "airdelta_resume")
_FLAGS: Final = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-mthumb", "-ffunction-sections")
_LINK_FLAGS: Final = ("-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLibrary:
    """The linked decoder: what goes to flash, and where its functions are."""

    load_address: int
    code: bytes
    symbols: dict[str, int]
    """Addresses of functions, bit 0 set for Thumb."""


def has_compiler() -> bool:
    """Say whether the cross compiler is installed."""
    return shutil.which(COMPILER) is not None


def link(
    program: Path,
    *,
    cpu: str,
    script: str,
    optimisation: str = "-Os",
    defines: tuple[str, ...] = TINY_THUMB,
    sources: tuple[Path, ...] = (),
) -> None:
    """Compile the library, with `sources` besides, and link it by a script in `target/`."""
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise FileNotFoundError(f"{COMPILER} is not installed (apt packages {COMPILER_PACKAGES})")
    command = [compiler, f"-mcpu={cpu}", optimisation, *_FLAGS, *_LINK_FLAGS]
    command += [f"-D{define}" for define in defines]
    command += [f"-I{CORE / 'include'}", f"-T{TARGET / script}", "-o", str(program)]
    command += [str(source) for source in (*sources, *sorted((CORE / "src").glob("*.c")))]
    subprocess.run(command, check=True)


def build_library(
    folder: Path, *, cpu: str, optimisation: str = "-Os", defines: tuple[str, ...] = TINY_THUMB
) -> TargetLibrary:
    """Build the decoder alone and read what came out."""
    program = folder / f"{cpu}{optimisation}-{len(defines)}.elf"
    link(program, cpu=cpu, script="library.ld", optimisation=optimisation, defines=defines)
    with program.open("rb") as file:
        elf = ELFFile(file)
        (segment,) = (part for part in elf.iter_segments() if part["p_type"] == "PT_LOAD")
        (table,) = (part for part in elf.iter_sections() if isinstance(part, SymbolTableSection))
        symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
        return TargetLibrary(
            load_address=segment["p_paddr"],
            code=segment.data(),
            symbols={name: symbols[name] for name in ENTRY_POINTS},
        )
