"""Running engines side by side: names and images in, proved candidates and failures out.

- Results come in the order of the names, whatever finished first.
- Every candidate was decoded by its own applier and is the new image, byte for byte.
- An engine that fails takes no other with it. A worker process that dies ends the whole run: a
  comparison that lacks an engine by accident is none.
"""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from device_apply.appliers import BytesSource, applier_for, apply_payload
from device_apply.errors import DeviceApplyError
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import NO_HINTS, Candidate, EngineError, EngineFailure, Hints
from pipeline.engines.registry import engine_named
from pipeline.errors import EnvironmentProblem

Outcome: TypeAlias = Candidate | EngineFailure
"""What became of one engine; both say which one in `engine`."""


@contextmanager
def process_executor(workers: int | None = None) -> Iterator[Executor]:
    """Yield the default executor: one worker process per processor.

    Workers are spawned, not forked: a fork copies locks that other threads hold. They leave an
    interrupt to their parent, and when it leaves early, they are ended with it.
    """
    executor = ProcessPoolExecutor(
        max_workers=workers or os.cpu_count() or 1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        yield executor
    except BaseException:
        for worker in multiprocessing.active_children():
            worker.terminate()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def run_engines(
    names: Sequence[str],
    base: bytes,
    new: bytes,
    executor: Executor,
    on_done: Callable[[Outcome], None] | None = None,
    hints: Hints = NO_HINTS,
) -> tuple[list[Candidate], list[EngineFailure]]:
    """Encode `base` to `new` with every engine in `names`.

    Images and hints travel to the workers as files: a queue that holds them would block, and with
    it the end of this process, when nobody reads it any more.

    Args:
        names: Engines by name; they run on `executor` in any order.
        base: The base image.
        new: The new image.
        executor: Where they run, on this machine; `process_executor()` unless there is a reason.
        on_done: Called in this thread as each engine finishes, for progress.
        hints: What is known of the images.

    Raises:
        pipeline.errors.InputError: a name is unknown; nothing was run.
        pipeline.errors.EnvironmentProblem: a worker process died, so that the comparison would be
            of fewer engines than were asked for.
    """
    for name in names:
        engine_named(name)
    with TemporaryDirectory(prefix="airdelta-") as folder:
        pair = _PairFiles(Path(folder))
        pair.write(base, new, hints)
        try:
            outcomes = _outcomes(names, pair, executor, on_done)
        except BrokenExecutor as error:
            raise EnvironmentProblem(
                "a worker process died before it was done; most often the memory ran out"
            ) from error
    candidates = [outcome for outcome in outcomes if isinstance(outcome, Candidate)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, EngineFailure)]
    return candidates, failures


@dataclass(frozen=True, slots=True)
class _PairFiles:
    """A pair of images on its way to the workers."""

    folder: Path

    def write(self, base: bytes, new: bytes, hints: Hints) -> None:
        (self.folder / "base").write_bytes(base)
        (self.folder / "new").write_bytes(new)
        (self.folder / "hints").write_text(json.dumps(asdict(hints)))

    def read(self) -> tuple[bytes, bytes, Hints]:
        told = json.loads((self.folder / "hints").read_text())
        hints = Hints(
            moves=tuple((start, to) for start, to in told["moves"]),
            load_addresses=tuple(told["load_addresses"]) if told["load_addresses"] else None,
        )
        return (self.folder / "base").read_bytes(), (self.folder / "new").read_bytes(), hints


def _outcomes(
    names: Sequence[str],
    pair: _PairFiles,
    executor: Executor,
    on_done: Callable[[Outcome], None] | None,
) -> list[Outcome]:
    # The registry ends with the engines that think longest: begun first, they do not keep one
    # processor busy when all the others are done.
    begun = {name: executor.submit(_run_engine_on_files, name, pair) for name in reversed(names)}
    futures = [begun[name] for name in names]
    try:
        for future in as_completed(futures):
            if on_done is not None:
                on_done(future.result())
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()


def _run_engine_on_files(name: str, pair: _PairFiles) -> Outcome:
    return run_engine(name, *pair.read())


def run_engine(name: str, base: bytes, new: bytes, hints: Hints = NO_HINTS) -> Outcome:
    """Encode with one engine and prove the payload, in this process."""
    engine = engine_named(name)
    try:
        encoding = engine.encode(base, new, hints)
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
        # a plain dict travels between processes
        parameters={**engine.parameters, **encoding.facts},
        unsafe_reason=engine.unsafe_reason,
    )


def _prove(payload_format: PayloadFormat, payload: bytes, base: bytes, new: bytes) -> None:
    """Decode the payload and compare it with the new image."""
    decoded = bytearray()
    apply_payload(payload_format, BytesSource(payload), BytesSource(base), len(new), decoded.extend)
    if decoded != new:
        raise EngineError("its payload decodes to another image")
