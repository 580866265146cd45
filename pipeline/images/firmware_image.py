"""The one form in which the pipeline knows firmware: contiguous bytes and what is known of them."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from pipeline.images.container import Container


@unique
class ImageFormat(StrEnum):
    """The file format an image was read from."""

    BINARY = "bin"
    INTEL_HEX = "hex"
    SREC = "srec"
    UF2 = "uf2"
    ELF = "elf"
    DFU_ZIP = "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A named range of an image, as the linker laid it out."""

    name: str
    address: int
    """Where it is while the firmware runs."""
    load_address: int
    """Where its bytes lie in the image; another place than `address` for initialised data."""
    size: int
    executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A function or object with its address and size."""

    name: str
    address: int
    """Where it is while the firmware runs; of Thumb functions without the bit that marks them."""
    size: int
    """Bytes it covers; 0 where the source did not say, as in assembly."""
    is_function: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """How an image was built, as far as its file says; all of it may be missing."""

    compilers: tuple[str, ...] = ()
    """Compilers with their versions, as `.comment` has them."""
    commands: tuple[str, ...] = ()
    """Languages with the options they were compiled with, where there is debug information."""
    goal: str | None = None
    """What the compiler optimised for, as ARM's build attributes say."""


UNKNOWN_TOOLCHAIN: Final = Toolchain()
"""The file says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareImage:
    """The bytes that a slot holds, with everything that their file says about them."""

    name: str
    """What to call it in messages: the file's name."""
    data: bytes = field(repr=False)
    """Contiguous bytes from the lowest address; gaps hold 0xFF, as erased flash reads."""
    load_address: int | None
    """Address of the first byte; None where the format does not say (`.bin`)."""
    source_format: ImageFormat
    sections: tuple[Section, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    toolchain: Toolchain = UNKNOWN_TOOLCHAIN
    container: Container | None = None
    """The bootloader's container that `data` is cut to; None if there is none."""
    trimmed_bytes: int = 0
    """Padding and bootloader notes that the file held behind the container."""

    @property
    def size(self) -> int:
        """Bytes of the image."""
        return len(self.data)

    @property
    def sha256(self) -> bytes:
        """SHA-256 of `data`: the digest that binds a patch to its base image."""
        return hashlib.sha256(self.data).digest()
