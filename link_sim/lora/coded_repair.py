"""Repair by TS004's coded fragments: what serves a multicast group, seen from one of its devices.

1. FragSessionSetupReq down, its answer up, repeated until answered.
2. Every data fragment once, then a first share of coded fragments, all paced by the server.
3. FragSessionStatusReq down. The device answers with how many fragments it misses; the server sends
   as many coded ones and a few more; and so on (incremental redundancy). When nobody answers for a
   while the server stops.

A lost fragment is delivered when the coded ones determine all that are lost, and not before. The
device's decoder may have room for a limited number of lost fragments; beyond it the session fails,
as it does on real devices.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from link_sim.errors import ImpossibleValueError
from link_sim.lora.dialogue import MAX_ATTEMPTS, Dialogue
from link_sim.session import Session
from link_sim.transports import ts004
from link_sim.transports.gf2 import EquationSystem
from link_sim.transports.ts004_parity import parity_mask


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundancyPlan:
    """How many coded fragments a server sends, and what the device can do with them."""

    first_share: float
    """Coded fragments of the first burst, as a share of the data fragments."""
    margin_fragments: int = 3
    """Coded fragments beyond what is missing in each later burst: the code needs 1.6 more than
    were lost on average, and 3 are enough in 88 of 100 cases."""
    max_silent_requests: int = MAX_ATTEMPTS
    """Status requests without answer after which the server stops."""
    max_lost: int | None = None
    """Lost fragments that the device's decoder has room for; None for any number."""

    def __post_init__(self) -> None:
        if not 0 <= self.first_share < float("inf"):
            raise ImpossibleValueError("redundancy", f"{self.first_share} is below 0")

    def first_burst(self, data_fragments: int) -> int:
        """Return the coded fragments of the first burst."""
        return math.ceil(data_fragments * Fraction(str(self.first_share)))


class CodedRepair:
    """One run of the protocol."""

    def __init__(self, dialogue: Dialogue, plan: RedundancyPlan) -> None:
        self._dialogue = dialogue
        self._plan = plan
        self._matrix = _Matrix(dialogue.session, dialogue.settings.version)
        self._coded_sent = 0

    def run(self) -> None:
        """Carry the session to its end."""
        session, dialogue = self._dialogue.session, self._dialogue
        if not dialogue.set_up():
            return
        while missing := session.begin_round():
            if session.round_number == 1 and len(missing) == session.fragment_count:
                for index in missing:
                    if dialogue.send_fragment(index):
                        session.deliver(index)
                coded = self._plan.first_burst(session.fragment_count)
            else:
                coded = self._ask_how_many()
            if not coded and session.round_number > 1:
                return
            if not self._send_coded(coded):
                return

    def _send_coded(self, count: int) -> bool:
        """Send the next coded fragments; return whether the session goes on."""
        limit = self._plan.max_lost
        for _ in range(count):
            if self._dialogue.session.fragment_count + self._coded_sent == ts004.MAX_FRAGMENTS:
                return False
            self._coded_sent += 1
            index = self._dialogue.session.fragment_count + self._coded_sent - 1
            if self._dialogue.send_fragment(index):
                if limit is not None and len(self._dialogue.session.missing()) > limit:
                    return False
                self._matrix.receive(self._coded_sent)
        return True

    def _ask_how_many(self) -> int:
        """Return how many coded fragments the answer asks for; 0 if nobody answers."""
        settings, session = self._dialogue.settings, self._dialogue.session
        spread_s = ts004.status_answer_spread_s(settings.block_ack_delay)
        for _ in range(self._plan.max_silent_requests):
            if any(
                self._dialogue.exchange(
                    ts004.STATUS_REQUEST_BYTES, spread_s, (ts004.STATUS_ANSWER_BYTES,)
                )
            ):
                return len(session.missing()) + self._plan.margin_fragments
        return 0


class _Matrix:
    """What the device's decoder has: the coded fragments that arrived, as equations."""

    def __init__(self, session: Session, version: ts004.Version) -> None:
        self._session = session
        self._version = version
        self._received: list[int] = []
        self._equations = EquationSystem()
        self._lost: tuple[int, ...] = ()
        self._lost_mask = 0

    def receive(self, coded_index: int) -> None:
        """Take a coded fragment; deliver what is lost if it can be solved for now."""
        self._received.append(coded_index)
        lost = tuple(self._session.missing())
        if not lost:
            return
        if lost == self._lost:
            self._add(coded_index)
        else:
            self._begin(lost)
        if self._equations.rank == len(lost):
            for index in lost:
                self._session.deliver(index)

    def _begin(self, lost: tuple[int, ...]) -> None:
        """Start over with other unknowns: a burst ended, or a reset lost more."""
        self._lost, self._equations = lost, EquationSystem()
        self._lost_mask = sum(1 << index for index in lost)
        for coded_index in self._received:
            self._add(coded_index)

    def _add(self, coded_index: int) -> None:
        row = parity_mask(coded_index, self._session.fragment_count, self._version)
        self._equations.add(row & self._lost_mask)
