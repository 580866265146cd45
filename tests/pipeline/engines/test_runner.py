import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from types import MappingProxyType
from typing import Any

import pytest

from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines import registry, runner
from pipeline.engines.contract import Candidate, EngineError, EngineFailure
from pipeline.engines.function_engine import FunctionEngine
from pipeline.engines.registry import ENGINES
from pipeline.engines.runner import Outcome, process_executor, run_engine, run_engines
from pipeline.errors import EnvironmentProblem, InputError
from tests.device_apply.appliers.payloads import firmware_pair

BASE, NEW = firmware_pair(4000)


def failing(error: BaseException) -> FunctionEngine:
    def encode(_base: bytes, _new: bytes) -> bytes:
        raise error

    return engine(encode)


def engine(encode: Callable[[bytes, bytes], bytes]) -> FunctionEngine:
    return FunctionEngine(
        payload_format=PayloadFormat.FULL, encoder=encode, parameters=MappingProxyType({})
    )


def install(monkeypatch: pytest.MonkeyPatch, name: str, replacement: FunctionEngine) -> None:
    monkeypatch.setattr(registry, "ENGINES", {**ENGINES, name: replacement})


class BrokenExecutor(Executor):
    """An executor whose worker processes have died: at once, or with the task."""

    def __init__(self, *, at_submit: bool) -> None:
        self._at_submit = at_submit

    def submit(self, *_arguments: object, **_keywords: object) -> Future[Any]:
        if self._at_submit:
            raise BrokenProcessPool("dead")
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("dead"))
        return future


def test_all_engines_side_by_side_in_processes_give_proved_candidates_in_order() -> None:
    names = ["detools-in-place", "full", "bsdiff4", "zstd-patch"]
    done: list[str] = []

    with process_executor(workers=2) as executor:
        candidates, failures = run_engines(
            names, BASE, NEW, executor, lambda outcome: done.append(outcome.engine)
        )

    assert [candidate.engine for candidate in candidates] == names
    assert failures == []
    assert sorted(done) == sorted(names)
    for candidate in candidates:
        assert candidate == run_engine(candidate.engine, BASE, NEW)


def test_processes_are_spawned_one_per_processor_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_for: list[tuple[int, str]] = []

    class Recorder(ThreadPoolExecutor):
        def __init__(
            self, *, max_workers: int, mp_context: BaseContext, **_settings: object
        ) -> None:
            asked_for.append((max_workers, str(mp_context.get_start_method())))
            super().__init__(1)

    monkeypatch.setattr(runner, "ProcessPoolExecutor", Recorder)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)

    for workers in (None, 3):
        with process_executor(workers):
            pass
    assert asked_for == [(7, "spawn"), (3, "spawn")]


@pytest.mark.parametrize("name", ENGINES)
def test_a_candidate_says_what_it_is(name: str) -> None:
    candidate = run_engine(name, BASE, NEW)

    assert isinstance(candidate, Candidate)
    assert candidate.engine == name
    assert candidate.payload_format is ENGINES[name].payload_format
    assert candidate.payload == ENGINES[name].encode(BASE, NEW).payload
    assert candidate.parameters.items() >= ENGINES[name].parameters.items()
    assert candidate.unsafe_reason == ENGINES[name].unsafe_reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EngineError("bsdiff: too large"), "bsdiff: too large"),
        (MemoryError(), "out of memory"),
    ],
)
def test_a_failing_engine_is_reported_and_the_rest_go_on(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    install(monkeypatch, "bsdiff4", failing(error))

    with ThreadPoolExecutor(2) as executor:
        candidates, failures = run_engines(["full", "bsdiff4", "zstd-patch"], BASE, NEW, executor)

    assert [candidate.engine for candidate in candidates] == ["full", "zstd-patch"]
    assert failures == [EngineFailure(engine="bsdiff4", reason=reason)]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (NEW[:-1], "does not decode: payload ends 1 bytes early"),
        (NEW + b"x", "does not decode: payload has 1 bytes after its end"),
        (NEW[:-1] + bytes([NEW[-1] ^ 1]), "decodes to another image"),
    ],
)
def test_an_engine_whose_payload_is_wrong_is_a_failure_not_a_candidate(
    monkeypatch: pytest.MonkeyPatch, payload: bytes, reason: str
) -> None:
    install(monkeypatch, "full", engine(lambda _base, _new: payload))

    outcome = run_engine("full", BASE, NEW)
    assert isinstance(outcome, EngineFailure)
    assert reason in outcome.reason


def test_a_bug_in_an_engine_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "full", failing(ZeroDivisionError()))

    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        run_engines(["full", "full-lzma"], BASE, NEW, executor)


@pytest.mark.parametrize("at_submit", [True, False])
def test_a_worker_process_that_dies_ends_the_comparison(
    at_submit: bool,  # noqa: FBT001 (pytest passes parameters by position)
) -> None:
    executor = BrokenExecutor(at_submit=at_submit)

    with pytest.raises(EnvironmentProblem, match="a worker process died"):
        run_engines(["full", "bsdiff4"], BASE, NEW, executor)


def test_workers_end_with_a_block_that_is_left_early() -> None:
    def leave_early() -> None:
        with process_executor(1) as executor:
            executor.submit(time.sleep, 60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave_early()
    for _ in range(100):
        if not multiprocessing.active_children():
            break
        time.sleep(0.1)
    assert multiprocessing.active_children() == []


def test_an_unknown_name_is_rejected_before_anything_runs() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(InputError, match="unknown engine"):
        run_engines(["full", "courgette"], BASE, NEW, executor)


def test_results_do_not_depend_on_who_finishes_first() -> None:
    names = list(ENGINES)[::-1]

    with ThreadPoolExecutor(4) as executor:
        first = run_engines(names, BASE, NEW, executor)
    with ThreadPoolExecutor(1) as executor:
        second = run_engines(names, BASE, NEW, executor)

    assert first == second
    assert [candidate.engine for candidate in first[0]] == names


def test_progress_is_told_in_the_callers_thread_as_engines_finish() -> None:
    outcomes: list[Outcome] = []

    with ThreadPoolExecutor(2) as executor:
        candidates, _ = run_engines(["full", "full-lzma"], BASE, NEW, executor, outcomes.append)

    assert sorted(outcomes, key=lambda outcome: outcome.engine) == candidates


def test_no_names_give_nothing() -> None:
    with ThreadPoolExecutor(1) as executor:
        assert run_engines([], BASE, NEW, executor) == ([], [])
