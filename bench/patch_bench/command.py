"""The command behind `bench/patch_size.py`: parse, run, print, write."""

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from patch_bench.options import parse_options
from patch_bench.report import print_report
from patch_bench.result_files import write_json, write_results
from patch_bench.session import run_bench
from patch_bench.tools.contract import Tier, Tool
from patch_bench.tools.registry import PEERS, TIERS
from pipeline.cli.exit_codes import EXPECTED_ERRORS, ExitCode, exit_code_of

_WIDTH_OF_LOGS: Final = 150
"""Columns where stdout is not a terminal; the tables need more than the usual 80."""

_INTERRUPTED: Final = 130
"""What shells return for a command that SIGINT ended: 128 and the signal's number."""


def main(
    arguments: Sequence[str] | None = None,
    tiers: Sequence[Tier] = TIERS,
    peers: Sequence[Tool] = PEERS,
) -> int:
    """Run the bench with these tools; return the exit code, as `--help` explains it."""
    try:
        options = parse_options(arguments)
        findings = run_bench(options, tiers, peers)
        print_report(findings, Console(width=None if sys.stdout.isatty() else _WIDTH_OF_LOGS))
        if options.json_file is not None:
            write_json(options.json_file, findings)
        if options.results_folder is not None:
            write_results(options.results_folder, findings)
    except EXPECTED_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return exit_code_of(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    return ExitCode.OK if findings.is_sound else ExitCode.REJECTED
