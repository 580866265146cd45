"""What is billed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError, UnreadableTextError
from link_sim.tariff import DataSession, load_tariff, parse_tariff, tariff_names

OLIVIA = load_tariff("olivia")


@pytest.mark.parametrize("name", tariff_names())
def test_every_built_in_tariff_says_where_it_comes_from(name: str) -> None:
    tariff = load_tariff(name)

    assert tariff.name == name
    assert tariff.source
    assert tariff.price_per_mb > 0


def test_every_session_is_rounded_up() -> None:
    assert OLIVIA.billed_bytes([DataSession(bytes_carried=120)] * 3) == 3000


def test_a_long_session_is_cut_into_records_that_are_rounded_up_each() -> None:
    day = DataSession(bytes_carried=400, duration_s=24 * 3600)

    assert OLIVIA.billed_bytes([day]) == 4000


@given(st.integers(0, 10**7), st.floats(0, 10**6))
def test_records_add_up_to_the_session(size: int, duration_s: float) -> None:
    session = DataSession(bytes_carried=size, duration_s=duration_s)

    assert sum(OLIVIA.record_bytes(session)) == size
    assert OLIVIA.billed_bytes([session]) >= size


def test_a_minimum_charge_can_outweigh_the_bytes() -> None:
    hologram = load_tariff("hologram")

    assert hologram.cost([DataSession(bytes_carried=100)]) == 0.25
    assert hologram.cost([DataSession(bytes_carried=100_000_000)]) == pytest.approx(3.0)


def test_a_tariff_by_the_gigabyte() -> None:
    cost = load_tariff("globallot").cost([DataSession(bytes_carried=1_000_000_000)])

    assert cost == pytest.approx(0.7344)


TEXT = """
name = "mine"
description = "d"
source = "contract"
currency = "EUR"
price_per_mb = 1
granule_bytes = 1024
"""


def test_users_write_their_own() -> None:
    assert parse_tariff(TEXT).billed_bytes([DataSession(bytes_carried=1025)]) == 2048


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("granule_bytes = 1024", "granule_bytes = 0", "granule_bytes"),
        ("price_per_mb = 1", "price_per_mb = -1", "price_per_mb"),
        ("price_per_mb = 1", "price_per_mb = 1\nprice = 2", "price"),
        ('currency = "EUR"', "", "currency"),
    ],
)
def test_a_tariff_that_cannot_be_is_refused(old: str, new: str, field: str) -> None:
    with pytest.raises(ImpossibleValueError, match=field):
        parse_tariff(TEXT.replace(old, new))


def test_text_that_is_no_toml_and_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnreadableTextError):
        parse_tariff("name =")
    with pytest.raises(ImpossibleValueError, match="olivia"):
        load_tariff("free")
