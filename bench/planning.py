"""How long `airdelta plan` takes over a folder of image pairs, cold and with everything cached.

python bench/planning.py CORPUS [--devices 10000] [--other-settings] [--json FILE] PAIR ...

Three links, loss 0.1, every strategy; each plan is a process of its own, with an empty cache and
then again. Wall time depends on what else the machine does, processor time hardly does. The exit
code is 1 if a plan takes longer than its limit in wall time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLD_LIMIT_S = 30.0
CACHED_LIMIT_S = 3.0
LINKS = ("eu868-dr3", "ble-1m", "nbiot-ce0")


def measure(pair: Path, arguments: list[str]) -> dict[str, Any]:
    """Plan for one pair twice."""
    command = [str(Path(sys.executable).parent / "airdelta"), "plan", "--json", "--loss", "0.1"]
    command += [f"--base={pair / 'base.bin'}", f"--new={pair / 'new.bin'}", *arguments]
    command += [f"--link={link}" for link in LINKS]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        cold, cached = (_run(command, environment) for _ in range(2))
    if cold.pop("plan") != cached.pop("plan"):
        raise SystemExit(f"{pair.name}: the cached plan differs")
    return {"pair": pair.name, "new_bytes": (pair / "new.bin").stat().st_size} | {
        f"{name}_{figure}": value
        for name, run in (("cold", cold), ("cached", cached))
        for figure, value in run.items()
    }


def _run(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    started_s, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    plan = json.loads(done.stdout)
    return {
        "s": round(time.monotonic() - started_s, 2),
        "processor_s": round(spent_s, 2),
        "strategies": len(plan["strategies"]) * len(LINKS) + len(plan["other_settings"]),
        "plan": plan,
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure the pairs given as arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("pairs", nargs="+")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--other-settings", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    more = [f"--devices={options.devices}"]
    more += ["--other-settings"] if options.other_settings else []
    print("| pair | new bytes | strategies | cold s | processor s | cached s | processor s |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    rows = []
    for name in options.pairs:
        row = measure(options.corpus / name, more)
        rows.append(row)
        print(
            f"| {name} | {row['new_bytes']:,} | {row['cold_strategies']} | {row['cold_s']} "
            f"| {row['cold_processor_s']} | {row['cached_s']} | {row['cached_processor_s']} |"
        )
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    slow = [r for r in rows if r["cold_s"] > COLD_LIMIT_S or r["cached_s"] > CACHED_LIMIT_S]
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
