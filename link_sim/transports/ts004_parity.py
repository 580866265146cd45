"""The parity code of TS004: which data fragments a coded fragment combines.

Coded fragment n (from 1) of a block of M data fragments is the XOR of the data fragments that row n
of a pseudo-random matrix marks. Versions 1 and 2 differ in one thing: a position that comes up
twice counts twice in version 1 (rows are lighter than M/2) and once in version 2 (rows weigh
exactly M // 2). A receiver of one version cannot use a coded fragment of the other.
"""

from collections.abc import Sequence
from functools import lru_cache

from link_sim.transports.ts004 import Version

_PRBS_BITS = 23

_CACHED_ROWS = 4096
"""Rows kept for the devices of one multicast group, which all compute the same ones."""


def prbs23(state: int) -> int:
    """Advance the shift register that drives the matrix by one step."""
    feedback = (state & 1) ^ (state >> 5 & 1)
    return state >> 1 | feedback << (_PRBS_BITS - 1)


@lru_cache(maxsize=_CACHED_ROWS)
def parity_mask(coded_index: int, data_fragments: int, version: Version) -> int:
    """Return row `coded_index` (from 1) as a number: bit i for data fragment i, counted from 0."""
    # A power of two would lock onto the register's period: the modulus is then M + 1, and M is
    # drawn again.
    is_power_of_two = data_fragments & (data_fragments - 1) == 0
    modulus = data_fragments + is_power_of_two
    state = 1 + 1001 * coded_index
    mask = drawn = 0
    while drawn < data_fragments // 2:
        position = data_fragments
        while position >= data_fragments:
            state = prbs23(state)
            position = state % modulus
        if version is Version.V1 or not mask >> position & 1:
            drawn += 1
        mask |= 1 << position
    return mask


def parity_row(coded_index: int, data_fragments: int, version: Version) -> Sequence[int]:
    """Return row `coded_index` (from 1): a 1 for each data fragment that goes into the sum."""
    mask = parity_mask(coded_index, data_fragments, version)
    return [mask >> position & 1 for position in range(data_fragments)]


def coded_fragment(fragments: Sequence[bytes], coded_index: int, version: Version) -> bytes:
    """Return coded fragment `coded_index` (from 1) of equally long data fragments."""
    row = parity_row(coded_index, len(fragments), version)
    total = 0
    for marked, fragment in zip(row, fragments, strict=True):
        if marked:
            total ^= int.from_bytes(fragment)
    return total.to_bytes(len(fragments[0]))
