"""Histories of a state log under power cuts, in one line each: what was stated must never be lost.

`LogHistory.parse(history.label).run()` is the same history again.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.flash_model.native import Native
from device_apply.flash_model.parts import ERASED_ONES, FlashPart, Sector
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label, parse_cuts
from device_apply.profile import AbLayout, Region, SlotAddressing

POWER_LOST: Final = 64
_SECTOR_BYTES: Final = 1024
_STATE_SECTORS: Final = 2
_APPENDS_PER_BOOT: Final = 3
_QUIET_BOOTS: Final = 4


@dataclass(frozen=True, slots=True)
class LogFlash:
    """The kind of flash that a log lives on."""

    write_unit_bytes: int
    program_once: bool
    erased_byte: int = ERASED_ONES

    @property
    def label(self) -> str:
        once = "once" if self.program_once else "again"
        return f"{self.write_unit_bytes}-{once}-{self.erased_byte:02x}"

    @classmethod
    def parse(cls, label: str) -> Self:
        unit, once, erased = label.split("-")
        return cls(int(unit), once == "once", int(erased, 16))

    def setup(self) -> BenchSetup:
        def region(first_sector: int, sectors: int = 1) -> Region:
            return Region(offset=first_sector * _SECTOR_BYTES, size_bytes=sectors * _SECTOR_BYTES)

        return BenchSetup(
            part=FlashPart(
                sectors=(Sector(_SECTOR_BYTES, 1.0),) * (3 + _STATE_SECTORS),
                write_unit_bytes=self.write_unit_bytes,
                program_unit_us=1.0,
                erased_byte=self.erased_byte,
                program_once=self.program_once,
            ),
            layout=AbLayout(
                slot_addressing=SlotAddressing.REMAP,
                slot_a=region(0),
                slot_b=region(1),
                download=region(2),
                state=region(3, _STATE_SECTORS),
            ),
            vendor="vendor.example",
            device_class="sensor",
            state_bank_bytes=_SECTOR_BYTES,
        )


@dataclass(frozen=True, slots=True)
class LogHistory:
    """Appends of ascending values, three to a boot, with power cuts."""

    flash: LogFlash
    first_appends: int
    """How full the bank is when the first cut is planned."""
    cuts: tuple[PowerCutPlan, ...]

    @property
    def label(self) -> str:
        return f"{self.flash.label}/{self.first_appends}/{cuts_label(self.cuts)}"

    @classmethod
    def parse(cls, label: str) -> Self:
        flash, first_appends, cuts = label.split("/")
        return cls(LogFlash.parse(flash), int(first_appends), parse_cuts(cuts))

    def run(self, native: Native) -> str | None:
        """Return what was lost, or None."""
        log = _Log(Bench(self.flash.setup(), native))
        log.append(self.first_appends)
        # The cuts, then boots until everything unsettled had a chance to show another face.
        for cut in (*self.cuts, *[None] * _QUIET_BOOTS):
            log.boot(cut)
            if log.lost is not None:
                return log.lost
        return None


class _Log:
    """A log on a bench, and what is known about it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._lib = bench.native.lib
        self._stated = self._attempted = 1
        self.lost: str | None = None
        status = self._lib.bench_log_create(bench.handle, self._attempted)
        if status != 0:
            self.lost = f"the log cannot be created: {status}"

    def append(self, count: int) -> None:
        """State the next values, until the power fails."""
        for _ in range(count):
            self._attempted += 1
            status = self._lib.bench_log_append(self._bench.handle, self._attempted)
            if status == POWER_LOST:
                return
            if status != 0:
                self.lost = f"an append fails with {status}"
            self._stated = self._attempted

    def boot(self, cut: PowerCutPlan | None) -> None:
        """Open the log, compare, and append."""
        self._bench.plan_cut(cut)
        found = self._lib.bench_log_open(self._bench.handle)
        if found == -POWER_LOST:
            return
        if not self._stated <= found <= self._attempted:
            stated = f"{self._stated} to {self._attempted} was stated"
            self.lost = f"{found} was found where {stated}"
        self._stated = found
        self.append(_APPENDS_PER_BOOT)


def drawn_histories(flash: LogFlash, count: int, most_cuts: int = 9) -> Iterator[LogHistory]:
    """Draw seeded histories; half of the cuts leave unsettled cells, which most rules are about."""
    for seed in range(count):
        rng = random.Random(f"{flash.label}/{seed}")
        cuts = tuple(
            PowerCutPlan(
                operation=rng.randint(1, 6),
                variant=rng.choice((CutVariant.UNSETTLED, CutVariant(rng.randrange(7)))),
                seed=rng.randrange(2**16),
            )
            for _ in range(rng.randint(1, most_cuts))
        )
        yield LogHistory(flash, rng.randrange(9), cuts)


def first_loss(flash: LogFlash, count: int, native: Native) -> str | None:
    """Return the label of the first history that loses something, with what it lost."""
    for history in drawn_histories(flash, count):
        lost = history.run(native)
        if lost is not None:
            return f"{history.label}: {lost}"
    return None
