"""The example's board under QEMU: its bootloader, and its flash in a file that outlasts it."""

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from device_apply.core.device.native import FOLDER
from device_apply.wire.identifiers import class_id, vendor_id
from tests.device_apply.cortex_m.toolchain import TargetProgram, link
from tests.device_apply.device_on_target.bearssl import bearssl_include_folders, bearssl_sources
from tests.device_apply.device_on_target.device_build import (
    EXAMPLE,
    LIBRARY_INCLUDES,
    LIBRARY_SOURCES,
    ROOT,
    TARGET,
    TINY_THUMB,
    initialiser,
)

EMULATOR: Final = "qemu-system-arm"
SMP: Final = ROOT / FOLDER / "recovery_smp"
RECOVERY: Final = ROOT / FOLDER / "recovery"
FLASH_BYTES: Final = 0x8_0000
_MEMORY_BYTES: Final = 16 << 20
_MAILBOX: Final = 0x8_0000
_FUSE: Final = 0xF_FFFC
_HEALTHY: Final = int.from_bytes(b"HELL", "big")
_PACKAGE: Final = int.from_bytes(b"PACK", "big")
_PATIENCE_S: Final = 60.0
_POWER_CUT_EXIT: Final = 75


def build_bootloader(
    folder: Path, key: ec.EllipticCurvePublicKey, *, fused: bool, one_slot: bool = False
) -> Path:
    """Build the example for a vendor's key; `fused`: so that the power can be cut."""
    vendor = vendor_id("airdelta.example")
    device_class = "sensor-node-in-place" if one_slot else "sensor-node"
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    fuse = (TARGET / "power_cut.c",) if fused else ()
    wraps = ("-Wl,--wrap=flash_program", "-Wl,--wrap=flash_erase") if fused else ()
    parts = TargetProgram(
        script=EXAMPLE / "bootloader.ld",
        sources=(
            *sorted(EXAMPLE.glob("*.c")),
            *sorted(RECOVERY.glob("*.c")),
            *sorted(SMP.glob("*.c")),
            *fuse,
            *LIBRARY_SOURCES,
            *bearssl_sources(),
        ),
        include_folders=(EXAMPLE, SMP, *LIBRARY_INCLUDES, *bearssl_include_folders()),
        defines=(
            *TINY_THUMB,
            *(("EXAMPLE_ONE_SLOT",) if one_slot else ()),
            f"CLASS_ID={initialiser(class_id(vendor, device_class))}",
            f"TRUSTED_KEY={initialiser(point)}",
        ),
        link_options=wraps,
    )
    program = folder / "bootloader.elf"
    link(program, parts, cpu="cortex-m3")
    return program


@dataclass(frozen=True, slots=True)
class Memory:
    """The file behind the board's memory; the device must be off."""

    path: Path

    @classmethod
    def with_flash(cls, path: Path, flash: bytes) -> "Memory":
        """Make a device as it leaves the factory."""
        path.write_bytes(flash)
        os.truncate(path, _MEMORY_BYTES)
        return cls(path)

    def put_package(self, head: bytes, payload: bytes) -> None:
        """Leave a package in the mailbox, as an application does that received it."""
        sizes = len(head).to_bytes(4, "little") + len(payload).to_bytes(4, "little")
        self._write(_MAILBOX + 4, _PACKAGE.to_bytes(4, "little") + sizes + head + payload)

    def find_healthy(self) -> None:
        """Say what an application says that found itself healthy."""
        self._write(_MAILBOX, _HEALTHY.to_bytes(4, "little"))

    def cut_power_at(self, operation: int) -> None:
        """Let the power fail at the n-th flash operation from now on; 0: it does not."""
        self._write(_FUSE, operation.to_bytes(4, "little"))

    def operations_left(self) -> int:
        """Return how far the countdown got."""
        return int.from_bytes(self.read(_FUSE, 4), "little")

    def read(self, offset: int, count: int) -> bytes:
        """Return memory, flash first."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(count)

    def _write(self, offset: int, data: bytes) -> None:
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(data)


class PowerLostError(Exception):
    """The planned cut happened."""


class Console:
    """The lines that a running device says."""

    def __init__(self, process: subprocess.Popen[bytes], output_fd: int) -> None:
        self._process = process
        self._output_fd = output_fd
        self._selector = selectors.DefaultSelector()
        self._selector.register(output_fd, selectors.EVENT_READ)
        self._received = b""
        self.lines: list[str] = []

    def wait_for(self, end: str) -> str:
        """Return the next line that ends so.

        Raises:
            PowerLostError: the planned cut came first.
            TimeoutError: nothing of the kind is said.
        """
        deadline_s = time.monotonic() + _PATIENCE_S
        while True:
            line = self._next_line(deadline_s)
            self.lines.append(line)
            if line.endswith(end):
                return line

    def _next_line(self, deadline_s: float) -> str:
        while b"\r\n" not in self._received:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not self._selector.select(left_s):
                raise TimeoutError(f"the device said {self.lines} {self._received!r} and no more")
            chunk = os.read(self._output_fd, 4096)
            if not chunk:
                code = self._process.wait()
                if code == _POWER_CUT_EXIT:
                    raise PowerLostError
                raise TimeoutError(f"QEMU ended with {code} after {self.lines}")
            self._received += chunk
        line, self._received = self._received.split(b"\r\n", 1)
        return line.decode("ascii", errors="replace")


def emulator_command(bootloader: Path, memory: Memory) -> list[str]:
    """Return QEMU's command line but for where the UART goes."""
    backing = f"memory-backend-file,id=flash,size={_MEMORY_BYTES},share=on,mem-path={memory.path}"
    return [
        str(shutil.which(EMULATOR)),
        *("-machine", "mps2-an385,memory-backend=flash", "-object", backing),
        *("-display", "none", "-monitor", "none"),
        *("-semihosting-config", "enable=on,target=native", "-kernel", str(bootloader)),
    ]


@contextmanager
def powered(bootloader: Path, memory: Memory) -> Iterator[Console]:
    """Power the device on; at the end of the block its power is gone."""
    command = [*emulator_command(bootloader, memory), "-serial", "stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None:
            raise ValueError("the process has a pipe for its standard output")
        try:
            yield Console(process, process.stdout.fileno())
        finally:
            process.kill()
