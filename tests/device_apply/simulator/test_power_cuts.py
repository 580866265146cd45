"""Planned cuts as text: what is printed on failure is what replays it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.simulator.power_cuts import (
    CutVariant,
    PlannedCut,
    cuts_label,
    draw_cuts,
    parse_cuts,
)

planned_cuts = st.builds(
    PlannedCut,
    operation=st.integers(1, 10**6),
    variant=st.sampled_from(CutVariant),
    seed=st.integers(0, 2**32),
)


@given(st.lists(planned_cuts).map(tuple))
def test_a_label_says_everything_about_a_run(cuts: tuple[PlannedCut, ...]) -> None:
    assert parse_cuts(cuts_label(cuts)) == cuts


def test_a_label_is_short_enough_to_type() -> None:
    cut = PlannedCut(operation=17, variant=CutVariant.TORN, seed=3)

    assert cuts_label([cut, cut]) == "17:torn:3+17:torn:3"
    assert cuts_label([]) == "none"


@pytest.mark.parametrize("label", ["", "17", "17:torn", "17:bent:3", "x:torn:3", "17:torn:3:4"])
def test_other_text_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="not a power cut"):
        parse_cuts(label)


def test_a_cut_before_the_first_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="operation"):
        PlannedCut(operation=0, variant=CutVariant.DONE)


def test_drawn_cuts_are_reproducible_and_half_of_them_come_early() -> None:
    cuts = draw_cuts(random.Random(7), 400, 1000)

    assert cuts == draw_cuts(random.Random(7), 400, 1000)
    assert 150 < sum(cut.operation <= 6 for cut in cuts) < 250
    assert max(cut.operation for cut in cuts) <= 1000
    assert {cut.variant for cut in cuts} == set(CutVariant)
