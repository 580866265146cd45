"""Where there is nothing to model, airdelta is at most eight bytes larger than any other engine."""

import random
import zlib
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.contract import Candidate
from pipeline.engines.registry import ENGINES
from pipeline.engines.runner import run_engine

_HEADER_BYTES: Final = 8
_TIERS: Final = ("airdelta-tiny", "airdelta-standard", "airdelta-large")
_OTHERS: Final = tuple(
    name for name in ENGINES if name not in _TIERS and not name.startswith("detools-in-place")
)

Pair = tuple[bytes, bytes]


def _text(rng: random.Random, words: int) -> bytes:
    vocabulary = [rng.randbytes(rng.randint(2, 9)) for _ in range(60)]
    return b" ".join(rng.choice(vocabulary) for _ in range(words))


def _random(rng: random.Random) -> Pair:
    return rng.randbytes(rng.randint(1, 3000)), rng.randbytes(rng.randint(1, 3000))


def _one_byte_changed(rng: random.Random) -> Pair:
    base = rng.randbytes(rng.randint(1, 30_000))
    at = rng.randrange(len(base))
    return base, base[:at] + bytes([base[at] ^ rng.randint(1, 255)]) + base[at + 1 :]


def _equal(rng: random.Random) -> Pair:
    base = rng.randbytes(rng.randint(1, 30_000))
    return base, base


def _nearly_empty(rng: random.Random) -> Pair:
    return rng.randbytes(rng.randint(1, 200)), rng.randbytes(rng.randint(1, 4))


def _grown(rng: random.Random) -> Pair:
    base = rng.randbytes(rng.randint(100, 5000))
    return base, base + rng.randbytes(rng.randint(1, 30))


def _shrunk(rng: random.Random) -> Pair:
    base = rng.randbytes(rng.randint(100, 5000))
    return base, base[: rng.randint(1, len(base))]


def _compressed(rng: random.Random) -> Pair:
    text = _text(rng, 1500)
    changed = text[:200] + b"changed" + text[200:]
    return zlib.compress(text, 9), zlib.compress(changed, 9)


def _erased(rng: random.Random) -> Pair:
    base = rng.randbytes(2000)
    return base, b"\xff" * rng.randint(1, 9000)


_KINDS: Final = (
    _random,
    _one_byte_changed,
    _equal,
    _nearly_empty,
    _grown,
    _shrunk,
    _erased,
    _compressed,
)


def _best_other(pair: Pair) -> int:
    return min(size for name in _OTHERS if (size := _payload_bytes(name, pair)) is not None)


def _payload_bytes(name: str, pair: Pair) -> int | None:
    """Return what an engine makes of the pair; None if it cannot."""
    outcome = run_engine(name, *pair)
    return len(outcome.payload) if isinstance(outcome, Candidate) else None


@pytest.mark.parametrize("tier", _TIERS)
@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.__name__.strip("_"))
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_other_engine_is_smaller_by_more_than_a_header(
    kind: Callable[[random.Random], Pair], tier: str, seed: int
) -> None:
    pair = kind(random.Random(seed))

    ours = _payload_bytes(tier, pair)

    assert ours is not None
    assert ours <= _best_other(pair) + _HEADER_BYTES
