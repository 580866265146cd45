"""What it costs that functions and objects stand elsewhere."""

from bisect import bisect_left, bisect_right

import numpy as np

from pipeline.explain.evidence import Evidence
from pipeline.explain.symbol_changes import SymbolPair


def cost_of_moves(evidence: Evidence, pairs: list[SymbolPair]) -> float:
    """Return what the map spends on them and what follows each, and on pointers to them."""
    trace = evidence.trace
    starts = [segment[0] for segment in trace.segments]
    moved: set[int] = set()
    for pair in pairs:
        first = max(0, bisect_right(starts, pair.after.offset) - 1)
        last = bisect_left(starts, pair.after.end)
        moved.update(range(first, min(last + 1, len(starts))))
    bits = sum(float(trace.segment_bits[index]) for index in moved)
    return (bits + _pointer_bits(evidence, pairs)) / 8


def _pointer_bits(evidence: Evidence, pairs: list[SymbolPair]) -> float:
    """Return what pointers cost to what moved, and to all that lies between where it was and is."""
    affected = np.zeros(evidence.new.image.size, dtype=np.bool_)
    for pair in pairs:
        first = min(pair.before.offset, pair.after.offset)
        affected[first : max(pair.before.end, pair.after.end)] = True
    return sum(pointer.bits for pointer in evidence.pointers if affected[pointer.target])
