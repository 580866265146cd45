"""Costs of the parts of a patch: they add up to it, and lie where the change is."""

import random

import numpy as np
import pytest

from pipeline.encoder.encoder import encode, encode_traced
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.encoder.trace import PatchTrace, Traced

SAMPLE = random.Random(5).randbytes(700) * 6 + bytes(500)
RANDOM = random.Random(6).randbytes(300)


def traced(base: bytes, new: bytes, tier: Tier = Tier.STANDARD) -> PatchTrace:
    return encode_traced(base, new, EncoderOptions(tier=tier))[1]


@pytest.mark.parametrize("tier", list(Tier))
def test_the_costs_add_up_to_the_patch(tier: Tier) -> None:
    new = SAMPLE[:900] + RANDOM + SAMPLE[900:2000] + SAMPLE[2500:]
    patch, trace = encode_traced(SAMPLE, new, EncoderOptions(tier=tier))

    assert patch == encode(SAMPLE, new, EncoderOptions(tier=tier))
    assert trace.patch_bytes == len(patch.patch)
    assert -24 <= trace.closing_bits <= 8
    assert len(trace.segments) == len(trace.segment_bits) == patch.segment_count


@pytest.mark.parametrize("tier", list(Tier))
def test_random_bytes_cost_eight_bits_each_and_unchanged_ones_next_to_nothing(tier: Tier) -> None:
    trace = traced(SAMPLE, SAMPLE[:900] + RANDOM + SAMPLE[900:], tier)

    inserted = slice(900, 900 + len(RANDOM))
    assert 7.9 < trace.byte_bits[inserted].mean() < 8.6
    assert np.all(trace.byte_kinds[inserted][8:-8] & Traced.INSERTED)
    rest = trace.byte_bits.sum() - trace.byte_bits[inserted].sum()
    assert rest < 0.05 * len(SAMPLE)


def test_in_a_block_with_a_miss_the_miss_bears_the_cost() -> None:
    base = SAMPLE + RANDOM
    new = bytearray(base)
    for at in range(64, len(new), 150):
        new[at] ^= 0x55
    trace = traced(base, bytes(new))

    missed = (trace.byte_kinds & Traced.MISSED) != 0
    assert missed.sum() == len(range(64, len(new), 150))
    assert np.all(trace.byte_bits[missed] > 8)
    assert not trace.byte_bits[~missed & ((trace.byte_kinds & Traced.CLEAN) == 0)].any()


def test_patches_without_a_model_are_accounted_for_too() -> None:
    changed = SAMPLE[:100] + b"\xaa\xbb" + SAMPLE[102:3000] + b"\xcc" + SAMPLE[3001:]
    runs = traced(SAMPLE, changed)
    stored = traced(b"\x01", RANDOM)

    assert runs.closing_bits == stored.closing_bits == 0
    assert set(np.flatnonzero(runs.byte_bits)) == {100, 101, 3000}
    assert stored.byte_bits.sum() == 8 * len(RANDOM)
    assert stored.segments == ()
