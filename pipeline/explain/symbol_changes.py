"""What became of functions and objects between two images: new, grown, changed, out of order."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.explain.order import displaced_indexes
from pipeline.explain.places import PlacedSymbol, Places


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolPair:
    """A function or object that both images have."""

    before: PlacedSymbol
    after: PlacedSymbol


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolChanges:
    """All functions and objects of two images."""

    pairs: tuple[SymbolPair, ...]
    """Those in both, in the order of the new image."""
    added: tuple[PlacedSymbol, ...]
    removed: tuple[PlacedSymbol, ...]
    displaced: tuple[SymbolPair, ...]
    """Those that stand elsewhere in the order of their neighbours, not merely further along."""


def compare_symbols(base: Places, new: Places) -> SymbolChanges:
    """Pair functions and objects by name; equal names (of `static` ones) by their order."""
    before = _numbered(base.symbols)
    after = _numbered(new.symbols)
    pairs = [
        SymbolPair(before=before[key], after=symbol)
        for key, symbol in after.items()
        if key in before
    ]
    displaced = displaced_indexes(
        [pair.before.offset for pair in pairs], [pair.after.size for pair in pairs]
    )
    return SymbolChanges(
        pairs=tuple(pairs),
        added=tuple(symbol for key, symbol in after.items() if key not in before),
        removed=tuple(symbol for key, symbol in before.items() if key not in after),
        displaced=tuple(pair for index, pair in enumerate(pairs) if index in displaced),
    )


def _numbered(symbols: Sequence[PlacedSymbol]) -> dict[tuple[str, int], PlacedSymbol]:
    seen: dict[str, int] = {}
    numbered: dict[tuple[str, int], PlacedSymbol] = {}
    for symbol in symbols:
        number = seen.get(symbol.name, 0)
        seen[symbol.name] = number + 1
        numbered[symbol.name, number] = symbol
    return numbered
