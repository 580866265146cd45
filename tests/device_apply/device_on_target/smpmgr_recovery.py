"""PyPI's unmodified smpmgr restores a device whose only image is damaged, over its UART.

smpmgr wants other versions of our own dependencies: `make test-smpmgr` gives it an environment of
its own, whose programs `SMPMGR_BIN` names, and runs this file.
"""

import os
import subprocess
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.device_apply.device_on_target.example_update import (
    BASE_COUNTER,
    BASE_IMAGE,
    BASE_READY,
    KEY,
    OTHER_KEY,
    build_full,
    factory_flash,
)
from tests.device_apply.device_on_target.qemu_board import (
    Console,
    Memory,
    build_bootloader,
    emulator_command,
)

SMPMGR = Path(os.environ["SMPMGR_BIN"]) / "smpmgr"
PATIENCE_S = 60


class Terminal:
    """A pseudo-terminal whose other end is the UART of a device; what it says is kept besides."""

    def __init__(self, uart_in: int, uart_out: int) -> None:
        self._host, self._terminal = os.openpty()
        tty.setraw(self._terminal)
        self.path = os.ttyname(self._terminal)
        self.heard, self._hearing = os.pipe()
        threads = (
            threading.Thread(target=self._pump, args=(uart_out, self._host, self._hearing)),
            threading.Thread(target=self._pump, args=(self._host, uart_in)),
        )
        for thread in threads:
            thread.daemon = True
            thread.start()

    @staticmethod
    def _pump(source: int, *sinks: int) -> None:
        """Copy until either end is closed."""
        try:
            while data := os.read(source, 4096):
                for sink in sinks:
                    os.write(sink, data)
        except OSError:
            return


@contextmanager
def damaged_device(folder: Path) -> Iterator[tuple[Terminal, Console]]:
    """Power on a device whose image has a wrong byte."""
    flash = bytearray(factory_flash())
    flash[len(BASE_IMAGE.read_bytes()) // 2] ^= 0xFF
    memory = Memory.with_flash(folder / "flash.img", bytes(flash))
    bootloader = build_bootloader(folder, KEY.public_key(), fused=False)
    command = [*emulator_command(bootloader, memory), "-serial", "stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        terminal = Terminal(process.stdin.fileno(), process.stdout.fileno())
        try:
            yield terminal, Console(process, terminal.heard)
        finally:
            process.kill()


def smpmgr(terminal: Terminal, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SMPMGR), "--port", terminal.path, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def upload(terminal: Terminal, package: Path) -> bool:
    return smpmgr(terminal, "image", "upload", package, "--format", "any").returncode == 0


def test_smpmgr_restores_the_last_working_version_and_nothing_older_or_foreign(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("older", "foreign", "same")]
    for folder in folders:
        folder.mkdir()
    older = build_full(folders[0], KEY, BASE_COUNTER - 1)
    foreign = build_full(folders[1], OTHER_KEY, BASE_COUNTER)
    same = build_full(folders[2], KEY, BASE_COUNTER)
    with damaged_device(tmp_path) as (terminal, console):
        assert console.wait_for("-36") == "boot: recovery, status -36"

        assert "hello" in smpmgr(terminal, "os", "echo", "hello").stdout
        assert "version='1.0.0'" in smpmgr(terminal, "image", "state-read").stdout
        assert not upload(terminal, older)
        assert not upload(terminal, foreign)
        assert upload(terminal, same)
        assert smpmgr(terminal, "os", "reset").returncode == 0
        console.wait_for(BASE_READY)
