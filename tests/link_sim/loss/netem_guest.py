#!/usr/bin/python3
"""Process 1 of a User Mode Linux: sends packets through netem and prints which ones arrive.

The kernel's command line hands over `plans`, separated by commas: packets and the four percentages
of `loss gemodel`, separated by underscores. Per plan one line leaves: `fates`, then a hexadecimal
number whose bits, the first packet's highest, are 1 where a packet was lost. Runs on what Debian
has, without airdelta.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence

BUSYBOX = "/bin/busybox"
MODULE = f"/usr/lib/uml/modules/{os.uname().release}/kernel/net/sched/sch_netem.ko"
BATCH = 64
"""Packets before the receiver looks; the loopback delivers before `sendto` returns."""


def main() -> None:
    """Prepare a loopback, run every plan and switch the machine off."""
    run(BUSYBOX, "mount", "-t", "proc", "proc", "/proc")
    run(BUSYBOX, "insmod", MODULE)
    run(BUSYBOX, "ip", "link", "set", "lo", "up")
    for plan in os.environ["plans"].split(","):  # noqa: SIM112 (the kernel command line's spelling)
        packets, *percentages = plan.split("_")
        # Added anew each time: netem begins in the good state.
        netem = ("dev", "lo", "root", "netem", "loss", "gemodel")
        run("/usr/sbin/tc", "qdisc", "add", *netem, *(f"{share}%" for share in percentages))
        fates = send(int(packets))
        run("/usr/sbin/tc", "qdisc", "del", "dev", "lo", "root")
        number = int("".join("01"[lost] for lost in fates), 2)
        sys.stdout.write(f"fates {number:x}\n")
        sys.stdout.flush()


def run(*command: str) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, check=True)


def send(packets: int) -> Sequence[bool]:
    """Send numbered packets to ourselves; return whether each was lost."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.setblocking(False)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    lost = [True] * packets
    for first in range(0, packets, BATCH):
        for number in range(first, min(first + BATCH, packets)):
            sender.sendto(number.to_bytes(4), receiver.getsockname())
        while True:
            try:
                lost[int.from_bytes(receiver.recv(4))] = False
            except BlockingIOError:
                break
    return lost


if __name__ == "__main__":
    try:
        main()
    finally:
        run(BUSYBOX, "poweroff", "-f")
