"""Where the shards of a fleet run: in this process, in several, or on a dask cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from enum import StrEnum, unique
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from link_sim.fleet.shard import SHARD_DEVICES
from pipeline.errors import InputError

_SMALL_FLEET: Final = 4 * SHARD_DEVICES
"""Up to here starting processes takes longer than they save."""


@unique
class ExecutorKind(StrEnum):
    """What runs the shards; no choice changes the result."""

    PROCESSES = "processes"
    DASK = "dask"


@contextmanager
def fleet_executor(
    devices: int, kind: ExecutorKind, workers: int | None, scheduler: str | None
) -> Iterator[Executor | None]:
    """Start workers and stop them afterwards; None runs everything here.

    Args:
        devices: How many are simulated; a small fleet needs no workers.
        kind: Local processes, or dask.distributed.
        workers: How many; one per processor if not given.
        scheduler: The address of a running dask scheduler; without one a local cluster starts.

    Raises:
        InputError: dask is not installed.
    """
    count = workers or os.cpu_count() or 1
    if kind is ExecutorKind.DASK:
        with _dask_client(count, scheduler) as client:
            yield client.get_executor(pure=False)
    elif count == 1 or devices <= _SMALL_FLEET:
        yield None
    else:
        with ProcessPoolExecutor(count) as executor:
            yield executor


@contextmanager
def _dask_client(workers: int, scheduler: str | None) -> Iterator[Any]:
    if find_spec("distributed") is None:
        raise InputError("--executor dask: needs `pip install airdelta[dask]`")
    distributed = import_module("distributed")
    if scheduler is not None:
        with distributed.Client(scheduler) as client:
            yield client
        return
    settings = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(processes=True, **settings) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client
