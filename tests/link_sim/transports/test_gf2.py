"""Equations over GF(2)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.transports.gf2 import EquationSystem


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_enough_independent_equations_give_every_unknown(count: int, seed: int) -> None:
    rng = random.Random(seed)
    unknowns = [rng.getrandbits(64) for _ in range(count)]
    system = EquationSystem()

    while system.rank < count:
        mask = rng.getrandbits(count)
        value = 0
        for number, unknown in enumerate(unknowns):
            if mask >> number & 1:
                value ^= unknown
        system.add(mask, value)

    assert system.solution() == dict(enumerate(unknowns))


def test_an_equation_that_follows_from_others_is_not_counted() -> None:
    system = EquationSystem()

    assert system.add(0b011, 5)
    assert system.add(0b110, 9)
    assert not system.add(0b101, 12)
    assert system.rank == 2


def test_telling_an_unknown_frees_the_equation_that_named_it() -> None:
    system = EquationSystem()
    system.add(0b11, 5)

    system.substitute(0, 1)

    assert system.solution() == {1: 4}


def test_too_few_equations_have_no_solution() -> None:
    system = EquationSystem()
    system.add(0b11, 5)

    with pytest.raises(ValueError, match="unknown 1"):
        system.solution()
