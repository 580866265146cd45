"""Findings as JSON: sizes, the same on every machine, and timings apart, which are not."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from patch_bench.comparison import PairSizes, Reference, mean_ratio
from patch_bench.corpus import CODE
from patch_bench.cost_summary import REFERENCE_TOOL, PhaseCost, summarise_costs
from patch_bench.findings import Findings
from patch_bench.targets import MOST_BUILD_S_PER_MB, MOST_BUILD_TIME_RATIO, TARGETS
from patch_bench.tools.contract import tier_tool_name
from pipeline.json_document import Json

_FORMAT_VERSION: Final = 1
_DIGITS: Final = 4
"""Of ratios, behind the point."""
_TIMING_DIGITS: Final = 6

_TIER_TOOLS: Final = {tier: tier_tool_name(tier) for tier in TARGETS}
"""All tiers are in the document, those that were not run with null."""


def sizes_document(findings: Findings) -> dict[str, Json]:
    """Return everything but times and memory; same tools, same pairs: same document."""
    contents = sorted({pair.content for pair in findings.other_pairs})
    return {
        "format_version": _FORMAT_VERSION,
        "geomean": _tier_means(findings.code_pairs),
        "geomean_of_other_content": {
            content: _tier_means([pair for pair in findings.pairs if pair.content == content])
            for content in contents
        },
        "code_pairs": len(findings.code_pairs),
        "tools": [_tool_sizes(findings, tool) for tool in _tool_names(findings)],
        "larger_than_best_peer": {
            tier.tier: [pair.name for pair in findings.larger_than_best_peer(tier)]
            for tier in findings.tiers
        },
        "pairs": [_pair(pair) for pair in findings.pairs],
        "left_out": [asdict(entry) for entry in findings.left_out],
        "failed": [asdict(entry) for entry in findings.failed],
        "versions": dict(sorted(findings.versions.items())),
        "peer_tables": [
            {"name": table.name, "sha256": table.sha256} for table in findings.peer_tables
        ],
        "targets": {tier: asdict(target) for tier, target in TARGETS.items()},
    }


def timings_document(findings: Findings) -> dict[str, Json]:
    """Return times and memory, in total and for each measurement."""
    new_bytes = {pair.name: pair.new_bytes for pair in findings.pairs}
    totals: list[Json] = []
    for tool in _tool_names(findings):
        costs = summarise_costs(tool, findings.measured, new_bytes)
        totals.append({"tool": tool, "build": _phase(costs.build), "apply": _phase(costs.apply)})
    return {
        "format_version": _FORMAT_VERSION,
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.system(),
            "jobs": findings.jobs,
        },
        "reference_tool": REFERENCE_TOOL,
        "most_build_s_per_mb": MOST_BUILD_S_PER_MB,
        "most_build_time_ratio": MOST_BUILD_TIME_RATIO,
        "tools": totals,
        "measurements": [
            {
                "pair": measured.pair,
                "tool": measured.tool,
                "build_s": round(measured.build.cpu_s, _TIMING_DIGITS),
                "build_peak_bytes": measured.build.peak_bytes,
                "apply_s": round(measured.apply.cpu_s, _TIMING_DIGITS),
                "apply_peak_bytes": measured.apply.peak_bytes,
            }
            for measured in findings.measured
        ],
    }


def _tool_names(findings: Findings) -> list[str]:
    return [tool.name for tool in (*findings.tiers, *findings.peers)]


def _tier_means(pairs: Sequence[PairSizes]) -> dict[str, Json]:
    """Return the means of every tier; null for those that were not measured."""
    return {
        tier: {
            reference: _rounded(mean_ratio(pairs, tool, reference).value) for reference in Reference
        }
        for tier, tool in _TIER_TOOLS.items()
    }


def _tool_sizes(findings: Findings, tool: str) -> dict[str, Json]:
    mean = mean_ratio(findings.code_pairs, tool, Reference.BEST_PEER)
    return {
        "tool": tool,
        "geomean_to_best_peer": _rounded(mean.value),
        "code_pairs": mean.pair_count,
    }


def _pair(pair: PairSizes) -> dict[str, Json]:
    best, best_mcu = pair.best_peer, pair.best_mcu_peer
    return {
        "pair": pair.name,
        "content": pair.content,
        "is_headline": pair.content == CODE,
        "architecture": pair.architecture,
        "base_bytes": pair.base_bytes,
        "new_bytes": pair.new_bytes,
        **{f"{tier}_bytes": pair.patch_bytes.get(tool) for tier, tool in _TIER_TOOLS.items()},
        "best_peer_bytes": best.patch_bytes if best else None,
        "best_peer": best.tool if best else None,
        "best_mcu_peer_bytes": best_mcu.patch_bytes if best_mcu else None,
        "best_mcu_peer": best_mcu.tool if best_mcu else None,
        "is_in_peer_table": pair.is_in_peer_table,
        "ratios": {
            tier: {reference: _rounded(pair.ratio(tool, reference)) for reference in Reference}
            for tier, tool in _TIER_TOOLS.items()
        },
        "peer_bytes": {
            tool: size
            for tool, size in pair.patch_bytes.items()
            if tool not in _TIER_TOOLS.values()
        },
    }


def _phase(cost: PhaseCost) -> Mapping[str, Json]:
    return {
        name: round(value, _TIMING_DIGITS) if isinstance(value, float) else value
        for name, value in asdict(cost).items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _processor() -> str:
    """Return the processor's name: Linux keeps it where `platform` does not look."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
