"""Running every tool on every pair, each build and each apply in a process of its own.

A fresh process makes memory comparable and keeps a crash to the measurement that it happened in.
The process that applies a patch gets the patch, the base image and the new image's size, nothing
else; what it returns is compared with the new image.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import ParamSpec, TypeAlias, TypeVar

from patch_bench.corpus import Pair
from patch_bench.cost import Cost, measure, measure_quick
from patch_bench.tools.contract import DoesNotApply, Tool

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A patch that decodes to the new image, and what it cost to make and to apply."""

    tool: str
    pair: str
    patch_bytes: int
    build: Cost
    apply: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A tool that broke on a pair, or whose patch does not give the new image."""

    tool: str
    pair: str
    reason: str
    is_wrong_result: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A tool that was not run: on one pair, or at all."""

    tool: str
    pair: str | None
    """None for all pairs."""
    reason: str


Outcome: TypeAlias = Measured | Failed | LeftOut
"""What became of one tool on one pair."""


def measure_all(
    tools: Sequence[Tool],
    pairs: Sequence[Pair],
    jobs: int,
    on_done: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run all tools on all pairs, `jobs` at a time; return the outcomes, ordered pair by pair.

    `on_done` is called in this thread as each of them finishes.
    """
    with ThreadPoolExecutor(max_workers=jobs) as threads:
        futures = [threads.submit(measure_tool, tool, pair) for pair in pairs for tool in tools]
        try:
            for future in as_completed(futures):
                on_done(future.result())
        finally:  # an interrupt ends what runs, and nothing else is begun
            threads.shutdown(wait=False, cancel_futures=True)
    return [future.result() for future in futures]


def measure_tool(tool: Tool, pair: Pair) -> Outcome:
    """Build and apply one patch."""
    built = _run_alone(build_patch, tool, pair)
    error = built.exception()
    if isinstance(error, DoesNotApply):
        return LeftOut(tool=tool.name, pair=pair.name, reason=str(error))
    if error is not None:
        return _failed(tool, pair, "cannot build the patch", error)
    patch, build = built.result()
    applied = _run_alone(apply_patch, tool, patch, pair.base, len(pair.new))
    error = applied.exception()
    if error is not None:
        return _failed(tool, pair, "cannot apply its patch", error)
    new, apply = applied.result()
    if new != pair.new:
        reason = f"wrong result: {_difference(new, pair.new)}"
        return Failed(tool=tool.name, pair=pair.name, reason=reason, is_wrong_result=True)
    return Measured(
        tool=tool.name, pair=pair.name, patch_bytes=len(patch), build=build, apply=apply
    )


def build_patch(tool: Tool, pair: Pair) -> tuple[bytes, Cost]:
    """Return the patch and what it took to build, in this process."""
    return measure(lambda: tool.encode(pair))


def apply_patch(tool: Tool, patch: bytes, base: bytes, new_size: int) -> tuple[bytes, Cost]:
    """Return the decoded image and what it took, in this process."""
    return measure_quick(lambda: tool.decode(patch, base, new_size))


def _run_alone(work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
    """Call `work` in a new process; return how that ended.

    Spawned, not forked: a fork starts with all the memory of this process. An interrupt from the
    keyboard reaches it too, and ends it at once and quietly.
    """
    with ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        return process.submit(work, *args, **kwargs)


def _failed(tool: Tool, pair: Pair, what: str, error: BaseException) -> Failed:
    reason = f"{what}: {type(error).__name__}: {error}"
    return Failed(tool=tool.name, pair=pair.name, reason=" ".join(reason.split()))


def _difference(decoded: bytes, new: bytes) -> str:
    if len(decoded) != len(new):
        return f"{len(decoded)} bytes instead of {len(new)}"
    offset = next(i for i, (a, b) in enumerate(zip(decoded, new, strict=True)) if a != b)
    return f"differs from offset {offset}"
