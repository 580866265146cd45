import subprocess
import sys
import time
from pathlib import Path

import pytest
from patch_bench.corpus import read_corpora
from patch_bench.cost import Cost, measure, measure_quick
from patch_bench.cost_summary import REFERENCE_TOOL, summarise_costs
from patch_bench.measuring import Measured, measure_tool

from tests.bench.fake_tools import Hungry
from tests.bench.tiny_corpus import add_pair

MIB = 1 << 20
BUSY = "import time\nwhile time.process_time() < 0.2: pass"


def test_processor_time_counts_and_waiting_does_not() -> None:
    def work() -> bytes:
        end_s = time.process_time() + 0.1
        while time.process_time() < end_s:
            pass
        time.sleep(0.2)
        return b"done"

    result, cost = measure(work)

    assert result == b"done"
    assert 0.09 < cost.cpu_s < 0.2


def test_the_time_of_child_processes_counts() -> None:
    def work() -> bytes:
        subprocess.run([sys.executable, "-S", "-c", BUSY], check=True)
        return b""

    assert measure(work)[1].cpu_s > 0.15


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux says")
def test_memory_is_what_the_work_adds_at_its_peak(tmp_path: Path) -> None:
    add_pair(tmp_path, "pair")
    (pair,) = read_corpora([tmp_path], ("*",))

    outcome = measure_tool(Hungry(name="hungry", patch_bytes={"pair": 700}), pair)

    assert isinstance(outcome, Measured)
    assert outcome.build.peak_bytes is not None
    assert outcome.build.peak_bytes < MIB
    assert outcome.apply.peak_bytes is not None
    assert 0.9 * Hungry.MORE_BYTES < outcome.apply.peak_bytes < 1.2 * Hungry.MORE_BYTES


def test_quick_work_is_repeated_and_the_least_time_counts() -> None:
    waits_s = iter((0.04, 0.0, 0.02, 0.0, 0.0))

    def work() -> bytes:
        end_s = time.process_time() + next(waits_s)
        while time.process_time() < end_s:
            pass
        return b"x"

    assert measure_quick(work)[1].cpu_s < 0.02
    assert next(waits_s, None) is None


def measured(tool: str, pair: str, build: Cost, apply: Cost) -> Measured:
    return Measured(tool=tool, pair=pair, patch_bytes=1, build=build, apply=apply)


def cost(cpu_s: float, peak_bytes: int | None) -> Cost:
    return Cost(cpu_s=cpu_s, peak_bytes=peak_bytes)


def test_rates_are_sums_over_sums_and_ratios_go_over_common_pairs() -> None:
    new_bytes = {"a": 1_000_000, "b": 3_000_000}
    runs = [
        measured("tool", "a", cost(2.0, 100), cost(0.5, 10)),
        measured("tool", "b", cost(6.0, 400), cost(1.5, 30)),
        measured(REFERENCE_TOOL, "a", cost(4.0, 50), cost(0.25, None)),
        measured("tool", "unknown", cost(99.0, 99), cost(99.0, 99)),
    ]

    summary = summarise_costs("tool", runs, new_bytes)

    assert summary.build.s_per_mb == pytest.approx(8 / 4)
    assert summary.build.time_ratio == pytest.approx(2 / 4)
    assert summary.build.peak_bytes == 400
    assert summary.build.peak_ratio == pytest.approx(100 / 50)
    assert summary.apply.mb_per_s == pytest.approx(4 / 2)
    assert summary.apply.time_ratio == pytest.approx(0.5 / 0.25)
    assert summary.apply.peak_ratio is None


def test_a_tool_that_never_ran_has_no_costs() -> None:
    summary = summarise_costs("tool", [], {"a": 1})

    assert summary.build.s_per_mb is None
    assert summary.apply.mb_per_s is None
    assert summary.apply.peak_bytes is None
