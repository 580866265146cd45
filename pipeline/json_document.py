"""The type of everything that `--json` prints and that files of ours hold as JSON."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""Any JSON value; read-only, so that nested documents of narrower types fit."""
