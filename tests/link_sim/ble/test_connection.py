"""Goodput by interval, MTU, PHY and stack, against published tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.ble.connection import Connection, acknowledged_bps, back_to_back_bps
from link_sim.ble.loss import mean_exchanges_per_event
from link_sim.ble.pdu import Phy
from link_sim.ble.stack import NCS, S130_HIGH, SILABS, SOFTDEVICE, STACK_RULES, StackRule
from link_sim.crosscheck.models import MODELS
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields


def connection(
    interval_ms: float,
    *,
    att_mtu: int = 247,
    phy: Phy = Phy.LE_1M,
    encrypted: bool = True,
    stack: StackRule = SOFTDEVICE,
) -> Connection:
    return Connection(
        phy=phy,
        encrypted=encrypted,
        interval_us=round(interval_ms * 1000),
        att_mtu=att_mtu,
        stack=stack,
    )


@pytest.mark.parametrize(
    ("att_mtu", "interval_ms", "phy", "packets"),
    [
        (23, 7.5, Phy.LE_1M, 9),  # S132 v7.1 specification
        (247, 50, Phy.LE_1M, 18),
        (247, 400, Phy.LE_1M, 158),
        (247, 50, Phy.LE_2M, 34),
    ],
)
def test_a_softdevice_sends_as_many_packets_as_its_specification_says(
    att_mtu: int, interval_ms: float, phy: Phy, packets: int
) -> None:
    link = connection(interval_ms, att_mtu=att_mtu, phy=phy)

    assert link.operations_per_event(link.att_payload_bytes) == packets


def test_an_operation_of_two_pdus_is_scheduled_as_a_whole() -> None:
    link = connection(400, att_mtu=498, phy=Phy.LE_2M, encrypted=False, stack=NCS)

    assert list(link.pdu_payloads(495)) == [251, 251]
    assert link.operations_per_event(495) == 143


def test_silicon_labs_sends_four_packets_in_the_shortest_interval_at_2m() -> None:
    link = connection(7.5, phy=Phy.LE_2M, stack=SILABS)

    assert link.operations_per_event(244) == 4
    assert link.goodput_bps() == pytest.approx(1_041_066, rel=1e-6)


def test_a_stack_with_a_cap_ignores_longer_intervals() -> None:
    short, long = (connection(ms, att_mtu=23, stack=S130_HIGH) for ms in (7.5, 15))

    assert short.operations_per_event(20) == long.operations_per_event(20) == 7


def test_a_longer_interval_can_carry_less() -> None:
    eleven, twelve = (
        connection(ms, encrypted=True, stack=NCS).goodput_bps() for ms in (11.25, 12.5)
    )

    assert connection(11.25, stack=NCS).operations_per_event(244) == 4
    assert connection(12.5, stack=NCS).operations_per_event(244) == 5
    assert eleven < twelve
    assert connection(13.75, stack=NCS).goodput_bps() < twelve


@given(
    st.integers(6, 3199),
    st.sampled_from(sorted(STACK_RULES)),
    st.sampled_from([Phy.LE_1M, Phy.LE_2M]),
)
def test_goodput_is_a_staircase_in_the_interval(steps: int, stack: str, phy: Phy) -> None:
    one, next_one = (
        connection(1.25 * count, stack=STACK_RULES[stack], phy=phy) for count in (steps, steps + 1)
    )
    packets = one.operations_per_event(244)
    more_packets = next_one.operations_per_event(244)

    # One step of the interval adds whole packets; where it adds none, the rate falls.
    assert more_packets - packets in (0, 1)
    assert (next_one.goodput_bps() < one.goodput_bps()) or more_packets > packets
    ceiling = back_to_back_bps(phy, 244, 251, encrypted=True)
    assert one.goodput_bps() <= ceiling


@pytest.mark.parametrize(
    ("inputs", "mbps"),
    [
        ({"att_mtu": 23, "ll_payload": 27, "phy": "1M"}, 0.226),
        ({"att_mtu": 512, "ll_payload": 27, "phy": "1M"}, 0.301),
    ],
)
def test_memfaults_gatt_figures_are_a_share_of_the_link_layers_rate(
    inputs: dict[str, object], mbps: float
) -> None:
    assert MODELS["ble_gatt_throughput"](Fields(inputs)) == pytest.approx(mbps, rel=0.002)


@pytest.mark.parametrize(
    ("phy", "encrypted", "kbps"),
    [(Phy.LE_1M, True, 780.8), (Phy.LE_2M, False, 1402.3), (Phy.CODED_S8, False, 109.6)],
)
def test_the_ceiling_is_one_exchange_after_the_other(
    *, phy: Phy, encrypted: bool, kbps: float
) -> None:
    assert back_to_back_bps(phy, 244, 251, encrypted=encrypted) / 1000 == pytest.approx(
        kbps, abs=0.06
    )


def test_an_acknowledged_operation_costs_two_intervals() -> None:
    assert acknowledged_bps(20, 7500) == pytest.approx(10_666.67, abs=0.01)


@pytest.mark.parametrize(
    ("failure", "exchanges", "mean"), [(0.1, 5, 3.686), (0.1, 20, 7.906), (0.01, 20, 18.03)]
)
def test_loss_ends_an_event_early(failure: float, exchanges: int, mean: float) -> None:
    assert mean_exchanges_per_event(failure, exchanges) == pytest.approx(mean, rel=5e-3)


def test_without_loss_an_event_is_full() -> None:
    assert mean_exchanges_per_event(0.0, 7) == 7


def test_an_operation_that_fits_no_event_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match=r"too short for an operation of 18.06 ms"):
        connection(15, phy=Phy.CODED_S8).operations_per_event(244)


@pytest.mark.parametrize("interval_ms", [6.25, 7.6, 4001.25])
def test_an_interval_that_bluetooth_does_not_have_is_refused(interval_ms: float) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^interval_ms: "):
        connection(interval_ms)
