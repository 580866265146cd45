"""What was moved out of its order: as little as possible."""

import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.explain.order import displaced_indexes


def test_the_small_part_that_moved_is_told_from_the_large_ones_that_stayed() -> None:
    assert displaced_indexes([500, 0, 100, 200], [8, 100, 100, 100]) == {0}
    assert displaced_indexes([100, 200, 0], [10, 10, 100]) == {0, 1}
    assert displaced_indexes([], []) == set()


@given(st.permutations(range(12)), st.integers(0, 1000))
def test_the_rest_is_in_order_and_no_other_rest_is_heavier(order: list[int], seed: int) -> None:
    weights = random.Random(seed).choices(range(1, 50), k=12)
    displaced = displaced_indexes(order, weights)

    kept = [start for index, start in enumerate(order) if index not in displaced]
    assert kept == sorted(kept)
    heaviest = [0] * 12
    for i in range(12):
        before = [heaviest[j] for j in range(i) if order[j] < order[i]]
        heaviest[i] = weights[i] + max(before, default=0)
    assert sum(w for i, w in enumerate(weights) if i not in displaced) == max(heaviest)
