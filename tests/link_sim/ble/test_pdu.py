"""PDU times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.ble.pdu import Phy, exchange_us, pdu_bytes, pdu_us
from link_sim.errors import ImpossibleValueError


@pytest.mark.parametrize(
    ("phy", "expected_us"),
    [(Phy.LE_1M, 80), (Phy.LE_2M, 44), (Phy.CODED_S2, 462), (Phy.CODED_S8, 720)],
)
def test_an_empty_pdu_has_the_published_length_and_is_never_encrypted(
    phy: Phy, expected_us: int
) -> None:
    assert pdu_us(phy, 0, encrypted=False) == expected_us
    assert pdu_us(phy, 0, encrypted=True) == expected_us


def test_an_exchange_at_2m_takes_1392_us_plain_and_1408_us_encrypted() -> None:
    assert exchange_us(Phy.LE_2M, 251, encrypted=False) == 1392
    assert exchange_us(Phy.LE_2M, 251, encrypted=True) == 1408


def test_a_preamble_has_two_bytes_at_2m() -> None:
    assert pdu_bytes(Phy.LE_2M, 0, encrypted=False) - pdu_bytes(Phy.LE_1M, 0, encrypted=False) == 1


@given(st.sampled_from(Phy), st.integers(1, 251))
def test_encryption_adds_four_bytes(phy: Phy, payload: int) -> None:
    byte_us = {Phy.LE_1M: 8, Phy.LE_2M: 4, Phy.CODED_S2: 16, Phy.CODED_S8: 64}[phy]

    plain, secret = (pdu_us(phy, payload, encrypted=encrypted) for encrypted in (False, True))

    assert secret - plain == 4 * byte_us


@given(phy=st.sampled_from(Phy), payload=st.integers(0, 250), encrypted=st.booleans())
def test_time_grows_with_the_payload(*, phy: Phy, payload: int, encrypted: bool) -> None:
    assert pdu_us(phy, payload, encrypted=encrypted) < pdu_us(phy, payload + 1, encrypted=encrypted)


@given(payload=st.integers(0, 251), encrypted=st.booleans())
def test_faster_physical_layers_are_faster(*, payload: int, encrypted: bool) -> None:
    times = [
        pdu_us(phy, payload, encrypted=encrypted)
        for phy in (Phy.LE_2M, Phy.LE_1M, Phy.CODED_S2, Phy.CODED_S8)
    ]

    assert times == sorted(times)


@pytest.mark.parametrize("payload", [-1, 252])
def test_a_payload_that_no_pdu_holds_is_refused(payload: int) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^payload: "):
        pdu_us(Phy.LE_1M, payload, encrypted=False)
