"""Known moves: they save bytes where alignment alone is lost, and never cost any."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_apply.core.decoder import decode
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.engines.contract import Hints
from pipeline.engines.runner import run_engine
from tests.pipeline.encoder.synthetic_firmware import feature_update

FUNCTION_BYTES = 96
FUNCTIONS = 60


def recompiled_and_moved() -> tuple[bytes, bytes, tuple[tuple[int, int], ...]]:
    """Return two images of the same functions in another order, and where each went.

    Each fourth byte of a function differs, as if the compiler had chosen other registers: no run
    of equal bytes is long enough to be more than chance.
    """
    rng = random.Random(7)
    functions = [rng.randbytes(FUNCTION_BYTES) for _ in range(FUNCTIONS)]
    order = rng.sample(range(FUNCTIONS), FUNCTIONS)
    recompiled = [
        bytes(byte ^ 0x11 if at % 4 == 3 else byte for at, byte in enumerate(function))
        for function in functions
    ]
    new = b"".join(recompiled[index] for index in order)
    moves = tuple((index * FUNCTION_BYTES, at * FUNCTION_BYTES) for at, index in enumerate(order))
    return b"".join(functions), new, moves


@pytest.mark.parametrize("tier", list(Tier))
def test_known_moves_of_recompiled_functions_halve_the_patch(tier: Tier) -> None:
    base, new, moves = recompiled_and_moved()

    blind = encode(base, new, EncoderOptions(tier=tier))
    told = encode(base, new, EncoderOptions(tier=tier, moves=moves))

    assert len(told.patch) < len(blind.patch) / 2
    assert decode(told.patch, base, len(new)) == new


def test_the_engine_hands_known_moves_to_the_encoder() -> None:
    base, new, moves = recompiled_and_moved()

    blind = run_engine("airdelta-tiny", base, new)
    told = run_engine("airdelta-tiny", base, new, Hints(moves=moves))

    assert len(told.payload) < len(blind.payload) / 2  # type: ignore[union-attr]


@settings(max_examples=25, deadline=None)
@given(
    moves=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)), max_size=40),
    tier=st.sampled_from(list(Tier)),
)
def test_wrong_moves_cost_nothing(moves: list[tuple[int, int]], tier: Tier) -> None:
    base, new = feature_update(count=20)

    blind = encode(base, new, EncoderOptions(tier=tier))
    told = encode(base, new, EncoderOptions(tier=tier, moves=tuple(moves)))

    assert len(told.patch) <= len(blind.patch)
    assert decode(told.patch, base, len(new)) == new
