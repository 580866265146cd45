"""A run from options to findings: read the pairs, run the tools, put the sizes side by side."""

import platform
from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib.metadata import version
from typing import TypeVar

from patch_bench.comparison import compare_sizes
from patch_bench.corpus import read_corpora
from patch_bench.earlier_run import read_peers
from patch_bench.findings import Findings
from patch_bench.measuring import Failed, LeftOut, Measured, Outcome, measure_all
from patch_bench.options import Options
from patch_bench.peer_table import read_peer_table
from patch_bench.tools.contract import Tier, Tool
from pipeline.cli.output import progress
from pipeline.errors import InputError

NONE = "none"
"""As a list of tiers or tools: run none of them."""

_T = TypeVar("_T", bound=Tool)


def run_bench(options: Options, all_tiers: Sequence[Tier], all_peers: Sequence[Tool]) -> Findings:
    """Do what the options ask for.

    Raises:
        pipeline.errors.InputError: an option or an input file cannot be used.
        pipeline.errors.EnvironmentProblem: a file cannot be read.
    """
    tiers = _wanted_tiers(options.tiers, all_tiers)
    peers = _wanted_peers(options.tool_globs, all_peers)
    tables = [read_peer_table(path) for path in options.peer_tables]
    pairs = read_corpora(options.corpora, options.pair_globs)
    ready_tiers, missing_tiers = _split_installed(tiers)
    ready_peers, missing_peers = _split_installed(peers)
    known: list[Outcome] = []
    ready: list[Tool] = [*ready_tiers, *ready_peers]
    if options.peers_from is not None:
        known = read_peers(options.peers_from, ready_peers, [pair.name for pair in pairs])
        ready = [*ready_tiers]
    with progress("measuring", len(ready) * len(pairs)) as advance:
        outcomes = measure_all(
            ready, pairs, options.jobs, lambda done: advance(f"{done.tool} on {done.pair}")
        )
    outcomes += known
    return Findings(
        tiers=tiers,
        peers=ready_peers,
        pairs=compare_sizes(pairs, outcomes, ready_peers, tables),
        measured=[outcome for outcome in outcomes if isinstance(outcome, Measured)],
        failed=[outcome for outcome in outcomes if isinstance(outcome, Failed)],
        left_out=[*missing_tiers, *missing_peers, *_inapplicable(outcomes)],
        versions=_versions([*ready_tiers, *ready_peers]),
        peer_tables=tables,
        jobs=options.jobs,
    )


def _wanted_tiers(names: Sequence[str], tiers: Sequence[Tier]) -> list[Tier]:
    if list(names) == [NONE]:
        return []
    known = [tier.tier for tier in tiers]
    for name in names:
        if name not in known:
            raise InputError(f"--tiers: unknown tier {name!r} (known: {', '.join(known)})")
    return [tier for tier in tiers if tier.tier in names]


def _wanted_peers(globs: Sequence[str], peers: Sequence[Tool]) -> list[Tool]:
    if list(globs) == [NONE]:
        return []
    for glob in globs:
        if not any(fnmatchcase(peer.name, glob) for peer in peers):
            known = ", ".join(peer.name for peer in peers)
            raise InputError(f"--tools: no peer is called {glob!r} (known: {known})")
    return [peer for peer in peers if any(fnmatchcase(peer.name, glob) for glob in globs)]


def _split_installed(tools: Sequence[_T]) -> tuple[list[_T], list[LeftOut]]:
    obstacles = [(tool, tool.find_obstacle()) for tool in tools]
    return (
        [tool for tool, obstacle in obstacles if obstacle is None],
        [
            LeftOut(tool=tool.name, pair=None, reason=obstacle)
            for tool, obstacle in obstacles
            if obstacle is not None
        ],
    )


def _inapplicable(outcomes: Sequence[Outcome]) -> list[LeftOut]:
    return [outcome for outcome in outcomes if isinstance(outcome, LeftOut)]


def _versions(tools: Sequence[Tool]) -> dict[str, str]:
    versions = {"airdelta": version("airdelta"), "python": platform.python_version()}
    for tool in tools:
        versions |= tool.versions()
    return versions
