"""What the library takes of a Cortex-M: code by part and stack by call, measured.

Code is compiled with -Os and counted with its constants, before the linker leaves out what a device
does not call. Stack is the high-water mark of emulated calls, the test's small ports included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_SP
from unicorn.unicorn_const import UC_HOOK_CODE

from device_apply.core.device.native import (
    APPLICATION_SOURCES,
    BOOTLOADER_SOURCES,
    COMPILER_SOURCES,
    DIGEST_SOURCES,
    FOLDER,
    INSTALLER_SOURCES,
    RECOVERY_SOURCES,
    SECURE_BOOT_SOURCES,
    SMP_SOURCES,
    STREAMING_SOURCES,
)
from device_apply.core.device.status import Status
from device_apply.core.device.sweep import SweptUpdate
from pipeline.encoder.options import Tier
from tests.device_apply.core_on_target.cross_build import build_library
from tests.device_apply.cortex_m.emulator import Emulator
from tests.device_apply.cortex_m.processor import RAM, CortexM
from tests.device_apply.cortex_m.toolchain import TargetProgram, compile_objects
from tests.device_apply.device_on_target.device_build import (
    LIBRARY_INCLUDES,
    ROOT,
    TARGET,
    TINY_THUMB,
)
from tests.device_apply.device_on_target.emulated_device import EmulatedDevice
from tests.device_apply.device_on_target.updates import (
    in_place_update,
    p256_release_update,
    release_update,
    small_update,
    streamed_release_update,
)

CPUS: Final = ("cortex-m0plus", "cortex-m4")
PARTS: Final = {
    "`boot/`: bootloader": BOOTLOADER_SOURCES,
    "`installer/`: with one slot, both installers": INSTALLER_SOURCES,
    "`secure_boot/`: signed images": SECURE_BOOT_SOURCES,
    "`app/`: application": APPLICATION_SOURCES,
    "`compiler/`: in place": COMPILER_SOURCES,
    "`streaming/`: decoding while downloading": STREAMING_SOURCES,
    "`sha256/`": DIGEST_SOURCES,
    "`recovery/`: image from elsewhere": RECOVERY_SOURCES,
    "`recovery_smp/`: an SMP server for it": SMP_SOURCES,
}
_ROOMY_STACK_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing on both processors, in bytes."""

    name: str
    m0plus: int
    m4: int


def code_rows(folder: Path) -> list[Row]:
    """Compile every part and return its code with constants."""
    parts = [
        Row(name, *(_code_bytes(folder / f"{cpu}-{index}", cpu, sources) for cpu in CPUS))
        for index, (name, sources) in enumerate(PARTS.items())
    ]
    decoder = (len(build_library(folder, cpu=cpu).code) for cpu in CPUS)
    return [*parts, Row("patch decoder of tier tiny for Thumb, linked, tables included", *decoder)]


def stack_rows(folder: Path) -> list[Row]:
    """Run updates and return the peaks of their calls."""
    m0plus, m4 = (
        _update_peaks(folder, cpu) | _decoding_peaks(folder, cpu) | _commit_peaks(folder, cpu)
        for cpu in CPUS
    )
    return [Row(name, m0plus[name], m4[name]) for name in m0plus]


def table(rows: list[Row], heading: str) -> str:
    """Return rows as a table in Markdown."""
    lines = [f"| {heading} | Cortex-M0+ | Cortex-M4 |", "|---|---:|---:|"]
    lines += [f"| {row.name} | {row.m0plus} | {row.m4} |" for row in rows]
    return "\n".join(lines)


def _code_bytes(objects: Path, cpu: str, sources: tuple[Path, ...]) -> int:
    objects.mkdir()
    parts = TargetProgram(
        script=TARGET / "device.ld",
        sources=tuple(ROOT / source for source in sources),
        include_folders=(*LIBRARY_INCLUDES, ROOT / FOLDER / "recovery_smp"),
        defines=TINY_THUMB,
    )
    return sum(map(_loaded_bytes, compile_objects(objects, parts, cpu=cpu)))


def _loaded_bytes(path: Path) -> int:
    with path.open("rb") as file:
        return sum(
            section["sh_size"]
            for section in ELFFile(file).iter_sections()
            if section["sh_flags"] & SH_FLAGS.SHF_ALLOC and section["sh_type"] == "SHT_PROGBITS"
        )


def _peak(device: EmulatedDevice, call: Callable[[], Status]) -> int:
    device.processor.paint_stack()
    assert call() is Status.OK
    return device.processor.peak_stack_bytes()


def _update_peaks(folder: Path, cpu: str) -> dict[str, int]:
    """Install a release from its patch; BearSSL checks the signature on the processor."""
    case = p256_release_update("1.1.0")
    update = case.update
    device = case.device(folder, cpu, _ROOMY_STACK_BYTES)
    peaks = {
        "`airdelta_boot`": _peak(device, device.power_on),
        "`airdelta_device_start`": _peak(device, device.start),
        "`airdelta_device_offer`, ECDSA P-256 by BearSSL included": _peak(
            device, lambda: device.offer(update.head, update.fragment_bytes)
        ),
        "`airdelta_device_receive`": _peak(
            device, lambda: device.deliver(update.payload, update.fragment_bytes)
        ),
    }
    # A check of the signature comes first; what follows is what decodes.
    assert device.install_slice() is Status.BUSY
    peaks["`airdelta_device_install`, the patch decoder included"] = _peak(device, device.install)
    assert device.power_on() is Status.OK
    assert device.start() is Status.OK
    peaks["`airdelta_device_confirm`"] = _peak(device, device.confirm)
    return peaks


def _decoding_peaks(folder: Path, cpu: str) -> dict[str, int]:
    """Decode the release elsewhere: by the decoder of tier standard, and while downloading."""
    standard = release_update("1.1.0", Tier.STANDARD)
    installing = standard.device(folder, cpu, _ROOMY_STACK_BYTES)
    _deliver(installing, standard.update)
    streamed = streamed_release_update("1.1.0", Tier.STANDARD)
    update, streaming = streamed.update, streamed.device(folder, cpu, _ROOMY_STACK_BYTES)
    assert streaming.power_on() is Status.OK
    assert streaming.start() is Status.OK
    return {
        "`airdelta_device_install`, a patch of tier standard": _peak(
            installing, installing.install
        ),
        "`airdelta_device_offer`, without the check of the signature": _peak(
            streaming, lambda: streaming.offer(update.head, update.fragment_bytes)
        ),
        "`airdelta_device_receive`, streaming such a patch": _peak(
            streaming, lambda: streaming.deliver(update.payload, update.fragment_bytes)
        ),
    }


def _commit_peaks(folder: Path, cpu: str) -> dict[str, int]:
    """Let the bootloader of devices with one slot write it; the installers' share alone."""
    return {
        f"the {name} installer, within `airdelta_boot`": _commit_peak(
            case.device(folder, cpu, _ROOMY_STACK_BYTES), case.update
        )
        for name, case in (
            ("overwrite", small_update("overwrite-128")),
            ("in-place", in_place_update()),
        )
    }


def _commit_peak(device: EmulatedDevice, update: SweptUpdate) -> int:
    _deliver(device, update)
    assert device.install() is Status.OK
    meter = _CallMeter(device.processor, device.commit_address)
    assert device.power_on() is Status.OK
    return meter.peak_bytes


def _deliver(device: EmulatedDevice, update: SweptUpdate) -> None:
    assert device.power_on() is Status.OK
    assert device.start() is Status.OK
    assert device.offer(update.head, update.fragment_bytes) is Status.OK
    assert device.deliver(update.payload, update.fragment_bytes) is Status.OK


class _CallMeter:
    """Measures the stack below one function, whoever calls it."""

    def __init__(self, processor: CortexM, function: int) -> None:
        self.peak_bytes = 0
        self._processor = processor
        self._entry = function & ~1
        self._top = self._return = 0
        processor.emulator.hook_add(UC_HOOK_CODE, self._on_code)

    def _on_code(self, emulator: Emulator, address: int, _size: int, _data: object) -> None:
        if address == self._entry:
            self._top = emulator.reg_read(UC_ARM_REG_SP)
            self._return = emulator.reg_read(UC_ARM_REG_LR) & ~1
            self._processor.paint_stack(self._top - RAM)
        elif address == self._return and self._top:
            stack = self._processor.read(RAM, self._top - RAM)
            self.peak_bytes = max(self.peak_bytes, len(stack.lstrip(stack[:1])))
            self._top = 0
