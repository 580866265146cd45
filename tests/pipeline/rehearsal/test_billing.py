"""What an update costs at an operator."""

import pytest

from link_sim.links import load_link
from link_sim.tariff import load_tariff
from pipeline.rehearsal.billing import bill_for


def test_a_short_update_is_rounded_up_to_the_granule() -> None:
    bill = bill_for(load_tariff("olivia"), 120, 5.0)

    assert bill is not None
    assert (bill.ip_bytes, bill.billed_bytes) == (120, 1000)
    assert bill.cost == pytest.approx(1000 * 0.02 / 1e6)


def test_a_long_session_is_cut_into_records_that_round_up_each() -> None:
    bill = bill_for(load_tariff("olivia"), 2500, 13 * 3600.0)

    assert bill is not None
    assert bill.billed_bytes == 3000


def test_links_without_an_operator_are_not_billed() -> None:
    lora, cellular = (load_link(name).estimate(5000) for name in ("eu868-dr5", "nbiot-ce0"))

    assert bill_for(load_tariff("olivia"), lora.ip_bytes, lora.duration_s) is None
    assert cellular.ip_bytes > 5000
    assert bill_for(load_tariff("olivia"), cellular.ip_bytes, cellular.duration_s) is not None
