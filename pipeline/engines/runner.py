"""Running engines side by side: names and images in, proved candidates and failures out.

- Results come in the order of the names, whatever finished first.
- Every candidate was decoded by its own applier and is the new image, byte for byte.
- An engine that fails takes no other with it. (One that crashes its worker process does, as the
  process pool breaks; all that had not finished by then are reported as failures.)
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from typing import TypeAlias

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.errors import DeviceApplyError
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate, EngineError, EngineFailure
from pipeline.engines.registry import engine_named

Outcome: TypeAlias = Candidate | EngineFailure
"""What became of one engine; both say which one in `engine`."""


def process_executor(workers: int | None = None) -> ProcessPoolExecutor:
    """Return the default executor: one worker process per processor.

    Workers are spawned, not forked: a fork copies locks that other threads hold.
    """
    return ProcessPoolExecutor(
        max_workers=workers or os.cpu_count() or 1,
        mp_context=multiprocessing.get_context("spawn"),
    )


def run_engines(
    names: Sequence[str],
    base: bytes,
    new: bytes,
    executor: Executor,
    on_done: Callable[[Outcome], None] | None = None,
) -> tuple[list[Candidate], list[EngineFailure]]:
    """Encode `base` to `new` with every engine in `names`.

    Args:
        names: Engines by name; they run on `executor` in any order.
        base: The base image.
        new: The new image.
        executor: Where they run; `process_executor()` unless there is a reason.
        on_done: Called in this thread as each engine finishes, for progress.

    Raises:
        pipeline.errors.InputError: a name is unknown; nothing was run.
    """
    for name in names:
        engine_named(name)
    futures = [_submit(executor, name, base, new) for name in names]
    name_of = dict(zip(futures, names, strict=True))
    try:
        for future in as_completed(futures):
            if on_done is not None:
                on_done(_outcome(name_of[future], future))
    finally:
        for future in futures:
            future.cancel()
    outcomes = [_outcome(name, future) for name, future in zip(names, futures, strict=True)]
    candidates = [outcome for outcome in outcomes if isinstance(outcome, Candidate)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, EngineFailure)]
    return candidates, failures


def run_engine(name: str, base: bytes, new: bytes) -> Outcome:
    """Encode with one engine and prove the payload, in this process."""
    engine = engine_named(name)
    try:
        encoding = engine.encode(base, new)
        payload = encoding.payload
        _prove(engine.payload_format, payload, base, new)
        needs = applier_for(engine.payload_format).needs(BytesSource(payload), len(base), len(new))
    except (EngineError, MemoryError) as error:
        return EngineFailure(engine=name, reason=str(error) or "out of memory")
    except DeviceApplyError as error:
        return EngineFailure(engine=name, reason=f"its payload does not decode: {error}")
    return Candidate(
        engine=name,
        payload_format=engine.payload_format,
        payload=payload,
        needs=needs,
        parameters={
            **engine.parameters,
            **encoding.facts,
        },  # a plain dict travels between processes
        unsafe_reason=engine.unsafe_reason,
    )


def _prove(payload_format: PayloadFormat, payload: bytes, base: bytes, new: bytes) -> None:
    """Decode the payload and compare it with the new image."""
    decoded = bytearray()
    apply_payload(payload_format, BytesSource(payload), BytesSource(base), len(new), decoded.extend)
    if decoded != new:
        raise EngineError("its payload decodes to another image")


def _submit(executor: Executor, name: str, base: bytes, new: bytes) -> Future[Outcome]:
    try:
        return executor.submit(run_engine, name, base, new)
    except BrokenExecutor as error:
        failed: Future[Outcome] = Future()
        failed.set_exception(error)
        return failed


def _outcome(name: str, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        return EngineFailure(engine=name, reason="a worker process died before it was done")
