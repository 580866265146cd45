"""Compiles and links C for a Cortex-M as a product does, without any start-up code but its own."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

COMPILER: Final = "arm-none-eabi-gcc"
COMPILER_PACKAGES: Final = "gcc-arm-none-eabi libnewlib-arm-none-eabi"

_FLAGS: Final = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-mthumb", "-ffunction-sections")
_LINK_FLAGS: Final = ("-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetProgram:
    """What is linked: the sources, where it goes, and what it is told."""

    script: Path
    sources: tuple[Path, ...]
    include_folders: tuple[Path, ...]
    defines: tuple[str, ...] = ()
    link_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLibrary:
    """A linked library: what goes to flash, and where its functions are."""

    load_address: int
    code: bytes
    symbols: dict[str, int]
    """Addresses of functions and variables; bit 0 of a function's is set for Thumb."""
    sizes: dict[str, int]
    """Bytes of every function and variable."""


def has_compiler() -> bool:
    """Say whether the cross compiler is installed."""
    return shutil.which(COMPILER) is not None


def compile_objects(folder: Path, parts: TargetProgram, *, cpu: str) -> tuple[Path, ...]:
    """Compile the sources, whose names differ, into `folder`; the script plays no part.

    Raises:
        FileNotFoundError: the compiler is not installed.
        subprocess.CalledProcessError: it does not take the sources; it printed why.
    """
    subprocess.run([*_compile_command(parts, cpu, "-Os"), "-c"], check=True, cwd=folder)
    return tuple(folder / f"{source.stem}.o" for source in parts.sources)


def link(program: Path, parts: TargetProgram, *, cpu: str, optimisation: str = "-Os") -> None:
    """Compile and link; a source may be an object as well.

    Raises:
        FileNotFoundError: the compiler is not installed.
        subprocess.CalledProcessError: it does not take the sources; it printed why.
    """
    command = _compile_command(parts, cpu, optimisation)
    command += [*_LINK_FLAGS, *parts.link_options, f"-T{parts.script}", "-o", str(program)]
    subprocess.run(command, check=True)


def _compile_command(parts: TargetProgram, cpu: str, optimisation: str) -> list[str]:
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise FileNotFoundError(f"{COMPILER} is not installed (apt packages {COMPILER_PACKAGES})")
    command = [compiler, f"-mcpu={cpu}", optimisation, *_FLAGS]
    command += [f"-D{define}" for define in parts.defines]
    command += [f"-I{folder}" for folder in parts.include_folders]
    return command + [str(source) for source in parts.sources]


def read_library(program: Path, symbols: Sequence[str]) -> TargetLibrary:
    """Read what `link` made: its only loaded segment that has content, and these symbols."""
    with program.open("rb") as file:
        elf = ELFFile(file)
        loaded = (part for part in elf.iter_segments() if part["p_type"] == "PT_LOAD")
        (segment,) = (part for part in loaded if part["p_filesz"] > 0)
        (table,) = (part for part in elf.iter_sections() if isinstance(part, SymbolTableSection))
        addresses = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
        return TargetLibrary(
            load_address=segment["p_paddr"],
            code=segment.data(),
            symbols={name: addresses[name] for name in symbols},
            sizes={symbol.name: symbol["st_size"] for symbol in table.iter_symbols()},
        )
