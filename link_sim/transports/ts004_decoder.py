"""A TS004 receiver: collects data fragments, and solves for the lost ones from coded ones.

Real decoders have limits, and an update that a simulated device finishes by having none is worth
nothing. `DecoderLimits` names those that were found in the field (LoRaMac-node's `FragDecoder` and
its issues, Zephyr's decoders).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.transports.gf2 import EquationSystem
from link_sim.transports.ts004 import MAX_FRAGMENTS, Version
from link_sim.transports.ts004_parity import parity_mask

_BITS_PER_BYTE = 8
_INDEX_BYTES = 2
"""A fragment's number in the table of those that are missing."""
_FRAGMENT_BUFFERS = 3
"""The fragment that arrived, the sum under way, and one read back from flash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderLimits:
    """What keeps a real decoder from solving what could be solved; the default is none of it."""

    max_lost: int | None = None
    """Lost data fragments that its matrix has room for; more end the session at the first coded
    fragment (LoRaMac-node's FRAG_MAX_REDUNDANCY, 5 by default)."""
    drops_out_of_order: bool = False
    """Whether fragments that arrive after one with a higher number are ignored (LoRaMac-node)."""
    needs_a_coded_fragment: bool = False
    """Whether it only finishes on a coded fragment (LoRaMac-node before September 2022)."""

    def __post_init__(self) -> None:
        if self.max_lost is not None and self.max_lost < 0:
            raise ImpossibleValueError("max_lost", f"{self.max_lost} is below 0")


UNLIMITED = DecoderLimits()
"""Memory for every matrix; takes fragments in any order."""

LORAMAC_NODE = DecoderLimits(max_lost=5, drops_out_of_order=True)
"""LoRaMac-node's defaults since pull request 1353."""

LORAMAC_NODE_2022 = DecoderLimits(max_lost=5, drops_out_of_order=True, needs_a_coded_fragment=True)
"""LoRaMac-node's defaults before it."""


@unique
class DecoderState(StrEnum):
    """How far a session is."""

    RECEIVING = "receiving"
    COMPLETE = "complete"
    OUT_OF_MEMORY = "out of memory"
    """More was lost than the matrix has room for; nothing revives the session."""


class Decoder:
    """One session of one device."""

    def __init__(
        self, data_fragments: int, version: Version, limits: DecoderLimits = UNLIMITED
    ) -> None:
        """Expect a block of so many data fragments."""
        if not 1 <= data_fragments <= MAX_FRAGMENTS:
            raise ImpossibleValueError(
                "data_fragments", f"{data_fragments} is not in 1..{MAX_FRAGMENTS}"
            )
        self.data_fragments = data_fragments
        self.state = DecoderState.RECEIVING
        """`COMPLETE` says that every data fragment can be told, not that it is the right one."""
        self._version = version
        self._limits = limits
        self._known: dict[int, int] = {}
        self._known_mask = 0
        self._equations = EquationSystem()
        self._highest = 0
        self._fragment_bytes = 0

    def receive(self, number: int, content: bytes) -> None:
        """Take fragment `number`, counted from 1; repeated ones change nothing."""
        if self.state is not DecoderState.RECEIVING:
            return
        if self._limits.drops_out_of_order and number <= self._highest:
            return
        self._highest = max(self._highest, number)
        self._fragment_bytes = len(content)
        value = int.from_bytes(content)
        if number <= self.data_fragments:
            self._take_data(number - 1, value)
        else:
            self._take_coded(number - self.data_fragments, value)
        if self._is_determined(coded=number > self.data_fragments):
            self.state = DecoderState.COMPLETE

    def missing(self) -> Sequence[int]:
        """Return the data fragments, from 0, that did not arrive themselves."""
        return [i for i in range(self.data_fragments) if not self._known_mask >> i & 1]

    def fragments(self) -> Sequence[bytes]:
        """Return all data fragments, lost ones solved for.

        Raises:
            ValueError: the session is not complete.
        """
        if self.state is not DecoderState.COMPLETE:
            raise ValueError(f"the session is {self.state}")
        values = self._equations.solution() | self._known
        return [values[i].to_bytes(self._fragment_bytes) for i in range(self.data_fragments)]

    def _take_data(self, index: int, value: int) -> None:
        if self._known_mask >> index & 1:
            return
        self._known[index] = value
        self._known_mask |= 1 << index
        self._equations.substitute(index, value)

    def _take_coded(self, coded_index: int, value: int) -> None:
        lost = self.data_fragments - len(self._known)
        if self._limits.max_lost is not None and lost > self._limits.max_lost:
            self.state = DecoderState.OUT_OF_MEMORY
            return
        mask = parity_mask(coded_index, self.data_fragments, self._version)
        arrived = mask & self._known_mask
        for index, known in self._known.items():
            if arrived >> index & 1:
                value ^= known
        self._equations.add(mask & ~self._known_mask, value)

    def _is_determined(self, *, coded: bool) -> bool:
        if self.state is not DecoderState.RECEIVING:
            return False
        if self._limits.needs_a_coded_fragment and not coded:
            return False
        return len(self._known) + self._equations.rank == self.data_fragments


def decoder_ram_bytes(data_fragments: int, fragment_bytes: int, max_lost: int) -> int:
    """Return the RAM of a decoder that can solve for `max_lost` fragments.

    The table of missing fragments, the triangle-shaped matrix kept as a square of bits, one row of
    the parity matrix, and fragment buffers. The block itself is in flash.
    """
    row_bytes = -(-max_lost // _BITS_PER_BYTE)
    return (
        data_fragments * _INDEX_BYTES
        + max_lost * row_bytes
        + -(-data_fragments // _BITS_PER_BYTE)
        + _FRAGMENT_BUFFERS * fragment_bytes
    )


def max_lost_in_ram(ram_bytes: int, data_fragments: int, fragment_bytes: int) -> int:
    """Return how many lost fragments a decoder with so much RAM can solve for.

    Raises:
        ImpossibleValueError: not even a decoder without a matrix fits.
    """
    needed_bytes = decoder_ram_bytes(data_fragments, fragment_bytes, 0)
    if needed_bytes > ram_bytes:
        raise ImpossibleValueError(
            "ram_bytes", f"{ram_bytes} is less than the {needed_bytes} of any decoder"
        )
    lost = 0
    while (
        lost < data_fragments
        and decoder_ram_bytes(data_fragments, fragment_bytes, lost + 1) <= ram_bytes
    ):
        lost += 1
    return lost
