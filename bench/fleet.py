"""How fast a fleet is simulated: one million devices, 200 fragments each, a bursty channel.

    python bench/fleet.py [--devices N] [--fragments N] [--workers N] [--seed N]

The promise is less than 10 seconds on 2 cores. The figures of the simulation itself do not depend
on the workers, and are printed to show it.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from link_sim.fleet.plan import DeviceGroup, FleetPlan
from link_sim.fleet.report import FleetReport
from link_sim.fleet.run import run_fleet
from link_sim.loss.gilbert_elliott import GilbertElliott

LIMIT_S = 10.0
"""What a million devices may take on two cores."""

CHANNEL = GilbertElliott(p=0.02, r=0.25)
"""7.4 % loss in bursts of 4: the channel of the cross-check case GE-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured simulation."""

    workers: int
    wall_s: float
    report: FleetReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure with one worker and with several; return 1 if the promise is broken."""
    options = _parse(arguments)
    plan = FleetPlan(
        devices=options.devices,
        fragments=options.fragments,
        slot_s=1.0,
        on_air_s=0.1,
        groups=(DeviceGroup(name="all", share=1.0, channel=CHANNEL),),
    )
    runs = [_measure(plan, options.seed, workers) for workers in sorted({1, options.workers})]
    print(f"{plan.devices:,} devices x {plan.fragments} fragments, seed {options.seed}")
    for run in runs:
        print(_line(run))
    return 0 if min(run.wall_s for run in runs) < LIMIT_S else 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how fast a fleet is simulated.")
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--fragments", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _measure(plan: FleetPlan, seed: int, workers: int) -> Run:
    start_s = time.perf_counter()
    if workers == 1:
        report = run_fleet(plan, seed)
    else:
        with ProcessPoolExecutor(workers) as executor:
            report = run_fleet(plan, seed, executor)
    return Run(workers=workers, wall_s=time.perf_counter() - start_s, report=report)


def _line(run: Run) -> str:
    report = run.report
    median, last = report.finish_time_s(0.5), report.finish_time_s(0.99)
    times = f"median {median.value:.0f} s, 99 % {last.value:.0f} s" if median and last else "nobody"
    rate = report.transmissions / run.wall_s / 1e6
    return (
        f"{run.workers} worker(s): {run.wall_s:5.2f} s wall, {rate:5.0f} M fragments/s; "
        f"{report.finished:,} finished, {times}, {report.transmissions:,} transmissions"
    )


if __name__ == "__main__":
    sys.exit(main())
