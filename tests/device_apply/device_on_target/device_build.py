"""Builds the device library with a small port around it for a Cortex-M (`target/device.c`)."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from device_apply.core.device.bench import BenchSetup
from device_apply.core.device.native import (
    APPLICATION_SOURCES,
    BOOTLOADER_SOURCES,
    CODEC_FOLDER,
    CODEC_SOURCES,
    COMPILER_SOURCES,
    DIGEST_SOURCES,
    FOLDER,
    INSTALLER_SOURCES,
    STREAMING_SOURCES,
)
from device_apply.profile import LayoutKind, Region, SlotAddressing
from device_apply.wire.identifiers import class_id, vendor_id
from tests.device_apply.cortex_m.toolchain import (
    TargetLibrary,
    TargetProgram,
    compile_objects,
    link,
    read_library,
)
from tests.device_apply.device_on_target.bearssl import bearssl_include_folders, bearssl_sources

ROOT: Final = Path(__file__).parents[3]
TARGET: Final = Path(__file__).parent / "target"
LIBRARY_SOURCES: Final = tuple(
    ROOT / source
    for source in (
        *BOOTLOADER_SOURCES,
        *INSTALLER_SOURCES,
        *APPLICATION_SOURCES,
        *COMPILER_SOURCES,
        *STREAMING_SOURCES,
        *DIGEST_SOURCES,
        *CODEC_SOURCES,
    )
)
EXAMPLE: Final = ROOT / FOLDER / "example_port"
LIBRARY_INCLUDES: Final = (
    ROOT / FOLDER / "include",
    ROOT / FOLDER / "boot",
    ROOT / FOLDER / "installer",
    ROOT / FOLDER / "app",
    ROOT / FOLDER / "compiler",
    ROOT / FOLDER / "streaming",
    ROOT / CODEC_FOLDER / "include",
    ROOT / CODEC_FOLDER / "src",
)
TINY_THUMB: Final = ("AIRDELTA_THUMB_ONLY", "AIRDELTA_TINY_ONLY")
EVERY_TIER: Final = ("AIRDELTA_THUMB_ONLY",)
ENTRY_POINTS: Final = (
    "target_provision",
    "target_boot",
    "target_running_slot",
    "target_start",
    "target_offer",
    "target_next_missing",
    "target_receive",
    "target_install_slice",
    "target_install",
    "target_confirm",
    "target_lifecycle",
    "target_security_counter",
    "target_commit_address",
    "data_start",
    "data_end",
)
NOWHERE: Final = Region(offset=0, size_bytes=0)
_COMPILERS: Final = {
    LayoutKind.AB: "NULL",
    LayoutKind.OVERWRITE: "NULL",
    LayoutKind.IN_PLACE: "&airdelta_in_place_compiler",
}
_INSTALLERS: Final = {
    LayoutKind.AB: "NULL",
    LayoutKind.OVERWRITE: "&airdelta_overwrite_installer",
    LayoutKind.IN_PLACE: "&airdelta_in_place_installer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDevice:
    """A device's program, and the RAM that it was linked for."""

    cpu: str
    library: TargetLibrary
    stack_bytes: int

    @property
    def data_bytes(self) -> int:
        """All variables: the device, its work memory, the digest's state."""
        return self.library.symbols["data_end"] - self.library.symbols["data_start"]

    @property
    def ram_bytes(self) -> int:
        """Everything that is mapped."""
        return self.stack_bytes + self.data_bytes


@cache
def build_device(
    folder: Path,
    setup: BenchSetup,
    *,
    cpu: str,
    stack_bytes: int,
    trusted_point: bytes = b"",
    defines: tuple[str, ...] = TINY_THUMB,
) -> TargetDevice:
    """Build the program of the device that `setup` describes.

    With a `trusted_point`, BearSSL checks signatures of that key; without, the test does.
    """
    vendor = vendor_id(setup.vendor)
    library = _library(folder, cpu, defines)
    if trusted_point:
        library = _with_bearssl(library, folder, cpu)
    key = (f"TRUSTED_KEY={initialiser(trusted_point)}",) if trusted_point else ()
    parts = replace(
        library,
        sources=(TARGET / "device.c", *library.sources),
        defines=(
            *library.defines,
            *key,
            f"LAYOUT={_layout(setup)}",
            f"COMPILER={_COMPILERS[setup.layout.kind]}",
            f"STREAMER={'&airdelta_streamer' if setup.layout.checkpoints else 'NULL'}",
            f"CLASS_ID={initialiser(class_id(vendor, setup.device_class))}",
            f"WORK_BYTES={setup.work_bytes}u",
        ),
        link_options=(f"-Wl,--defsym=stack_bytes={stack_bytes}",),
    )
    program = folder / "device.elf"
    link(program, parts, cpu=cpu)
    return TargetDevice(
        cpu=cpu, library=read_library(program, ENTRY_POINTS), stack_bytes=stack_bytes
    )


@cache
def _library(folder: Path, cpu: str, defines: tuple[str, ...]) -> TargetProgram:
    """Return the library, compiled."""
    objects = folder / "-".join((cpu, *defines))
    objects.mkdir()
    parts = TargetProgram(
        script=TARGET / "device.ld",
        sources=LIBRARY_SOURCES,
        include_folders=LIBRARY_INCLUDES,
        defines=defines,
    )
    return replace(parts, sources=compile_objects(objects, parts, cpu=cpu))


@cache
def _with_bearssl(library: TargetProgram, folder: Path, cpu: str) -> TargetProgram:
    """Return a compiled library with the example's verifier, and BearSSL compiled."""
    objects = folder / "-".join((cpu, *library.defines, "bearssl"))
    objects.mkdir()
    parts = replace(library, sources=bearssl_sources(), include_folders=bearssl_include_folders())
    compiled = compile_objects(objects, parts, cpu=cpu)
    return replace(
        library,
        sources=(EXAMPLE / "verifier.c", *library.sources, *compiled),
        include_folders=(EXAMPLE, *library.include_folders, *bearssl_include_folders()),
    )


def _layout(setup: BenchSetup) -> str:
    """Return a `struct airdelta_layout` in C."""
    layout, part = setup.layout, setup.part
    areas = layout.in_place
    members = {
        "slots": f"{{{_region(layout.slot_a)}, {_region(layout.slot_b)}}}",
        "download": _region(layout.download),
        "state": _region(layout.state),
        "scratch": _region(layout.scratch or NOWHERE),
        "journal": _region(areas.journal if areas else NOWHERE),
        "stash": _region(areas.stash if areas else NOWHERE),
        "checkpoints": _region(layout.checkpoints or NOWHERE),
        "page_bytes": areas.page_bytes if areas else 0,
        "installer": _INSTALLERS[layout.kind],
        "state_bank_bytes": setup.state_bank_bytes,
        "write_unit_bytes": part.write_unit_bytes,
        "erased_value": part.erased_byte,
        "takes_reprogramming": int(not part.program_once),
        "is_per_slot": int(layout.slot_addressing is SlotAddressing.PER_SLOT),
    }
    return "{" + ", ".join(f".{name} = {value}" for name, value in members.items()) + "}"


def _region(region: Region) -> str:
    return f"{{{region.offset}u, {region.size_bytes}u}}"


def initialiser(data: bytes) -> str:
    """Return bytes as C has them between braces."""
    return "{" + ", ".join(map(str, data)) + "}"
