"""Cases in portions that worker processes take one after the other.

A portion is small enough that a progress bar moves, and says everything that its cases depend on:
same portions, same cases, on any number of workers.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from device_apply.core.device.status import Verdict
from device_apply.core.device.sweep import Sweep, SweepReport
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label, parse_cuts
from pipeline.torture.commit_phase import Commit, find_commit
from pipeline.torture.victim import Victim

MOST_CUTS: Final = 9
_OPERATIONS_PER_SHARD: Final = 8
_CASES_PER_SHARD: Final = 50


@dataclass(frozen=True, slots=True)
class EveryCut:
    """Each of these operations is cut in every variant."""

    first_operation: int
    last_operation: int
    seed: int
    in_commit: bool = False
    """Whether all of them are operations of the commit."""

    @property
    def cases(self) -> int:
        """How many that are."""
        return (self.last_operation - self.first_operation + 1) * len(CutVariant)


@dataclass(frozen=True, slots=True)
class SingleCuts:
    """One cut each, anywhere."""

    cuts: tuple[PowerCutPlan, ...]

    @property
    def cases(self) -> int:
        """How many that are."""
        return len(self.cuts)


@dataclass(frozen=True, slots=True)
class ManyCuts:
    """2 to `MOST_CUTS` cuts each, half of them at the first operations after power-on."""

    first_seed: int
    cases: int


Shard: TypeAlias = EveryCut | SingleCuts | ManyCuts


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCase:
    """A case that ended wrong."""

    id: str
    """Its cuts, such as `17:torn:3+2:unsettled:99`; running it again fails again."""
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """What became of a portion."""

    cases: int
    boots: int
    failures: int
    first_failure: FailedCase | None


class Rack:
    """The benches of one process; setting one up takes longer than many cases."""

    def __init__(self, victim: Victim, native: Native | None = None) -> None:
        """Set up nothing yet; `native` stands in for the library that is installed."""
        self._victim = victim
        self._native = native

    @cached_property
    def whole(self) -> Sweep:
        """The sweep of the whole update."""
        return self._victim.sweep(self._native)

    @cached_property
    def commit(self) -> Commit:
        """The commit of the update."""
        return find_commit(self._victim, self._native)


def exhaustive_shards(operations: range, seed: int, *, in_commit: bool = False) -> Iterator[Shard]:
    """Cut once at each of these operations, in every variant."""
    for first in operations[::_OPERATIONS_PER_SHARD]:
        last = min(first + _OPERATIONS_PER_SHARD, operations.stop) - 1
        yield EveryCut(first, last, seed, in_commit)


def sampled_shards(operations: int, samples: int, seed: int) -> Iterator[Shard]:
    """Draw so many cases: half with one cut anywhere, half with many."""
    rng = random.Random(f"torture {seed}")
    variants = tuple(CutVariant)
    singles = samples // 2
    for first in range(0, singles, _CASES_PER_SHARD):
        yield SingleCuts(
            tuple(
                PowerCutPlan(
                    operation=rng.randint(1, operations),
                    variant=rng.choice(variants),
                    seed=rng.randrange(2**16),
                )
                for _ in range(min(_CASES_PER_SHARD, singles - first))
            )
        )
    yield from many_cuts_shards(samples - singles, seed)


def many_cuts_shards(cases: int, seed: int) -> Iterator[Shard]:
    """Draw so many cases of several cuts, from consecutive seeds."""
    for first in range(0, cases, _CASES_PER_SHARD):
        yield ManyCuts(seed + first, min(_CASES_PER_SHARD, cases - first))


def run_shard(rack: Rack, shard: Shard) -> ShardResult:
    """Run one portion."""
    match shard:
        case EveryCut(in_commit=True):
            return _run_commit_cuts(rack.commit, shard)
        case EveryCut():
            first, last = shard.first_operation, shard.last_operation
            return _result(rack.whole.single_cuts(first, last, seed=shard.seed))
        case ManyCuts():
            return _result(rack.whole.drawn_cuts(shard.first_seed, shard.cases, MOST_CUTS))
        case SingleCuts():
            return _run_single_cuts(rack.whole, shard)


def _run_commit_cuts(commit: Commit, shard: EveryCut) -> ShardResult:
    before = commit.operations_before
    report = commit.sweep.single_cuts(
        shard.first_operation - before,
        shard.last_operation - before,
        # What a cut leaves to chance depends on its place in the update.
        seed=shard.seed + before,
    )
    result = _result(report)
    if result.first_failure is None:
        return result
    cuts = commit.whole_id(parse_cuts(result.first_failure.id))
    failed = FailedCase(id=cuts_label(cuts), verdict=result.first_failure.verdict)
    return ShardResult(
        cases=result.cases, boots=result.boots, failures=result.failures, first_failure=failed
    )


def _result(report: SweepReport) -> ShardResult:
    failed = None
    if report.first_failure is not None:
        failed = FailedCase(id=report.first_failure, verdict=report.first_verdict)
    return ShardResult(
        cases=report.cases, boots=report.boots, failures=report.failures, first_failure=failed
    )


def _run_single_cuts(sweep: Sweep, shard: SingleCuts) -> ShardResult:
    results = [(cut, sweep.run([cut])) for cut in shard.cuts]
    failed = [
        FailedCase(id=cuts_label([cut]), verdict=result.verdict)
        for cut, result in results
        if result.verdict is not Verdict.OK
    ]
    return ShardResult(
        cases=len(results),
        boots=sum(result.boots for _, result in results),
        failures=len(failed),
        first_failure=failed[0] if failed else None,
    )
