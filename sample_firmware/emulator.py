"""A sample image under QEMU, and a conversation with its console.

No boot loader takes part. QEMU's generic loader places the image at its slot's address. A Cortex-M
also needs an initial stack pointer and a reset vector at address 0: these are the first two words
of every image, so the same file is loaded there once more. A RISC-V starts at its first
instruction.

    python -m sample_firmware.emulator cm3 1.0.0      (Ctrl-A X ends it)
"""

import argparse
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sample_firmware import image_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A board as QEMU knows it, and where it expects an image."""

    qemu: str
    debian_package: str
    """The package that contains `qemu`."""
    options: tuple[str, ...]
    load_addresses: tuple[int, ...]


_MPS2 = ("-machine", "mps2-an385")
# Room for the image and for the data RAM at +4 MiB.
_VIRT = ("-machine", "virt", "-bios", "none", "-m", "16M")

MACHINES = {
    "cm3": Machine(
        qemu="qemu-system-arm",
        debian_package="qemu-system-arm",
        options=_MPS2,
        load_addresses=(0x2100_0000, 0),
    ),
    "cm3-slotb": Machine(
        qemu="qemu-system-arm",
        debian_package="qemu-system-arm",
        options=_MPS2,
        load_addresses=(0x2102_0000, 0),
    ),
    "rv32": Machine(
        qemu="qemu-system-riscv32",
        debian_package="qemu-system-misc",
        options=_VIRT,
        load_addresses=(0x8000_0000,),
    ),
}
"""The boards of the sample firmware, by the target in an image's name."""

_READY_TIMEOUT_S = 20.0  # an emulator that starts on a busy machine
_ANSWER_TIMEOUT_S = 10.0


class NodeError(Exception):
    """The node refused a command, or QEMU ended or stayed silent."""


def boot_command(image: Path, target: str) -> list[str]:
    """Return the command that boots a `.bin` image, its UART on standard input and output."""
    machine = MACHINES[target]
    file_option = str(image).replace(",", ",,")  # QEMU's own quoting
    loaders = [
        argument
        for address in machine.load_addresses
        for argument in ("-device", f"loader,file={file_option},addr={address:#x},force-raw=on")
    ]
    quiet = ["-display", "none", "-monitor", "none", "-serial", "stdio"]
    return [machine.qemu, *machine.options, *quiet, *loaders]


class EmulatedNode:
    """A running node: commands go in, answers come out."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs pipes for its standard input and output")
        self._input = process.stdin
        self._output_fd = process.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.stdout, selectors.EVENT_READ)
        self._received = b""

    def wait_until_ready(self) -> str:
        """Return the line with which the node says, after each reset, that it is ready."""
        deadline_s = time.monotonic() + _READY_TIMEOUT_S
        while not (line := self._read_line(deadline_s)).endswith(" ready"):
            pass
        return line

    def ask(self, command: str) -> list[str]:
        """Run one console command and return the lines of its answer, without the final `ok`.

        Raises:
            NodeError: the node answered with an error, or not at all.
        """
        self._input.write(f"{command}\r".encode())
        self._input.flush()
        deadline_s = time.monotonic() + _ANSWER_TIMEOUT_S
        lines: list[str] = []
        while (line := self._read_line(deadline_s)) != "ok":
            if line.startswith("error: "):
                raise NodeError(f"{command}: {line.removeprefix('error: ')}")
            lines.append(line)
        return lines

    def _read_line(self, deadline_s: float) -> str:
        while b"\r\n" not in self._received:
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0 or not self._selector.select(remaining_s):
                raise NodeError(f"no complete line in time, only {self._received!r}")
            chunk = os.read(self._output_fd, 4096)
            if not chunk:
                raise NodeError("QEMU ended; its own message is on standard error")
            self._received += chunk
        line, self._received = self._received.split(b"\r\n", 1)
        return line.decode("ascii", errors="replace")


@contextmanager
def boot(image: Path, target: str) -> Iterator[EmulatedNode]:
    """Boot an image and wait for its greeting; QEMU is gone when the block ends.

    Raises:
        FileNotFoundError: QEMU is not installed (`MACHINES[target].debian_package`).
        NodeError: the image does not start.
    """
    with subprocess.Popen(
        boot_command(image, target), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            node = EmulatedNode(process)
            node.wait_until_ready()
            yield node
        finally:
            process.kill()


def main() -> int:
    """Connect a terminal to a node."""
    parser = argparse.ArgumentParser(description="Boot a sample image; Ctrl-A X ends it.")
    parser.add_argument("target", choices=MACHINES)
    parser.add_argument("version", help="the release, such as 1.1.0")
    options = parser.parse_args()
    try:
        image = image_path(options.version, options.target)
    except FileNotFoundError as error:
        parser.error(str(error))
    command = boot_command(image, options.target)
    # Behind the multiplexer, Ctrl-A X quits QEMU and Ctrl-C reaches the node.
    command[command.index("stdio")] = "mon:stdio"
    monitor = command.index("-monitor")
    del command[monitor : monitor + 2]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
