"""What an earlier run measured of the peers: their sizes change with their versions alone."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from patch_bench.cost import Cost
from patch_bench.measuring import LeftOut, Measured, Outcome
from patch_bench.tools.contract import Tool
from pipeline.errors import InputError


def read_peers(folder: Path, peers: Sequence[Tool], pair_names: Sequence[str]) -> list[Outcome]:
    """Return what became of the peers on these pairs, from the files that `--results` writes.

    Raises:
        pipeline.errors.InputError: the files are missing or not what this bench writes.
    """
    names = {peer.name for peer in peers}
    try:
        sizes = json.loads((folder / "patch_size.json").read_text(encoding="utf-8"))
        timings = json.loads((folder / "patch_size_timings.json").read_text(encoding="utf-8"))
        patch_bytes = {pair["pair"]: pair["peer_bytes"] for pair in sizes["pairs"]}
        measured: list[Outcome] = [
            _measured(entry, patch_bytes[entry["pair"]][entry["tool"]])
            for entry in timings["measurements"]
            if entry["tool"] in names and entry["pair"] in pair_names
        ]
        left_out: list[Outcome] = [
            LeftOut(**entry)
            for entry in sizes["left_out"]
            if entry["tool"] in names and entry["pair"] in pair_names
        ]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise InputError(
            f"{folder}: holds no results of an earlier run ({problem}): "
            "run once without --peers-from"
        ) from problem
    return measured + left_out


def _measured(entry: dict[str, Any], patch_bytes: int) -> Measured:
    return Measured(
        tool=entry["tool"],
        pair=entry["pair"],
        patch_bytes=patch_bytes,
        build=Cost(cpu_s=entry["build_s"], peak_bytes=entry["build_peak_bytes"]),
        apply=Cost(cpu_s=entry["apply_s"], peak_bytes=entry["apply_peak_bytes"]),
    )
