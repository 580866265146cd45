"""`matrix.json`: what is in the folder of packages, for the next run and for a server.

`schema` is `airdelta-matrix-1`; `updates` holds one entry for each cell: variant, from (null for
the full image), to, fingerprint (empty for what has to be tried again), package (a path, null if
there is none), SHA-256 of that file, its bytes over the air, engine, note.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.json_document import Json, read_json

INDEX_NAME: Final = "matrix.json"
SCHEMA: Final = "airdelta-matrix-1"
_MAX_INDEX_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One update in the folder, or why there is none."""

    variant: str
    base_version: str | None
    """None: the full image."""
    new_version: str
    fingerprint: str
    package: str | None
    """Path in the folder."""
    package_sha256: str | None
    air_bytes: int | None
    engine: str | None
    note: str | None
    """Why there is no package."""

    def to_json(self) -> dict[str, Json]:
        """Return the entry as the file holds it."""
        return {
            "variant": self.variant,
            "from": self.base_version,
            "to": self.new_version,
            "fingerprint": self.fingerprint,
            "package": self.package,
            "package_sha256": self.package_sha256,
            "air_bytes": self.air_bytes,
            "engine": self.engine,
            "note": self.note,
        }

    def is_intact(self, folder: Path) -> bool:
        """Whether the package is still in the folder, as it was written."""
        if self.package is None:
            return True
        path = folder / self.package
        if not path.is_file():
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == self.package_sha256


def index_bytes(entries: Sequence[Entry]) -> bytes:
    """Return the file's contents."""
    document = {"schema": SCHEMA, "updates": [entry.to_json() for entry in entries]}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def read_index(folder: Path) -> dict[str, Entry]:
    """Return the entries of an earlier run by fingerprint; none if there was none.

    Raises:
        InputError: there is a file of that name that is no index.
    """
    path = folder / INDEX_NAME
    if not path.exists():
        return {}
    try:
        entries = _entries(read_json(read_input_file(path, "index", _MAX_INDEX_BYTES)))
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(
            f"{path}: not an index of packages: remove it, and all are built anew"
        ) from problem
    return {entry.fingerprint: entry for entry in entries if entry.fingerprint}


def _entries(document: Json) -> list[Entry]:
    match document:
        case {"schema": schema, "updates": [*updates]} if schema == SCHEMA:
            return [_entry(update) for update in updates]
        case _:
            raise ValueError("another document")


def _entry(update: Json) -> Entry:
    if not isinstance(update, Mapping):
        raise TypeError("an update that is no object")

    def text(key: str) -> str:
        value = update[key]
        if not isinstance(value, str):
            raise TypeError(key)
        return value

    def optional(key: str) -> str | None:
        return None if update[key] is None else text(key)

    air_bytes = update["air_bytes"]
    if air_bytes is not None and not isinstance(air_bytes, int):
        raise TypeError("air_bytes")
    return Entry(
        variant=text("variant"),
        base_version=optional("from"),
        new_version=text("to"),
        fingerprint=text("fingerprint"),
        package=optional("package"),
        package_sha256=optional("package_sha256"),
        air_bytes=air_bytes,
        engine=optional("engine"),
        note=optional("note"),
    )
