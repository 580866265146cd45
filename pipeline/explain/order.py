"""What kept its order and what was moved out of it: the heaviest part that is still in sequence."""

from collections.abc import Sequence


def displaced_indexes(base_starts: Sequence[int], weights: Sequence[int]) -> set[int]:
    """Return which parts, given in the order of the new image, were moved past others.

    The rest is the subsequence of increasing base starts that weighs most, so that a small table
    that moved is told from all the code that stayed. Takes n log n steps, by a Fenwick tree of the
    best sequence that ends at or before each rank.
    """
    count = len(base_starts)
    order = sorted(range(count), key=lambda index: (base_starts[index], index))
    rank = {index: position + 1 for position, index in enumerate(order)}
    best: list[tuple[int, int]] = [(0, -1)] * (count + 1)
    previous = [-1] * count
    heaviest = (0, -1)
    for index in range(count):
        weight, previous[index] = _best_below(best, rank[index] - 1)
        entry = (weight + max(weights[index], 1), index)
        _raise(best, rank[index], entry)
        heaviest = max(heaviest, entry)
    displaced = set(range(count))
    at = heaviest[1]
    while at >= 0:
        displaced.discard(at)
        at = previous[at]
    return displaced


def _best_below(best: list[tuple[int, int]], rank: int) -> tuple[int, int]:
    result = (0, -1)
    while rank > 0:
        result = max(result, best[rank])
        rank -= rank & -rank
    return result


def _raise(best: list[tuple[int, int]], rank: int, entry: tuple[int, int]) -> None:
    while rank < len(best):
        best[rank] = max(best[rank], entry)
        rank += rank & -rank
