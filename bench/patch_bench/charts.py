"""The two plots of the findings: all tools in the mean, and airdelta's tiers pair by pair."""

from patch_bench.bar_chart import Bar, Chart, Colour, Row
from patch_bench.comparison import Reference, mean_ratio
from patch_bench.findings import Findings
from patch_bench.tools.contract import Tool

_SUBTITLE = "patch bytes over those of the best peer of each pair; shorter is better, 1 is a tie"


def chart_tools(findings: Findings) -> Chart | None:
    """Plot the mean of every tool that ran on all code pairs; None if none did.

    Tools that have patches for some pairs only are left out: their means are over other pairs, and
    not comparable.
    """
    colours = {tool.name: _peer_colour(tool) for tool in findings.peers}
    colours |= {tier.name: Colour.BLUE for tier in findings.tiers}
    entries = []
    for name, colour in colours.items():
        mean = mean_ratio(findings.code_pairs, name, Reference.BEST_PEER)
        if mean.value is not None and mean.pair_count == len(findings.code_pairs):
            entries.append((mean.value, name, colour))
    if not entries:
        return None
    return Chart(
        title=f"Geometric mean over {len(findings.code_pairs)} firmware updates",
        subtitle=_SUBTITLE,
        legend={
            Colour.BLUE: "airdelta",
            Colour.ORANGE: "peer that an MCU can apply",
            Colour.GREY: "other peer",
        },
        rows=[
            Row(label=name, bars=(Bar(colour=colour, value=value),))
            for value, name, colour in sorted(entries)
        ],
        mark=1,
    )


def chart_pairs(findings: Findings) -> Chart | None:
    """Plot every tier on every code pair; None if no tier ran."""
    coloured = list(zip(findings.tiers, Colour, strict=False))
    rows = []
    for pair in findings.code_pairs:
        bars = [
            Bar(colour=colour, value=ratio)
            for tier, colour in coloured
            if (ratio := pair.ratio(tier.name, Reference.BEST_PEER)) is not None
        ]
        if bars:
            rows.append(Row(label=pair.name, bars=bars))
    if not rows:
        return None
    return Chart(
        title="airdelta's tiers on each firmware update",
        subtitle=_SUBTITLE,
        legend={colour: tier.tier for tier, colour in coloured},
        rows=rows,
        mark=1,
    )


def _peer_colour(tool: Tool) -> Colour:
    return Colour.ORANGE if tool.is_mcu_applicable else Colour.GREY
