"""Choosing segments: strides change nothing but the time, and too many segments are no obstacle."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoder.native import Alignment, Costs
from pipeline.encoder.segmentation import USUAL_COSTS, choose_segments, dearer
from tests.pipeline.encoder.plain_path import plain_path
from tests.pipeline.encoder.synthetic_firmware import feature_update

COSTS = [USUAL_COSTS, dearer(USUAL_COSTS, 2), Costs(inserted=88), Costs(inserted=120)]


def shuffled_pair(seed: int, parts: int) -> tuple[bytes, bytes]:
    """Return an image of few letters and another one of its parts in another order, edited."""
    rng = random.Random(seed)
    base = bytes(rng.choices(range(rng.choice((2, 5, 256))), k=rng.randint(1, 900)))
    new = bytearray()
    for _ in range(parts):
        start = rng.randrange(len(base))
        new += base[start : start + rng.randint(1, 200)]
        if rng.random() < 0.5:
            new += rng.randbytes(rng.randint(1, 12))
    for _ in range(rng.randint(0, 12)):
        new[rng.randrange(len(new))] ^= rng.randint(1, 255)
    return base, bytes(new)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), parts=st.integers(1, 9), costs=st.sampled_from(COSTS))
def test_strides_find_the_segments_of_a_walk_byte_by_byte(
    seed: int, parts: int, costs: Costs
) -> None:
    base, new = shuffled_pair(seed, parts)
    alignment = Alignment(base, new)

    segments = alignment.segments(costs)

    assert segments is not None
    assert segments.as_tuples() == plain_path(base, new, alignment.proposals(), costs)


@pytest.mark.parametrize("costs", COSTS)
def test_strides_find_the_segments_of_firmware_too(costs: Costs) -> None:
    base, new = feature_update(count=40)
    alignment = Alignment(base, new)

    segments = alignment.segments(costs)

    assert segments is not None
    assert segments.as_tuples() == plain_path(base, new, alignment.proposals(), costs)


def test_segments_are_made_dear_until_they_are_few_enough() -> None:
    base, new = feature_update(count=40)
    alignment = Alignment(base, new)
    usual = choose_segments(alignment)

    fewer = choose_segments(alignment, most=usual.count // 2)

    assert 0 < fewer.count <= usual.count // 2
