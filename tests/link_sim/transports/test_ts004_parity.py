"""The parity matrix: the pitfalls that ports of it fell into."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_parity import coded_fragment, parity_row

versions = st.sampled_from(Version)


def bits(coded_index: int, fragments: int, version: Version) -> str:
    return "".join(map(str, parity_row(coded_index, fragments, version)))


def test_rows_are_numbered_from_one() -> None:
    assert bits(1, 26, Version.V1) == "11010011100011001100010110"


def test_a_power_of_two_has_a_modulus_of_its_own() -> None:
    assert bits(3, 32, Version.V1) == "00000110001011000101010000110000"


def test_half_of_an_odd_number_is_rounded_down() -> None:
    assert bits(3, 5, Version.V1) == "01010"


@given(st.integers(1, 300), st.integers(2, 200))
def test_version_2_rows_weigh_exactly_half_and_version_1_rows_at_most_that(
    coded_index: int, fragments: int
) -> None:
    assert sum(parity_row(coded_index, fragments, Version.V2)) == fragments // 2
    assert sum(parity_row(coded_index, fragments, Version.V1)) <= fragments // 2


def test_the_two_versions_make_different_coded_fragments_of_the_same_data() -> None:
    fragments = [bytes(range(start, start + 10)) for start in range(0, 100, 10)]

    assert coded_fragment(fragments, 1, Version.V1).hex() == "262622222e2e22222626"
    assert coded_fragment(fragments, 1, Version.V2).hex() == "686952535c5d76777071"


@given(st.integers(2, 40), st.integers(1, 50), versions, st.integers(0, 2**32))
def test_a_coded_fragment_restores_any_single_lost_fragment_that_it_covers(
    count: int, coded_index: int, version: Version, seed: int
) -> None:
    rng = random.Random(seed)
    fragments = [rng.randbytes(8) for _ in range(count)]
    row = parity_row(coded_index, count, version)
    lost = row.index(1)

    coded = coded_fragment(fragments, coded_index, version)
    without = [bytes(8) if index == lost else data for index, data in enumerate(fragments)]
    rest = coded_fragment(without, coded_index, version)

    assert bytes(a ^ b for a, b in zip(coded, rest, strict=True)) == fragments[lost]


@pytest.mark.parametrize("version", list(Version))
def test_a_single_data_fragment_has_an_empty_row(version: Version) -> None:
    assert list(parity_row(1, 1, version)) == [0]
