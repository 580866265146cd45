"""Limits, the binding one among them, and the strategies that nobody beats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.quantities import read_bytes, read_duration_s, read_energy_mj
from pipeline.errors import InputError
from pipeline.planning.limits import Limit, binding_limits
from pipeline.planning.pareto import pareto_optimal

DEADLINE, ENERGY, RAM, BUDGET = Limit.DEADLINE, Limit.MAX_ENERGY, Limit.RAM, Limit.BUDGET


@pytest.mark.parametrize(
    ("broken", "binding"),
    [
        ([], ()),
        ([(DEADLINE,), ()], ()),
        ([(DEADLINE,), (DEADLINE, RAM)], (DEADLINE,)),
        ([(DEADLINE,), (RAM,), (RAM,)], (RAM,)),
        ([(BUDGET, DEADLINE)], (DEADLINE, BUDGET)),
    ],
)
def test_the_fewest_limits_bind_whose_end_leaves_a_strategy(
    broken: list[tuple[Limit, ...]], binding: tuple[Limit, ...]
) -> None:
    assert binding_limits(broken) == binding


@given(st.lists(st.sets(st.sampled_from(list(Limit)), min_size=1), min_size=1))
def test_without_the_binding_limits_some_strategy_keeps_all(broken: list[set[Limit]]) -> None:
    binding = set(binding_limits([tuple(each) for each in broken]))

    assert binding
    assert any(each <= binding for each in broken)
    assert not any(len(each) < len(binding) for each in broken)


def test_what_is_worse_in_one_and_better_in_none_is_not_pareto_optimal() -> None:
    points = [(1.0, 5.0), (2.0, 4.0), (2.0, 5.0), None, (1.0, 5.0)]

    assert pareto_optimal(points) == (True, True, False, False, True)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_every_point_is_optimal_or_beaten_by_one_that_is(
    points: list[tuple[int, int, int]],
) -> None:
    optimal = pareto_optimal(points)
    front = [point for point, keeps in zip(points, optimal, strict=True) if keeps]

    for point, keeps in zip(points, optimal, strict=True):
        better = [
            f for f in front if f != point and all(a <= b for a, b in zip(f, point, strict=True))
        ]
        assert bool(better) != keeps


def test_amounts_are_read_with_their_units() -> None:
    assert read_duration_s("--deadline", "8h") == 28_800
    assert read_duration_s("--deadline", "1.5 d") == 129_600
    assert read_bytes("--ram", "16KiB") == 16_384
    assert read_bytes("--ram", "4096") == 4096
    assert read_energy_mj("--max-energy", "2.5J") == 2500


@pytest.mark.parametrize("text", ["8", "8 hours", "-1h", "h", "1e3s", ""])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"--deadline: .* 8h"):
        read_duration_s("--deadline", text)
