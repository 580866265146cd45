"""Power cuts by the million: exhaustive over commits, drawn over whole updates, all counted.

    python bench/power_cuts.py [--corpus DIR --pairs GLOB] [--boots N] [--jobs N] [--json FILE]
    python bench/power_cuts.py --layout streamed --keep ...    one layout, beside what the file has
    python bench/power_cuts.py --table FILE

Each pair is cut once at every operation of its commit, in every variant of the flash model, with
two slots, with two slots while it is downloaded (streamed), and in place. Then small updates on
pages of 128 bytes get up to nine cuts each, half of them at the first operations after power-on.
Without a corpus the pair is the sample firmware. The exit code is 1 if a case failed. `--table`
prints the results in a file as docs/RELIABILITY.md shows them, `--document FILE` puts a new run's
in there.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from patch_bench.corpus import read_corpora

from device_apply.profile import CHECKPOINT_BYTES, DeviceProfile, LayoutKind, Region
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.simulator.simulated_device import MAX_FRAGMENT_BYTES
from pipeline.engines.runner import process_executor
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image
from pipeline.json_document import Json
from pipeline.torture.commit_phase import find_commit
from pipeline.torture.compact_layout import compact_layout
from pipeline.torture.shards import MOST_CUTS, exhaustive_shards, many_cuts_shards
from pipeline.torture.survival import SurvivalReport, run_spread
from pipeline.torture.victim import make_victim
from sample_firmware import image_path

STREAMED = "streamed"
LAYOUTS = {
    "ab": LayoutKind.AB,
    STREAMED: LayoutKind.AB,
    "in-place": LayoutKind.IN_PLACE,
}
STREAMING_RAM_BYTES = 10_240
"""The tiny tier and a chunk."""
RESULTS = Path(__file__).parent / "results" / "power_cuts.json"
SMALL_PAGE_BYTES = 128
SMALL_IMAGE_BYTES = 1900
CASES_PER_ROUND = 2000

Pair = tuple[str, FirmwareImage, FirmwareImage]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sweeps, write what they found, and return 1 if a case failed."""
    options = _parse(arguments)
    if options.table is not None:
        print(table(json.loads(options.table.read_text())), end="")
        return 0
    profile = parse_profile(builtin_profile_text("generic"))
    sample = _sample_pair()
    pairs = _corpus_pairs(options) if options.corpus else [sample]
    layouts = options.layout or list(LAYOUTS)
    single, many = _kept_rows(options, layouts)
    document = _document(single, many)
    with process_executor(options.jobs) as executor:
        for layout in layouts if options.boots else ():
            boots = options.boots // len(layouts)
            many.append(_sweep_many(sample, layout, profile, boots, executor))
        for pair, layout in product(pairs, layouts):
            single.append(_sweep_commit(pair, layout, profile, executor))
            document = _document(single, many)
            options.json.write_text(json.dumps(document, indent=2) + "\n")
    if options.document is not None:
        options.document.write_text(with_table(options.document.read_text(), table(document)))
    print(f"{document['cases']:,} cases, {document['boots']:,} boots: {options.json}")
    return 1 if document["failures"] else 0


def table(document: dict[str, Any]) -> str:
    """Return results as a table in Markdown."""
    lines = ["| update | layout | cuts | cases | boots | failures |", "|---|---|---|---|---|---|"]
    for row in document["single_cuts"]:
        name = f"{row['pair']}, {row['new_image_bytes']:,} bytes"
        cuts = f"1, at each of {row['commit_operations']:,} operations"
        lines.append(_line(name, cuts, row))
    lines += [_line(row["pair"], f"2 to {MOST_CUTS}", row) for row in document["many_cuts"]]
    lines.append(_line("all", "", {**document, "layout": ""}))
    return "\n".join([*lines, ""])


def with_table(document: str, new_table: str) -> str:
    """Return a document with its table of results replaced."""
    lines = document.splitlines(keepends=True)
    start = lines.index(new_table.splitlines(keepends=True)[0])
    end = next(at for at in range(start, len(lines)) if lines[at].startswith("| all |")) + 1
    return "".join([*lines[:start], new_table, *lines[end:]])


def _line(name: str, cuts: str, row: dict[str, Any]) -> str:
    counts = " | ".join(f"{row[key]:,}" for key in ("cases", "boots", "failures"))
    return f"| {name} | {row['layout']} | {cuts} | {counts} |"


def _document(single: Sequence[Json], many: Sequence[Json]) -> dict[str, Json]:
    """Return everything found so far."""
    rows = [row for row in (*single, *many) if isinstance(row, dict)]
    totals: dict[str, Json] = {key: _total(rows, key) for key in ("failures", "cases", "boots")}
    return {**totals, "single_cuts": [*single], "many_cuts": [*many]}


def _kept_rows(
    options: argparse.Namespace, layouts: Sequence[str]
) -> tuple[list[Json], list[Json]]:
    """Return the rows of an earlier run that stay beside those of this one."""
    if not options.keep:
        return [], []
    before = json.loads(options.json.read_text())
    kept = (
        [row for row in before[part] if row["layout"] not in layouts]
        for part in ("single_cuts", "many_cuts")
    )
    return next(kept), next(kept)


def _device(
    profile: DeviceProfile, layout: str, base: FirmwareImage, new: FirmwareImage
) -> DeviceProfile:
    """Lay out the flash for a pair of images; streaming takes room for checkpoints behind it."""
    largest_bytes = max(base.size, new.size)
    device = compact_layout(profile, LAYOUTS[layout], largest_bytes, MAX_FRAGMENT_BYTES)
    if layout != STREAMED:
        return device
    flash = device.flash
    bank_bytes = flash.whole_sectors(CHECKPOINT_BYTES + STREAMING_RAM_BYTES)
    checkpoints = Region(offset=flash.size_bytes, size_bytes=2 * bank_bytes)
    return replace(
        device,
        applier_ram_bytes=STREAMING_RAM_BYTES,
        flash=replace(flash, size_bytes=checkpoints.end),
        layout=replace(device.layout, checkpoints=checkpoints),
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Cut the power of updates by the million.")
    parser.add_argument("--corpus", type=Path, action="append", default=[])
    parser.add_argument("--pairs", action="append", default=[])
    parser.add_argument("--boots", type=int, default=1_000_000, help="at least, of many cuts")
    parser.add_argument("--layout", choices=LAYOUTS, action="append", help="all of them if none")
    parser.add_argument("--keep", action="store_true", help="keep the rows of other layouts")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--table", type=Path, help="a file that --json wrote")
    parser.add_argument("--document", type=Path, help="a document with such a table")
    return parser.parse_args(arguments)


def _sample_pair() -> Pair:
    base, new = (read_image(image_path(version)) for version in ("1.0.0", "1.1.0"))
    return "sample_firmware-1.0.0-1.1.0", base, new


def _corpus_pairs(options: argparse.Namespace) -> list[Pair]:
    return [
        (
            pair.name,
            read_image(pair.folder / "base.bin"),
            read_image(pair.folder / "new.bin"),
        )
        for pair in read_corpora(options.corpus, options.pairs or ["*"])
    ]


def _sweep_commit(
    pair: Pair, layout: str, profile: DeviceProfile, executor: Executor
) -> dict[str, Json]:
    """Cut once at every operation of the commit, in every variant."""
    name, base, new = pair
    victim = make_victim(base, new, _device(profile, layout, base, new), executor)
    commit = find_commit(victim).operations
    shards = list(exhaustive_shards(commit, seed=0, in_commit=True))
    start_s = time.perf_counter()
    report = run_spread(victim, shards, executor)
    return _row(name, layout, report, time.perf_counter() - start_s) | {
        "new_image_bytes": new.size,
        "commit_operations": len(commit),
    }


def _sweep_many(
    pair: Pair, layout: str, profile: DeviceProfile, boots: int, executor: Executor
) -> dict[str, Json]:
    """Cut up to nine times per case, on small pages, until there were enough boots."""
    name, base, new = pair
    small = replace(
        profile,
        flash=replace(profile.flash, sector_bytes=SMALL_PAGE_BYTES, write_unit_bytes=8),
        layout=replace(profile.layout, scratch=None),
    )
    base, new = (replace(image, data=image.data[:SMALL_IMAGE_BYTES]) for image in (base, new))
    victim = make_victim(base, new, _device(small, layout, base, new), executor)
    rounds: list[SurvivalReport] = []
    start_s = time.perf_counter()
    while sum(report.boots for report in rounds) < boots:
        seed = len(rounds) * CASES_PER_ROUND
        shards = list(many_cuts_shards(CASES_PER_ROUND, seed))
        rounds.append(run_spread(victim, shards, executor))
    total = replace(
        rounds[0],
        cases=sum(report.cases for report in rounds),
        boots=sum(report.boots for report in rounds),
        failures=sum(report.failures for report in rounds),
        failed=tuple(case for report in rounds for case in report.failed),
    )
    wall_s = time.perf_counter() - start_s
    return _row(f"{name}, first {SMALL_IMAGE_BYTES} bytes", layout, total, wall_s)


def _row(name: str, layout: str, report: SurvivalReport, wall_s: float) -> dict[str, Json]:
    row = {"pair": name, **report.to_json(), "layout": layout}
    print(
        f"{name}, {layout}: {report.cases:,} cases, {report.boots:,} boots, "
        f"{report.failures:,} failures in {wall_s:.0f} s",
        flush=True,
    )
    return row


def _total(rows: Sequence[dict[str, Json]], key: str) -> int:
    values = (row[key] for row in rows)
    return sum(value for value in values if isinstance(value, int))


if __name__ == "__main__":
    sys.exit(main())
