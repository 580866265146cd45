"""TS004 models: message bytes, parity matrix, coded fragments."""

import hashlib
import random
from collections.abc import Mapping, Sequence

from link_sim.crosscheck.interop_file import INTEROP_FILE, INTEROP_FILE_NAME
from link_sim.crosscheck.result import Model, Result, bytes_from
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.lora.ciphers import data_block_key, data_block_mic
from link_sim.loss.model import Bernoulli
from link_sim.transports.ts004 import MAX_FRAGMENTS, SessionSetup, Version, index_and_n
from link_sim.transports.ts004_block import Block
from link_sim.transports.ts004_odds import BurstPlan, bursts_of, decode_probability
from link_sim.transports.ts004_parity import parity_row, prbs23

_MAX_STEPS = 10_000

_INDEPENDENT = "iid"
_BURSTY = (
    "Gilbert (bad=lost, r=1/B, p=loss*r/(1-loss), stationary start, coded fragments also lost)"
)
_SEED = 1
"""Of the trials; any other moves the result by less than its tolerance."""


def _prbs23(inputs: Fields) -> Result:
    state = inputs.integer("seed", minimum=1)
    states = []
    for _ in range(inputs.integer("steps", maximum=_MAX_STEPS)):
        state = prbs23(state)
        states.append(hex(state))
    return states


def _ts004_parity_row(inputs: Fields) -> Result:
    row = parity_row(
        inputs.integer("n", minimum=1),
        inputs.integer("m", minimum=1),
        inputs.choice("version", Version),
    )
    bits = "".join(map(str, row))
    return {
        "value": bits,
        "sha256_of_01_string": hashlib.sha256(bits.encode()).hexdigest(),
        "weight": sum(row),
    }


def _ts004_encode(inputs: Fields) -> Result:
    version = inputs.choice("version", Version)
    block = Block.from_bytes(bytes_from(inputs, "data"), inputs.integer("fragment_size", minimum=1))
    first = len(block.fragments) + 1
    coded = [
        block.fragment(number, version).hex()
        for number in range(first, first + inputs.integer("redundancy"))
    ]
    if not inputs.has("select"):
        return coded
    return [coded[number - 1] for number in _selected(inputs, len(coded))]


def _selected(inputs: Fields, coded_fragments: int) -> Sequence[int]:
    """Read which coded fragments count, numbered from 1."""
    selected = inputs.integers("select")
    if not all(1 <= number <= coded_fragments for number in selected):
        raise ImpossibleValueError("select", f"must be numbers from 1 to {coded_fragments}")
    return selected


def _ts004_interop_fragment(inputs: Fields) -> Result:
    inputs.literal("file", INTEROP_FILE_NAME)
    if inputs.text("sha256") != hashlib.sha256(INTEROP_FILE).hexdigest():
        raise ImpossibleValueError("sha256", "is not that of the interoperability file")
    block = Block.from_bytes(INTEROP_FILE, inputs.integer("frag_size", minimum=1))
    if inputs.integer("nb_frag") != len(block.fragments):
        raise ImpossibleValueError("nb_frag", f"there are {len(block.fragments)} fragments")
    if inputs.integer("padding") != block.padding_bytes:
        raise ImpossibleValueError("padding", f"must be {block.padding_bytes}")
    number = inputs.integer("n", minimum=1, maximum=MAX_FRAGMENTS)
    return block.fragment(number, inputs.choice("version", Version)).hex()


def _ts004_decode_probability(inputs: Fields) -> Result:
    plan = BurstPlan(
        data_fragments=inputs.integer("M", minimum=1, maximum=MAX_FRAGMENTS),
        coded_fragments=inputs.integer("R", maximum=MAX_FRAGMENTS),
        version=inputs.choice("version", Version),
    )
    loss = inputs.number("loss", maximum=1)
    rng = random.Random(_SEED)
    if inputs.literal("channel", _INDEPENDENT, _BURSTY) == _INDEPENDENT:
        if inputs.has("mean_burst"):
            raise ImpossibleValueError("mean_burst", "independent losses have no bursts")
        return decode_probability(plan, Bernoulli(loss), rng)
    return decode_probability(plan, bursts_of(loss, inputs.number("mean_burst")), rng)


def _ts004_v2_mic(inputs: Fields) -> Result:
    key = data_block_key(bytes_from(inputs, "appkey"))
    mic = data_block_mic(
        key,
        bytes_from(inputs, "data"),
        session_count=inputs.integer("session_cnt", maximum=0xFFFF),
        session_index=inputs.integer("index", maximum=3),
        descriptor=bytes_from(inputs, "descriptor"),
    )
    return {"key": key.hex(), "mic": mic.hex()}


def _ts004_index_and_n(inputs: Fields) -> Result:
    return index_and_n(inputs.integer("frag_index"), inputs.integer("n")).hex()


def _session_setup(inputs: Fields, algorithm_key: str) -> SessionSetup:
    return SessionSetup(
        session_index=inputs.integer("index"),
        multicast_groups=inputs.integer("mcgroup_mask"),
        fragments=inputs.integer("nb_frag"),
        fragment_bytes=inputs.integer("frag_size"),
        block_ack_delay=inputs.integer("block_ack_delay"),
        algorithm=inputs.integer(algorithm_key),
        padding_bytes=inputs.integer("padding"),
        descriptor=bytes_from(inputs, "descriptor"),
    )


def _ts004_setup_req_v1(inputs: Fields) -> Result:
    return _session_setup(inputs, "matrix").encode_v1().hex()


def _ts004_setup_req_v2(inputs: Fields) -> Result:
    setup = _session_setup(inputs, "algo")
    return setup.encode_v2(
        session_count=inputs.integer("session_cnt"),
        mic=bytes_from(inputs, "mic"),
        ack_reception=inputs.flag("ack_reception"),
    ).hex()


MODELS: Mapping[str, Model] = {
    "prbs23": _prbs23,
    "ts004_parity_row": _ts004_parity_row,
    "ts004_encode": _ts004_encode,
    "ts004_interop_fragment": _ts004_interop_fragment,
    "ts004_decode_probability": _ts004_decode_probability,
    "ts004_v2_mic": _ts004_v2_mic,
    "ts004_index_and_n": _ts004_index_and_n,
    "ts004_setup_req_v1": _ts004_setup_req_v1,
    "ts004_setup_req_v2": _ts004_setup_req_v2,
}
"""By the name that case files use."""
