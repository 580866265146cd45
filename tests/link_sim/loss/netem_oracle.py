"""Our Gilbert-Elliott against the one in the Linux kernel: netem in a User Mode Linux.

`make test-oracle` runs it. The kernel boots from Debian's user-mode-linux with the host's files as
its root, read-only, and sends packets over its own loopback; nothing outside of it is touched.
"""

import math
import random
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from link_sim.loss.gilbert_elliott import GilbertElliott, Start

LINUX = Path("/usr/bin/linux.uml")
GUEST = Path(__file__).with_name("netem_guest.py")
NEEDS = {
    "user-mode-linux": LINUX,
    "busybox-static": Path("/bin/busybox"),
    "iproute2": Path("/usr/sbin/tc"),
    "python3": Path("/usr/bin/python3"),
}
BOOT_LIMIT_S = 240

MISSING = [package for package, path in NEEDS.items() if not path.exists()]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs Debian's {', '.join(MISSING)}")

PACKETS = 100_000
BATCHES = 50
WINDOW = 100
DEVIATIONS = 5
"""How many standard errors a figure may be off; one right one in a million is."""

ALTERNATING = GilbertElliott(p=1, r=1, start_state=Start.GOOD)
BURSTS = GilbertElliott(p=0.02, r=0.25)
LONG_BURSTS = GilbertElliott(p=0.01, r=0.1)
LEAKY = GilbertElliott(p=0.05, r=0.2, loss_bad=0.8, loss_good=0.01)
MODELS = {ALTERNATING: 1000, BURSTS: PACKETS, LONG_BURSTS: PACKETS, LEAKY: PACKETS}


@cache
def netem_fates() -> dict[GilbertElliott, Sequence[bool]]:
    """Boot once, and return per model whether netem lost each packet."""
    plans = ",".join(plan_text(model, packets) for model, packets in MODELS.items())
    with TemporaryDirectory() as folder:
        console = subprocess.run(
            [
                str(LINUX),
                "mem=128M",
                f"uml_dir={folder}",
                "rootfstype=hostfs",
                "rootflags=/",
                "ro",
                f"init={GUEST}",
                "con=null",
                "con0=fd:0,fd:1",
                "quiet",
                f"plans={plans}",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOOT_LIMIT_S,
            check=False,
        ).stdout
    numbers = [line.split()[1] for line in console.splitlines() if line.startswith("fates ")]
    assert len(numbers) == len(MODELS), f"the kernel did not run all plans:\n{console[-2000:]}"
    return {
        model: [digit == "1" for digit in f"{int(number, 16):0{packets}b}"]
        for (model, packets), number in zip(MODELS.items(), numbers, strict=True)
    }


def plan_text(model: GilbertElliott, packets: int) -> str:
    shares = (model.p, model.r, model.loss_bad, model.loss_good)
    return "_".join([str(packets), *(f"{100 * share:g}" for share in shares)])


def our_fates(model: GilbertElliott, packets: int) -> Sequence[bool]:
    process = model.start(random.Random(1))
    return [process.loses(float(number)) for number in range(packets)]


@dataclass(frozen=True)
class Measured:
    """A figure that was counted over batches, and how sure it is."""

    value: float
    error: float

    @classmethod
    def of(cls, batches: Sequence[float]) -> "Measured":
        error = statistics.stdev(batches) / math.sqrt(len(batches))
        return cls(statistics.fmean(batches), error)

    def agrees_with(self, exact: float) -> bool:
        return abs(self.value - exact) < DEVIATIONS * self.error


def in_batches(fates: Sequence[bool]) -> list[Sequence[bool]]:
    size = len(fates) // BATCHES
    return [fates[first : first + size] for first in range(0, len(fates), size)]


def both_lost_in_a_row(fates: Sequence[bool]) -> float:
    return statistics.fmean(first and second for first, second in pairwise(fates))


def windows_with_at_most(fates: Sequence[bool], losses: int) -> float:
    windows = [fates[first : first + WINDOW] for first in range(0, len(fates), WINDOW)]
    return statistics.fmean(sum(window) <= losses for window in windows)


def exact_both_lost(model: GilbertElliott) -> float:
    spread = (model.loss_bad - model.loss_good) ** 2 * model.share_bad * (1 - model.share_bad)
    return model.mean_loss**2 + spread * (1 - model.p - model.r)


def test_the_kernel_finds_the_channel_as_the_packet_before_left_it() -> None:
    """With both transitions certain there is no chance left, only the order of events."""
    netem, ours = netem_fates()[ALTERNATING], our_fates(ALTERNATING, MODELS[ALTERNATING])

    assert netem == ours
    assert netem[:4] == [False, True, False, True]


@pytest.mark.parametrize("model", [BURSTS, LONG_BURSTS, LEAKY], ids=["bursts", "long", "leaky"])
@pytest.mark.parametrize("source", ["netem", "ours"])
class TestTheStatisticsAreThoseOfTheModel:
    def fates(self, source: str, model: GilbertElliott) -> Sequence[bool]:
        return netem_fates()[model] if source == "netem" else our_fates(model, PACKETS)

    def test_the_share_of_losses(self, source: str, model: GilbertElliott) -> None:
        measured = Measured.of([*map(statistics.fmean, in_batches(self.fates(source, model)))])

        assert measured.agrees_with(model.mean_loss)
        assert measured.error < 0.05 * model.mean_loss

    def test_losses_in_a_row(self, source: str, model: GilbertElliott) -> None:
        measured = Measured.of([*map(both_lost_in_a_row, in_batches(self.fates(source, model)))])

        assert measured.agrees_with(exact_both_lost(model))
        assert measured.error < 0.05 * exact_both_lost(model)

    @pytest.mark.parametrize("losses", [0, 10])
    def test_losses_in_a_hundred(self, source: str, model: GilbertElliott, losses: int) -> None:
        exact = sum(model.loss_count_distribution(WINDOW)[: losses + 1])
        batches = in_batches(self.fates(source, model))

        measured = Measured.of([windows_with_at_most(batch, losses) for batch in batches])

        assert measured.agrees_with(exact)
