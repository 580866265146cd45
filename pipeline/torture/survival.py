"""Running the portions of a sweep, here or on worker processes, and adding up what they found."""

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from device_apply.flash_model.native import Native
from pipeline.errors import EnvironmentProblem
from pipeline.json_document import Json
from pipeline.torture.shards import FailedCase, Rack, Shard, ShardResult, run_shard
from pipeline.torture.victim import Victim

OnDone: TypeAlias = Callable[[ShardResult], None]
"""Called with each portion's result when it is done, for progress."""
MOST_NAMED_FAILURES: Final = 20
"""Of a broken build nearly every case fails; a few are enough to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalReport:
    """How an update took it."""

    victim: Victim
    operations: int
    """Flash operations of the update without cuts, two boots after it included."""
    cases: int
    boots: int
    failures: int
    failed: tuple[FailedCase, ...]
    """The first failures, one of each portion."""

    def to_json(self) -> dict[str, Json]:
        """Return the report as `--json` prints it."""
        return {
            "failures": self.failures,
            "cases": self.cases,
            "boots": self.boots,
            "operations": self.operations,
            "device": self.victim.device,
            "layout": self.victim.layout.value,
            "engine": self.victim.engine,
            "payload_bytes": len(self.victim.update.payload),
            "failed": [{"id": case.id, "verdict": case.verdict.label} for case in self.failed],
        }


def run_here(
    victim: Victim, shards: Sequence[Shard], native: Native | None = None
) -> SurvivalReport:
    """Run portions in this process; `native` stands in for the library that is installed."""
    rack = Rack(victim, native)
    results = [run_shard(rack, shard) for shard in shards]
    return _report(victim, rack.whole.operations(), results)


def run_spread(
    victim: Victim,
    shards: Sequence[Shard],
    executor: Executor,
    on_done: OnDone | None = None,
) -> SurvivalReport:
    """Run portions on worker processes; the result does not depend on how many there are.

    The images travel as a file, see `pipeline.engines.runner.run_engines`.

    Raises:
        EnvironmentProblem: a worker process died.
    """
    with TemporaryDirectory(prefix="airdelta-") as folder:
        file = Path(folder) / "victim"
        file.write_bytes(pickle.dumps(victim))
        futures = [executor.submit(_run_in_worker, file, shard) for shard in shards]
        try:
            for future in as_completed(futures):
                if on_done is not None:
                    on_done(future.result())
            results = [future.result() for future in futures]
        except BrokenExecutor as error:
            raise EnvironmentProblem(
                "a worker process died before it was done; most often the memory ran out"
            ) from error
        finally:
            for future in futures:
                future.cancel()
    return _report(victim, victim.sweep().operations(), results)


_kept: dict[Path, Rack] = {}
"""The benches of this worker."""


def _run_in_worker(file: Path, shard: Shard) -> ShardResult:
    if file not in _kept:
        _kept.clear()
        victim: Victim = pickle.loads(file.read_bytes())  # noqa: S301 (our own, a moment ago)
        _kept[file] = Rack(victim)
    return run_shard(_kept[file], shard)


def _report(victim: Victim, operations: int, results: Sequence[ShardResult]) -> SurvivalReport:
    failed = [result.first_failure for result in results if result.first_failure is not None]
    return SurvivalReport(
        victim=victim,
        operations=operations,
        cases=sum(result.cases for result in results),
        boots=sum(result.boots for result in results),
        failures=sum(result.failures for result in results),
        failed=tuple(failed[:MOST_NAMED_FAILURES]),
    )
