"""The commit of an update: the flash operations that write the slot of the new image.

With two slots the application commits after the rehearsal, with one the bootloader does. Operations
count from the first boot of an update without cuts, as the ids of cases do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.core.device.sweep import Sweep
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import LayoutKind
from pipeline.errors import Refused
from pipeline.torture.victim import Victim


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and a sweep in which every case starts as late as it can."""

    operations: range
    sweep: Sweep
    operations_before: int
    """How many operations of the update happened before the sweep starts."""

    def whole_id(self, cuts: Sequence[PowerCutPlan]) -> Sequence[PowerCutPlan]:
        """Return the cuts of this sweep as they count from the first boot of the update."""
        if not cuts:
            return cuts
        first = replace(cuts[0], operation=cuts[0].operation + self.operations_before)
        return [first, *cuts[1:]]


def find_commit(victim: Victim, native: Native | None = None) -> Commit:
    """Run an update up to its commit, and through it once.

    The bootloader of a device with one slot begins its commit after a reset, with nothing but the
    flash: so cases may begin there, too. The commit of a device with two slots begins in the middle
    of a power cycle, and its cases begin with the update; that of a streamed payload begins with
    the download.

    Raises:
        Refused: the update does not go through, even without cuts.
    """
    bench, update = victim.bench(native), victim.update
    whole = Sweep(bench, update)
    start = bench.usage().operations
    _require(bench.boot())
    _require(bench.offer(update.head, update.fragment_bytes))
    if victim.setup.layout.checkpoints is not None:
        before = bench.usage().operations - start
        _require(bench.deliver(update.payload, update.fragment_bytes))
        _require(bench.install())
        return Commit(range(before + 1, bench.usage().operations + 1 - start), whole, 0)
    _require(bench.deliver(update.payload, update.fragment_bytes))
    if victim.layout is LayoutKind.AB:
        before = _install_until_verified(bench) - start
        _require(bench.install())
        return Commit(range(before + 1, bench.usage().operations + 1 - start), whole, 0)
    _require(bench.install())
    before = bench.usage().operations - start
    sweep = Sweep(bench, update)
    _require(bench.boot())
    return Commit(range(before + 1, bench.usage().operations + 1 - start), sweep, before)


def _install_until_verified(bench: Bench) -> int:
    while bench.state().lifecycle is not LifecycleState.VERIFIED:
        _require(bench.install_slice())
    return bench.usage().operations


def _require(status: Status) -> None:
    if status not in (Status.OK, Status.BUSY):
        raise Refused(f"torture: the update fails without any cut: {status.name.lower()}")
