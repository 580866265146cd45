"""TS004 models: message bytes, parity matrix, coded fragments."""

import hashlib
from collections.abc import Mapping, Sequence

from link_sim.crosscheck.result import Model, Result, bytes_from
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.transports.ts004 import SessionSetup, Version, index_and_n
from link_sim.transports.ts004_parity import coded_fragment, parity_row, prbs23

_MAX_STEPS = 10_000


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
    fragments = _fragments(bytes_from(inputs, "data"), inputs.integer("fragment_size", minimum=1))
    coded = [
        coded_fragment(fragments, number, version).hex()
        for number in range(1, inputs.integer("redundancy") + 1)
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


def _fragments(data: bytes, fragment_bytes: int) -> Sequence[bytes]:
    return [
        data[start : start + fragment_bytes].ljust(fragment_bytes, b"\0")
        for start in range(0, len(data), fragment_bytes)
    ]


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
    "ts004_index_and_n": _ts004_index_and_n,
    "ts004_setup_req_v1": _ts004_setup_req_v1,
    "ts004_setup_req_v2": _ts004_setup_req_v2,
}
"""By the name that case files use."""
