"""Cases in portions that worker processes take one after the other.

A portion is small enough that a progress bar moves, and says everything that its cases depend on:
same portions, same cases, on any number of workers.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from device_apply.core.device.status import Verdict
from device_apply.core.device.sweep import Sweep, SweepReport
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label

MOST_CUTS: Final = 9
_OPERATIONS_PER_SHARD: Final = 8
_CASES_PER_SHARD: Final = 50


@dataclass(frozen=True, slots=True)
class EveryCut:
    """Each of these operations is cut in every variant."""

    first_operation: int
    last_operation: int
    seed: int

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


def exhaustive_shards(operations: int, seed: int) -> Iterator[Shard]:
    """Cut once at every operation, in every variant."""
    for first in range(1, operations + 1, _OPERATIONS_PER_SHARD):
        last = min(first + _OPERATIONS_PER_SHARD - 1, operations)
        yield EveryCut(first, last, seed)


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


def run_shard(sweep: Sweep, shard: Shard) -> ShardResult:
    """Run one portion."""
    match shard:
        case EveryCut():
            first, last = shard.first_operation, shard.last_operation
            return _result(sweep.single_cuts(first, last, seed=shard.seed))
        case ManyCuts():
            return _result(sweep.drawn_cuts(shard.first_seed, shard.cases, MOST_CUTS))
        case SingleCuts():
            return _run_single_cuts(sweep, shard)


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
