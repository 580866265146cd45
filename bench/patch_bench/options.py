"""The options of `bench/patch_size.py`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for."""

    corpora: Sequence[Path]
    pair_globs: Sequence[str]
    tiers: Sequence[str]
    tool_globs: Sequence[str]
    peer_tables: Sequence[Path]
    peers_from: Path | None
    """Results of an earlier run whose peers stand for those of this one."""
    jobs: int
    json_file: Path | None
    results_folder: Path | None


def parse_options(arguments: Sequence[str] | None) -> Options:
    """Read the command line; None stands for that of this process.

    Raises:
        SystemExit: with 0 after `--help`, with 2 if an option is unknown or malformed.
        InputError: an output file cannot be where it is wanted. Told now, not after an hour.
    """
    parsed = _parser().parse_args(arguments)
    options = Options(
        corpora=parsed.corpus,
        pair_globs=parsed.pairs or ["*"],
        tiers=parsed.tiers.split(","),
        tool_globs=parsed.tools.split(","),
        peer_tables=parsed.peers,
        peers_from=parsed.peers_from,
        jobs=parsed.jobs,
        json_file=parsed.json,
        results_folder=parsed.results,
    )
    if options.json_file is not None and not options.json_file.parent.is_dir():
        raise InputError(f"{options.json_file}: its folder does not exist")
    if options.results_folder is not None and not options.results_folder.is_dir():
        raise InputError(f"{options.results_folder}: no such folder")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="patch_size.py",
        description="Compare the sizes of airdelta's patches with those of other tools.",
        epilog="Exit codes: 0 all is well; 1 a patch does not give the new image, or airdelta has "
        "none for a pair; 2 an option or input file cannot be used; 3 the machine cannot do it.",
    )
    _add_inputs(parser.add_argument_group("what to measure"))
    _add_outputs(parser.add_argument_group("what to write"))
    return parser


def _add_inputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--corpus",
        type=Path,
        action="append",
        required=True,
        metavar="DIR",
        help="a folder that holds a folder per pair; repeatable",
    )
    group.add_argument(
        "--pairs", action="append", metavar="GLOB", help="only pairs whose name matches; repeatable"
    )
    group.add_argument(
        "--tiers",
        metavar="LIST",
        default="tiny,standard,large",
        help="tiers of airdelta, separated by commas, or none (default: all)",
    )
    group.add_argument(
        "--tools",
        metavar="LIST",
        default="*",
        help="peers, names or globs separated by commas, or none (default: all)",
    )
    group.add_argument(
        "--peers",
        type=Path,
        action="append",
        default=[],
        metavar="CSV",
        help="patch bytes of more peers, by pair; repeatable",
    )
    group.add_argument(
        "--peers-from",
        type=Path,
        metavar="DIR",
        help="results of an earlier run: take its peers, and run none",
    )
    group.add_argument(
        "--jobs",
        type=_count,
        default=1,
        metavar="N",
        help="measurements at a time; more than one disturbs timings (default: 1)",
    )


def _add_outputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--json", type=Path, metavar="FILE", help="sizes, ratios and timings, as JSON"
    )
    group.add_argument(
        "--results", type=Path, metavar="DIR", help="sizes, timings and plots, one file each"
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
