"""What committing in place costs over a folder of image pairs: program, lost copies, erases, plan.

PYTHONPATH=bench python bench/in_place.py CORPUS [--stash 2] [--page 4096] [--json FILE] [PAIR ...]

Patches are those of the `tiny` tier. Growth of the package is the plan's share of the patch.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.in_place.planner import PageGeometry, UnplannableError, plan_in_place

PROGRAM_FACTOR = 2.5
SEGMENT_BYTES = 12
GROWTH_SHARE = 0.01
GROWTH_BYTES = 32


def measure(pair: Path, geometry: PageGeometry) -> dict[str, Any]:
    """Plan the update of one pair and return what it takes."""
    base, new = (pair / "base.bin").read_bytes(), (pair / "new.bin").read_bytes()
    options = EncoderOptions(tier=Tier.TINY, scratch_flash_bytes=1 << 20)
    patch = encode(base, new, options).patch
    plan = plan_in_place(base, new, patch, geometry, sector_bytes=geometry.page_bytes)
    program = plan.head_bytes + plan.extents_bytes
    limit = round(PROGRAM_FACTOR * len(patch) + SEGMENT_BYTES * plan.segments)
    return {
        "pair": pair.name,
        "patch_bytes": len(patch),
        "plan_bytes": len(plan.prefix),
        "segments": plan.segments,
        "program_bytes": program,
        "program_limit_bytes": limit,
        "excess_bytes": max(program - limit, 0),
        "lost_bytes": plan.lost_bytes,
        "lost_percent_of_program": round(100 * plan.lost_bytes / program, 2),
        "pages": -(-len(new) // geometry.page_bytes),
        "changed_pages": plan.changed_pages,
        "stashed_pages": plan.stashed_pages,
        "erases_per_changed_page": round(plan.page_erases / max(plan.changed_pages, 1), 3),
        "stash_wear": plan.stash_wear,
    }


def summary(rows: list[dict[str, Any]], geometry: PageGeometry) -> dict[str, Any]:
    """Hold all pairs against the limits."""
    return {
        "pairs": len(rows),
        "plans_over_limit": [
            row["pair"]
            for row in rows
            if row["plan_bytes"] > max(GROWTH_BYTES, GROWTH_SHARE * row["patch_bytes"])
        ],
        "programs_over_limit": [row["pair"] for row in rows if row["excess_bytes"] > 0],
        "most_excess_bytes": max(row["excess_bytes"] for row in rows),
        "median_lost_percent": statistics.median(row["lost_percent_of_program"] for row in rows),
        "most_erases_per_changed_page": max(row["erases_per_changed_page"] for row in rows),
        "stash_worn_over_limit": [
            row["pair"]
            for row in rows
            if geometry.stash_pages and row["stash_wear"] > row["pages"] / geometry.stash_pages + 2
        ],
    }


def main() -> None:
    """Measure, print, and store if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("pairs", nargs="*")
    parser.add_argument("--page", type=int, default=4096)
    parser.add_argument("--stash", type=int, default=2)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    geometry = PageGeometry(page_bytes=chosen.page, stash_pages=chosen.stash)
    names = chosen.pairs or sorted(path.parent.name for path in chosen.corpus.glob("*/base.bin"))
    rows = []
    for name in names:
        try:
            rows.append(measure(chosen.corpus / name, geometry))
        except UnplannableError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        print(*rows[-1].values(), sep="\t", flush=True)
    found = {
        "page_bytes": chosen.page,
        "stash_pages": chosen.stash,
        "summary": summary(rows, geometry),
        "pairs": rows,
    }
    print(json.dumps(found["summary"], indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
