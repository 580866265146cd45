"""Loss models: their statistics, their notation, and the kernel's order of events."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_sim.errors import ImpossibleValueError
from link_sim.loss.gilbert_elliott import GilbertElliott, Start
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.loss.notation import parse_loss

probabilities = st.floats(0, 1)


def losses(model: LossModel, count: int, seed: int = 1) -> list[bool]:
    process = model.start(random.Random(seed))
    return [process.loses(0.0) for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("none", NoLoss()),
        ("0", NoLoss()),
        ("0.0", NoLoss()),
        ("0.1", Bernoulli(0.1)),
        (" 1 ", Bernoulli(1.0)),
        ("ge:0.02,0.25", GilbertElliott(p=0.02, r=0.25)),
        (
            "ge:0.005,0.1,0.8,0.01",
            GilbertElliott(p=0.005, r=0.1, loss_bad=0.8, loss_good=0.01),
        ),
    ],
)
def test_a_notation_means_a_model(text: str, model: LossModel) -> None:
    assert parse_loss(text) == model


@pytest.mark.parametrize(
    "text",
    [
        *("", "lots", "1.1", "-0.1", "nan", "burst:0.1,0.2"),
        *("ge:", "ge:0.1", "ge:0.1,0.2,0.3", "ge:0.1,0.2,0.3,0.4,0.5"),
        *("ge:0.1,0", "ge:2,0.1", "ge:0.1,x"),
    ],
)
def test_what_is_no_loss_model_is_refused(text: str) -> None:
    with pytest.raises(ImpossibleValueError, match=r"^(loss|ge\.[pr]): "):
        parse_loss(text)


def test_no_loss_draws_nothing() -> None:
    rng = random.Random(1)
    before = rng.getstate()

    assert not any(NoLoss().start(rng).loses(0.0) for _ in range(10))
    assert rng.getstate() == before


@given(st.integers(0, 2**32))
def test_the_same_seed_loses_the_same(seed: int) -> None:
    model = GilbertElliott(p=0.1, r=0.3, loss_good=0.05)

    assert losses(model, 200, seed) == losses(model, 200, seed)


@pytest.mark.parametrize(
    "model",
    [
        NoLoss(),
        Bernoulli(0.07),
        GilbertElliott(p=0.02, r=0.25),
        GilbertElliott(p=0.05, r=0.5, loss_bad=0.8, loss_good=0.01),
    ],
)
def test_the_long_run_share_is_the_mean_loss(model: LossModel) -> None:
    drawn = losses(model, 100_000)

    assert sum(drawn) / len(drawn) == pytest.approx(model.mean_loss, abs=0.006)


def test_bursts_are_as_long_and_as_correlated_as_the_parameters_say() -> None:
    model = GilbertElliott(p=0.02, r=0.25)
    drawn = losses(model, 200_000)

    bursts = sum(1 for a, b in pairwise([False, *drawn]) if b and not a)
    after_loss = [b for a, b in pairwise(drawn) if a]

    assert sum(drawn) / bursts == pytest.approx(model.mean_bad_sojourn, rel=0.03)
    # With loss_bad = 1 and loss_good = 0 the lag-1 autocorrelation is 1 - p - r.
    repeat = sum(after_loss) / len(after_loss)
    share = model.mean_loss
    assert (repeat - share) / (1 - share) == pytest.approx(1 - 0.02 - 0.25, abs=0.02)


class Draws(random.Random):
    """Hands out given numbers, to see what each one decides."""

    def __init__(self, *numbers: float) -> None:
        super().__init__(0)
        self._numbers = list(numbers)

    def random(self) -> float:
        return self._numbers.pop(0)


def test_the_order_of_events_is_that_of_netem() -> None:
    model = GilbertElliott(p=0.5, r=0.5, loss_bad=0.75, loss_good=0.25, start_state=Start.GOOD)
    # Each transmission draws its transition first, then its loss by the state that it *found*.
    process = model.start(Draws(0.4, 0.3, 0.6, 0.7, 0.4, 0.8, 0.9, 0.2))

    assert not process.loses(0.0)  # found good (loss 0.25): 0.3 is not lost; turns bad
    assert process.loses(0.0)  # found bad (loss 0.75): 0.7 is lost; stays bad
    assert not process.loses(0.0)  # found bad: 0.8 is not lost; turns good
    assert process.loses(0.0)  # found good: 0.2 is lost; stays good


def test_a_stationary_start_is_drawn_and_a_good_one_is_not() -> None:
    stationary = GilbertElliott(p=0.5, r=0.5)
    good = GilbertElliott(p=0.5, r=0.5, start_state=Start.GOOD)

    assert stationary.start(Draws(0.49, 0.9, 0.0)).loses(0.0)
    assert not stationary.start(Draws(0.51, 0.9, 0.0)).loses(0.0)
    assert not good.start(Draws(0.9, 0.0)).loses(0.0)


@given(st.floats(0, 1), st.floats(0.01, 1), probabilities, probabilities, st.integers(1, 60))
def test_the_exact_distribution_is_one_and_has_the_right_mean(
    p: float, r: float, loss_bad: float, loss_good: float, count: int
) -> None:
    model = GilbertElliott(p=p, r=r, loss_bad=loss_bad, loss_good=loss_good)

    distribution = model.loss_count_distribution(count)

    mean = sum(lost * probability for lost, probability in enumerate(distribution))
    assert len(distribution) == count + 1
    assert sum(distribution) == pytest.approx(1)
    assert mean == pytest.approx(count * model.mean_loss, abs=1e-9)


def test_the_exact_distribution_agrees_with_drawn_channels() -> None:
    model = GilbertElliott(p=0.05, r=0.3, loss_good=0.02)
    runs = [sum(losses(model, 20, seed)) for seed in range(4000)]

    distribution = model.loss_count_distribution(20)

    for lost in range(4):
        assert runs.count(lost) / len(runs) == pytest.approx(distribution[lost], abs=0.025)


@given(probabilities, st.integers(1, 40))
def test_equal_states_are_bernoulli(loss: float, count: int) -> None:
    model = GilbertElliott(p=0.3, r=0.4, loss_bad=loss, loss_good=loss)

    assert model.loss_count_distribution(count)[0] == pytest.approx((1 - loss) ** count)
