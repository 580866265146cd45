"""Errors travel between processes."""

import copy

from link_sim.errors import ImpossibleValueError


def test_an_impossible_value_can_be_rebuilt_as_on_its_way_back_from_a_worker() -> None:
    error = ImpossibleValueError("ble.att_mtu", "22 is not in 23..517")

    back = copy.copy(error)

    assert str(back) == "ble.att_mtu: 22 is not in 23..517"
    assert (back.field, back.reason) == (error.field, error.reason)
