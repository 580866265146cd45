"""Findings for people: tables on a console."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from patch_bench.comparison import PairSizes, Reference, mean_ratio
from patch_bench.cost_summary import REFERENCE_TOOL, CostSummary, summarise_costs
from patch_bench.findings import Findings
from patch_bench.measuring import LeftOut
from patch_bench.targets import (
    MOST_BUILD_S_PER_MB,
    MOST_BUILD_TIME_RATIO,
    TARGETS,
    measure_achievement,
)
from patch_bench.tools.contract import Tier
from pipeline.cli.output import plain_table
from pipeline.wording import bytes_text, memory_text

_NOTHING: Final = "-"


def print_report(findings: Findings, console: Console) -> None:
    """Print everything, the headline last, where it stays in sight."""
    tables = [
        _sizes_table("Patch bytes, code", findings.tiers, findings.code_pairs),
        _sizes_table("Patch bytes, other content", findings.tiers, findings.other_pairs),
        _ratios_table(findings),
        _tools_table(findings),
    ]
    for table in tables:
        if table.row_count:
            console.print(table)
            console.print()
    for line in _remarks(findings):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if findings.tiers:
        console.print()
        console.print(_numbers_table(findings))


def _sizes_table(title: str, tiers: Sequence[Tier], pairs: Sequence[PairSizes]) -> Table:
    table = plain_table(
        "pair",
        ">new",
        *(f">{tier.tier}" for tier in tiers),
        ">bsdiff4",
        ">MCU peer",
        ">best peer",
        "which is",
        title=title,
    )
    for column in table.columns[:-1]:  # only names may break where the console is narrow
        column.no_wrap = True
    for pair in pairs:
        table.add_row(
            pair.name,
            bytes_text(pair.new_bytes),
            *(_bytes_or_nothing(pair.patch_bytes.get(tier.name)) for tier in tiers),
            _bytes_or_nothing(pair.reference_bytes(Reference.BSDIFF4)),
            _bytes_or_nothing(pair.reference_bytes(Reference.BEST_MCU_PEER)),
            _bytes_or_nothing(pair.reference_bytes(Reference.BEST_PEER)),
            pair.best_peer.tool if pair.best_peer else _NOTHING,
        )
    return table


def _ratios_table(findings: Findings) -> Table:
    """Return ratios of tiers to references, with the means over code pairs as the last line."""
    short = {Reference.BEST_PEER: "best", Reference.BEST_MCU_PEER: "MCU", Reference.BSDIFF4: "bsd"}
    columns = [(tier, reference) for tier in findings.tiers for reference in Reference]
    table = plain_table(
        "pair",
        *(f">{tier.tier}/{short[reference]}" for tier, reference in columns),
        title="Ratios to the best peer, the best MCU peer and bsdiff4",
    )
    own = {tier.name for tier in findings.tiers}
    pairs = [pair for pair in findings.code_pairs if own & pair.patch_bytes.keys()]
    others = [pair for pair in findings.other_pairs if own & pair.patch_bytes.keys()]
    for pair in pairs:
        table.add_row(pair.name, *(_ratio(pair.ratio(t.name, r)) for t, r in columns))
    if pairs:
        means = (_ratio(mean_ratio(pairs, t.name, r).value) for t, r in columns)
        table.add_row("geometric mean of code pairs", *means, style="bold")
    for pair in others:
        label = f"{pair.name} ({pair.content})"
        table.add_row(label, *(_ratio(pair.ratio(t.name, r)) for t, r in columns))
    return table


def _tools_table(findings: Findings) -> Table:
    table = plain_table(
        "tool",
        ">code pairs",
        ">/best peer",
        ">build s/MB",
        ">time x",
        ">memory",
        ">x",
        ">apply MB/s",
        ">time x",
        ">memory",
        ">x",
        title=f"Tools: mean size, and costs over all pairs; x is to {REFERENCE_TOOL}",
    )
    new_bytes = {pair.name: pair.new_bytes for pair in findings.pairs}
    ran = {measured.tool for measured in findings.measured}
    for tool in (*findings.tiers, *findings.peers):
        if tool.name in ran:
            mean = mean_ratio(findings.code_pairs, tool.name, Reference.BEST_PEER)
            costs = summarise_costs(tool.name, findings.measured, new_bytes)
            table.add_row(tool.name, str(mean.pair_count), _ratio(mean.value), *_cost_cells(costs))
    return table


def _cost_cells(costs: CostSummary) -> list[str]:
    cells = []
    for rate, phase in ((costs.build.s_per_mb, costs.build), (costs.apply.mb_per_s, costs.apply)):
        cells += [
            _number(rate),
            _number(phase.time_ratio),
            _NOTHING if phase.peak_bytes is None else memory_text(phase.peak_bytes),
            _number(phase.peak_ratio),
        ]
    return cells


def _remarks(findings: Findings) -> Iterator[str]:
    """Yield what the tables do not show, what is wrong last."""
    yield from _left_out(findings.left_out)
    unknown = [pair.name for pair in findings.pairs if not pair.is_in_peer_table]
    if not findings.peer_tables:
        yield "best peers are only those that ran here: see --peers"
    elif unknown:
        yield f"not in the peer table: {', '.join(unknown)}"
    for tier in findings.tiers:
        for pair in findings.larger_than_best_peer(tier):
            ratio = _ratio(pair.ratio(tier.name, Reference.BEST_PEER))
            best = pair.best_peer.tool if pair.best_peer else _NOTHING
            yield f"{tier.tier} is larger than the best peer on {pair.name}: {ratio} x {best}"
    for failure in findings.failed:
        yield f"FAILED: {failure.tool} on {failure.pair}: {failure.reason}"


def _left_out(entries: Sequence[LeftOut]) -> Iterator[str]:
    """Yield a line for each tool and reason, with all pairs that it holds for."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        pairs = reasons.setdefault((entry.tool, entry.reason), [])
        if entry.pair is not None:
            pairs.append(entry.pair)
    for (tool, reason), pairs in reasons.items():
        where = f" on {', '.join(pairs)}" if pairs else ""
        yield f"left out: {tool}{where}: {reason}"


def _numbers_table(findings: Findings) -> Table:
    table = plain_table(
        "tier",
        ">/best peer",
        ">measured",
        ">/MCU peer",
        ">measured",
        ">apply MB/s",
        ">measured",
        ">build s/MB",
        ">measured",
        ">x detools",
        ">measured",
        title=f"The numbers: geometric means over {len(findings.code_pairs)} code pairs",
    )
    for tier in findings.tiers:
        target = TARGETS[tier.tier]
        reached = measure_achievement(tier.name, findings.pairs, findings.measured)
        table.add_row(
            tier.tier,
            f"<= {target.best_peer:.2f} ({target.best_peer_aim:.2f})",
            _at_most(reached.best_peer.value, target.best_peer, "{:.3f}"),
            f"<= {target.best_mcu_peer:.2f}",
            _at_most(reached.best_mcu_peer.value, target.best_mcu_peer, "{:.3f}"),
            f">= {target.apply_mb_per_s:g}",
            _at_least(reached.apply_mb_per_s, target.apply_mb_per_s),
            f"<= {MOST_BUILD_S_PER_MB:g}",
            _at_most(reached.build_s_per_mb, MOST_BUILD_S_PER_MB, "{:.2f}"),
            f"<= {MOST_BUILD_TIME_RATIO:g}",
            _at_most(reached.build_time_ratio, MOST_BUILD_TIME_RATIO, "{:.2f}"),
        )
    return table


def _at_most(value: float | None, limit: float, form: str) -> str:
    if value is None:
        return _NOTHING
    return f"{form.format(value)} {'met' if value <= limit else 'MISSED'}"


def _at_least(value: float | None, limit: float) -> str:
    if value is None:
        return _NOTHING
    return f"{value:.2f} {'met' if value >= limit else 'MISSED'}"


def _ratio(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.3f}"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"


def _bytes_or_nothing(size: int | None) -> str:
    return _NOTHING if size is None else bytes_text(size)
