"""FUOTASim's published runs, beyond those that are cases."""

import json

import pytest

from link_sim.crosscheck.models import MODELS
from link_sim.fields import Fields


@pytest.mark.parametrize(("data_rate", "expected_s"), [(5, 256.123), (3, 512.823), (0, 3107.586)])
def test_class_b_runs_end_with_the_beacon_after_the_last_fragment(
    data_rate: int, expected_s: float
) -> None:
    inputs = json.loads(
        '{"fw_size":5000,"frag":50,"redundancy_frags":10,"ping_slot_periodicity":0,"nodes":20}'
    )

    got = MODELS["fuotasim_compat_class_b"](Fields(inputs | {"dr": data_rate}))

    assert got == pytest.approx(expected_s, abs=0.001)
