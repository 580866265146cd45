"""JSON: what `--json` prints, what files of ours hold, and a reader that takes nothing in doubt."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""Any JSON value; read-only, so that nested documents of narrower types fit."""


def read_json(data: bytes) -> Json:
    """Read a document by RFC 8259, and nothing that two readers could understand differently.

    Python's own reader takes NaN and infinities, and of two equal names the last.

    Raises:
        ValueError: not JSON, not UTF-8, nested beyond reason, a number that is none, or a name
            that an object has twice.
    """
    try:
        document: Json = json.loads(
            data.decode(), parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    return document


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is no number")


def _object(pairs: Sequence[tuple[str, Json]]) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} is there twice")
        found[name] = value
    return found
