import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.images.assembly import ImageLimits, Run, assemble
from pipeline.images.errors import UnusableImage

LIMITS = ImageLimits()


def test_runs_are_placed_by_address_whatever_their_order() -> None:
    placed = assemble([Run(0x104, b"world"), Run(0x100, b"Halo")], LIMITS)

    assert placed.load_address == 0x100
    assert placed.data == b"Haloworld"


def test_a_gap_reads_as_erased_flash() -> None:
    assert assemble([Run(0, b"a"), Run(4, b"b")], LIMITS).data == b"a\xff\xff\xffb"


def test_a_gap_may_be_as_long_as_the_limit_and_no_longer() -> None:
    limits = ImageLimits(max_gap_bytes=16)

    assert len(assemble([Run(0, b"a"), Run(17, b"b")], limits).data) == 18
    with pytest.raises(
        UnusableImage, match=r"2 separate regions \(0x0-0x1, 0x12-0x13\), up to 17 bytes apart"
    ):
        assemble([Run(0, b"a"), Run(18, b"b")], limits)


def test_a_short_run_within_a_long_one_does_not_end_it() -> None:
    limits = ImageLimits(max_gap_bytes=0)
    runs = [Run(0, bytes(100)), Run(10, bytes(1)), Run(100, b"end")]

    assert assemble(runs, limits).data == bytes(100) + b"end"


def test_many_regions_are_counted_but_not_all_named() -> None:
    limits = ImageLimits(max_gap_bytes=0)

    with pytest.raises(UnusableImage, match=r"holds 6 separate regions \([^)]*, \.\.\.\)"):
        assemble([Run(address, b"x") for address in range(0, 60, 10)], limits)


def test_runs_that_overlap_and_agree_are_joined() -> None:
    assert assemble([Run(0, b"abcd"), Run(2, b"cdef"), Run(1, b"b")], LIMITS).data == b"abcdef"


@pytest.mark.parametrize(
    "runs", [[Run(0, b"abcd"), Run(2, b"cXef")], [Run(3, b"X"), Run(0, b"abcd")]]
)
def test_runs_that_conflict_are_refused_with_the_address(runs: list[Run]) -> None:
    with pytest.raises(UnusableImage, match="two different things about address 0x3"):
        assemble(runs, LIMITS)


def test_no_bytes_make_no_image() -> None:
    with pytest.raises(UnusableImage, match="holds no bytes"):
        assemble([Run(5, b"")], LIMITS)


def test_empty_runs_do_not_stretch_an_image() -> None:
    assert assemble([Run(0, b""), Run(8, b"x"), Run(99, b"")], LIMITS).load_address == 8


def test_scattered_bytes_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(UnusableImage, match="more than 65536 separate ranges"):
        assemble((Run(2 * i, b"x") for i in range(1 << 40)), LIMITS)


def test_an_image_that_gaps_make_too_large_is_refused() -> None:
    limits = ImageLimits(max_image_bytes=1000, max_gap_bytes=500)

    with pytest.raises(UnusableImage, match="makes an image of 1003 bytes, the limit is 1000"):
        assemble([Run(0, b"a"), Run(501, b"b"), Run(1002, b"c")], limits)


@given(
    image=st.binary(min_size=1, max_size=200),
    cuts=st.lists(st.tuples(st.integers(0, 199), st.integers(0, 60)), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_an_image_cut_into_overlapping_runs_is_put_together_again(
    image: bytes, cuts: list[tuple[int, int]], order: random.Random
) -> None:
    runs = [Run(start, image[start : start + size]) for start, size in cuts]
    runs += [Run(start, image[start : start + 50]) for start in range(0, len(image), 50)]
    order.shuffle(runs)

    placed = assemble(runs, LIMITS)

    assert placed.load_address == 0
    assert placed.data == image
