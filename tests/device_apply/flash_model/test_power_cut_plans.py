"""Power cuts as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, cuts_label, parse_cuts

plans = st.builds(
    PowerCutPlan,
    operation=st.integers(1, 2**31),
    variant=st.sampled_from(CutVariant),
    seed=st.integers(0, 2**32 - 1),
)


@given(st.lists(plans, max_size=9).map(tuple))
def test_a_label_names_its_cuts(cuts: tuple[PowerCutPlan, ...]) -> None:
    assert parse_cuts(cuts_label(cuts)) == cuts


@pytest.mark.parametrize("label", ["", "17:torn", "17:melted:3", "0:torn:1", "x:torn:1"])
def test_what_is_not_a_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="not a power cut"):
        parse_cuts(label)


def test_an_operation_counts_from_one() -> None:
    with pytest.raises(ValueError, match="the next one is 1"):
        PowerCutPlan(operation=0, variant=CutVariant.DONE)
