"""A fleet on dask.distributed (the extra `airdelta[dask]`): any executor gives the same report."""

import os
import signal
from concurrent.futures import Executor
from typing import Any

import pytest

from link_sim.fleet.plan import DeviceGroup, FleetPlan
from link_sim.fleet.run import run_fleet
from link_sim.fleet.shard import SHARD_DEVICES
from link_sim.loss.gilbert_elliott import GilbertElliott

distributed: Any = pytest.importorskip("distributed", reason="needs airdelta[dask]")

PLAN = FleetPlan(
    devices=24 * SHARD_DEVICES,
    fragments=100,
    slot_s=1.0,
    on_air_s=0.1,
    groups=(DeviceGroup(name="all", share=1.0, channel=GilbertElliott(p=0.02, r=0.25)),),
)


@pytest.mark.filterwarnings("ignore")  # dask's own
def test_a_worker_that_is_killed_changes_nothing() -> None:
    alone = run_fleet(PLAN, seed=1)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor: Executor = _KillsAWorker(client)
        together = run_fleet(PLAN, seed=1, executor=executor)

    assert together.transmissions == alone.transmissions
    assert together.sums.finished_by_slot.tolist() == alone.sums.finished_by_slot.tolist()


class _KillsAWorker(Executor):
    """Dask's executor, with an accident after the work was handed out."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 (dask's own type)
        self._client = client

    def map(self, function: Any, *iterables: Any, **_options: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 (the base's signature, loosely)
        results = self._client.get_executor(pure=False).map(function, *iterables)
        worker = next(iter(self._client.run(os.getpid).values()))
        os.kill(worker, signal.SIGKILL)
        return results
