"""What causes are made of: the kinds, the sentence, and the evidence that they are found from."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.trace import PatchTrace
from pipeline.explain.attribution import Attribution
from pipeline.explain.kinds import Kind
from pipeline.explain.opaque import OpaqueRegion
from pipeline.explain.places import NO_SYMBOL, PlacedSymbol, Places
from pipeline.explain.pointers import Pointer
from pipeline.explain.symbol_changes import SymbolChanges, SymbolPair
from pipeline.explain.toolchains import UNKNOWN_CHANGE, ToolchainChange

_NAMES_SHOWN: Final = 3


@unique
class CauseKind(StrEnum):
    """What makes a patch large."""

    STAMPS = "timestamps"
    OPAQUE = "compressed region"
    REBUILT = "compiler or its flags"
    NEW_FUNCTIONS = "new functions"
    CHANGED_FUNCTIONS = "changed functions"
    NEW_CODE = "new code"
    """In an image without symbols."""
    CHANGED_CODE = "changed code"
    MOVED_OBJECTS = "moved tables"
    MOVED_FUNCTIONS = "functions in another order"
    MOVED_VARIABLES = "moved variables"
    NEW_DATA = "new data"
    CHANGED_DATA = "changed data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, for people."""

    kind: CauseKind
    patch_bytes: float
    what: str
    advice: str
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that causes are found from."""

    base: Places
    new: Places
    trace: PatchTrace
    kinds: NDArray[np.uint8]
    """By byte of the new image, as indexes of `kinds.OF_BYTES`."""
    attribution: Attribution
    changes: SymbolChanges
    opaque: tuple[OpaqueRegion, ...]
    pointers: tuple[Pointer, ...]
    toolchain: ToolchainChange = UNKNOWN_CHANGE


def costs_of(evidence: Evidence, symbols: list[PlacedSymbol]) -> list[tuple[str, float]]:
    """Return name and patch bytes of each symbol, the dearest first."""
    costs = {symbol.name: evidence.attribution.of_symbol(symbol.name) for symbol in symbols}
    return sorted(costs.items(), key=lambda item: (-item[1], item[0]))


def symbols_with(evidence: Evidence, kind: Kind) -> tuple[str, ...]:
    """Return the symbols on which most is spent for a kind, the dearest first."""
    costs: dict[str, float] = {}
    for share in evidence.attribution.shares:
        if share.kind is kind and share.symbol != NO_SYMBOL:
            costs[share.symbol] = costs.get(share.symbol, 0.0) + share.patch_bytes
    return tuple(sorted(costs, key=lambda name: (-costs[name], name)))


def in_text(symbols: tuple[str, ...]) -> str:
    """Return ` in a, b and 3 more`, or nothing where no symbol is known."""
    named = tuple(name for name in symbols if name != NO_SYMBOL)
    return f" in {list_text(named)}" if named else ""


def list_text(names: tuple[str, ...]) -> str:
    """Return the first names, and how many more there are."""
    different = tuple(dict.fromkeys(names))  # `static` ones may share a name
    shown = ", ".join(different[:_NAMES_SHOWN])
    more = len(different) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def plural(things: list[PlacedSymbol] | list[SymbolPair]) -> str:
    """Return the ending of a noun."""
    return "" if len(things) == 1 else "s"
