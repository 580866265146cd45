"""Peer sizes that were measured elsewhere, from a CSV file.

A row holds, for one pair, the patch bytes of the best of all tools that were tried and of the best
of those whose patches a microcontroller can apply. Columns beyond those named here (one per tool,
usually) are for people and are not read.
"""

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.input_files import read_input_file

_MAX_TABLE_BYTES: Final = 1 << 26
_BYTES: Final = re.compile(r"[1-9][0-9]{0,11}")
_REQUIRED: Final = ("pair", "best_peer_bytes", "best_mcu_peer_bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSize:
    """The patch of one tool for one pair: who made it and how large it is."""

    tool: str
    patch_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BestPeers:
    """What a table knows about one pair."""

    best: PeerSize
    best_mcu: PeerSize


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTable:
    """A table and what identifies it, wherever it lies."""

    name: str
    sha256: str
    pairs: Mapping[str, BestPeers]


def read_peer_table(path: Path) -> PeerTable:
    """Return what the table at `path` says.

    Raises:
        pipeline.errors.InputError: it is not such a table; the message names the line.
        pipeline.errors.EnvironmentProblem: it cannot be read.
    """
    data = read_input_file(path, "table of peer sizes", _MAX_TABLE_BYTES)
    try:
        text = data.decode("utf-8-sig")  # spreadsheets like to put a byte order mark in front
        pairs = _parse(path, text)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path}: is not a CSV file: {problem}") from problem
    return PeerTable(name=path.name, sha256=hashlib.sha256(data).hexdigest(), pairs=pairs)


def _parse(path: Path, text: str) -> dict[str, BestPeers]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in _REQUIRED if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{path}: has no column called {' or '.join(missing)}")
    table: dict[str, BestPeers] = {}
    for row in reader:
        where = f"{path}: line {reader.line_num}"
        name = row["pair"]
        if not name:
            raise InputError(f"{where}: names no pair")
        if name in table:
            raise InputError(f"{where}: {name!r} is there twice")
        table[name] = BestPeers(
            best=_peer_size(where, row, "best_peer"),
            best_mcu=_peer_size(where, row, "best_mcu_peer"),
        )
    return table


def _peer_size(where: str, row: Mapping[str, str | None], column: str) -> PeerSize:
    text = row[f"{column}_bytes"] or ""
    if not _BYTES.fullmatch(text):
        raise InputError(f"{where}: {column}_bytes is {text!r}, not a number of bytes")
    return PeerSize(tool=row.get(column) or "unnamed", patch_bytes=int(text))
