"""Fault sweeps from Python: an update on the bench, its cases by name, and what they found.

sweep = Sweep(bench, update)
report = sweep.single_cuts(1, sweep.operations(), seed=0)
report.first_failure        # such as 17:torn:3+2:unsettled:99, for sweep.run(parse_cuts(...))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status, Verdict
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptUpdate:
    """An update that a bench was provisioned for and trusts."""

    head: bytes
    payload: bytes
    base: bytes
    new_image: bytes
    base_counter: int
    new_counter: int
    fragment_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case ended."""

    verdict: Verdict
    status: Status
    """What the device said last, where the verdict is about that."""
    boots: int
    operations: int
    cuts: int
    """Cuts that happened; the others were planned behind the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a sweep found."""

    cases: int
    boots: int
    failures: int
    first_failure: str | None
    """The label of the first case that failed; running it again fails again."""
    first_verdict: Verdict
    first_status: Status


class Sweep:
    """One update, from the flash that the bench has now."""

    def __init__(self, bench: Bench, update: SweptUpdate) -> None:
        """Keep the flash as the start of every case.

        Raises:
            MemoryError: there is none for it.
        """
        self._bench = bench
        self._native = bench.native
        self._lib = bench.native.lib
        ffi = self._native.ffi
        self._kept = [
            ffi.from_buffer(data)
            for data in (update.head, update.payload, update.base, update.new_image)
        ]
        made = ffi.new("struct sweep_update *")
        made.head, made.payload, made.base, made.new_image = (
            ffi.cast("uint8_t *", data) for data in self._kept
        )
        made.head_bytes, made.payload_bytes = len(update.head), len(update.payload)
        made.base_bytes, made.new_bytes = len(update.base), len(update.new_image)
        made.base_counter, made.new_counter = update.base_counter, update.new_counter
        made.fragment_bytes = update.fragment_bytes
        handle = self._lib.sweep_new(bench.handle, made)
        if handle == ffi.NULL:
            raise MemoryError("no memory for a copy of the flash")
        self._handle = ffi.gc(handle, self._lib.sweep_free)

    def operations(self) -> int:
        """Count the flash operations of the update without cuts, two boots after it included."""
        return self.run(()).operations

    def run(self, cuts: Sequence[PowerCutPlan]) -> CaseResult:
        """Run one case."""
        made = self._native.ffi.new("struct sweep_case *")
        made.count = len(cuts)
        for index, cut in enumerate(cuts):
            made.cuts[index].operation = cut.operation
            made.cuts[index].variant = cut.variant
            made.cuts[index].seed = cut.seed
        result = self._native.ffi.new("struct sweep_result *")
        self._lib.sweep_run(self._handle, made, result)
        return _case_result(result)

    def single_cuts(self, first: int, last: int, *, seed: int) -> SweepReport:
        """Cut once, at each of these operations, in every variant."""
        report = self._native.ffi.new("struct sweep_report *")
        self._lib.sweep_single_cuts(self._handle, first, last, seed, report)
        return _sweep_report(report)

    def drawn_cuts(self, first_seed: int, count: int, most_cuts: int) -> SweepReport:
        """Run `count` hostile cases of 2 to `most_cuts` cuts, drawn from consecutive seeds."""
        report = self._native.ffi.new("struct sweep_report *")
        self._lib.sweep_drawn_cuts(self._handle, first_seed, count, most_cuts, report)
        return _sweep_report(report)

    def short_boots(self, operations: int, variant: CutVariant) -> CaseResult:
        """Let no boot last for more than `operations` flash operations, until the update ends."""
        result = self._native.ffi.new("struct sweep_result *")
        self._lib.sweep_short_boots(self._handle, operations, variant, result)
        return _case_result(result)


def _case_result(result: Any) -> CaseResult:  # noqa: ANN401 (cffi data: `struct sweep_result`)
    return CaseResult(
        verdict=Verdict(result.verdict),
        status=Status(result.status),
        boots=result.boots,
        operations=result.operations,
        cuts=result.cuts,
    )


def _sweep_report(report: Any) -> SweepReport:  # noqa: ANN401 (cffi data: `struct sweep_report`)
    cuts = [
        PowerCutPlan(operation=cut.operation, variant=CutVariant(cut.variant), seed=cut.seed)
        for cut in report.first_failure.cuts[0 : report.first_failure.count]
    ]
    return SweepReport(
        cases=report.cases,
        boots=report.boots,
        failures=report.failures,
        first_failure=cuts_label(cuts) if report.failures else None,
        first_verdict=Verdict(report.first_result.verdict),
        first_status=Status(report.first_result.status),
    )
