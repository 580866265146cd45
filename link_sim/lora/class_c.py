"""A TS004 session with one class-C device: set-up, fragments paced by duty cycle, repair rounds.

1. FragSessionSetupReq down, its answer up, repeated until answered.
2. Every fragment once, each in its own downlink, as fast as the gateway's duty cycle allows. The
   last one is padded: TS004 fragments have one size.
3. FragSessionStatusReq down; the device answers after a random delay with what it misses; what it
   listed is sent again; and so on, until nothing is missing.

TS004's own status answer only counts what is missing. Here it is followed by the missing numbers,
two bytes each, in as many uplinks as they take: selective repeat, the simplest repair there is.
Coded fragments are the other one, and not modelled here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.lora.path import Path, Transmitter
from link_sim.session import MAX_ROUNDS, Session
from link_sim.transports import ts004

MAX_ATTEMPTS = MAX_ROUNDS
"""Requests that go unanswered before the server gives up; the same odds as for rounds."""

ANSWER_MARGIN_S = 1.0
"""What the server waits beyond the answer's own time: LoRaWAN's RECEIVE_DELAY1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCSettings:
    """The two directions of a session and its protocol parameters."""

    downlink: Path
    uplink: Path
    version: ts004.Version
    block_ack_delay: int
    """TS004's exponent for the spread of status answers."""

    @property
    def status_numbers_per_uplink(self) -> int:
        """How many missing fragments one status answer can list."""
        free_bytes = self.uplink.application_bytes - ts004.STATUS_ANSWER_BYTES
        return free_bytes // ts004.FRAGMENT_NUMBER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Radios:
    """The two transmitters with their duty cycle accounts, which outlive a session."""

    gateway: Transmitter
    device: Transmitter


class ClassCTransfer:
    """One run of the protocol."""

    def __init__(self, settings: ClassCSettings, radios: Radios, session: Session) -> None:
        self._settings = settings
        self._radios = radios
        self._session = session

    def run(self) -> None:
        """Carry the session to its end."""
        session = self._session
        if not self._set_up():
            return
        while missing := session.begin_round():
            server_must_ask = session.round_number > 1 or len(missing) < session.fragment_count
            for index in self._ask_status(missing) if server_must_ask else missing:
                self._send_fragment(index)

    def _send_fragment(self, index: int) -> None:
        session = self._session
        size_bytes = ts004.FRAGMENT_HEADER_BYTES + session.fragment_bytes
        lost = self._radios.gateway.send(session, session.downlink, size_bytes)
        session.fragment_sent(index, lost=lost)
        if not lost:
            session.deliver(index)

    def _set_up(self) -> bool:
        request_bytes = self._settings.version.setup_request_bytes
        return any(
            any(self._exchange(request_bytes, 0.0, (ts004.SETUP_ANSWER_BYTES,)))
            for _ in range(MAX_ATTEMPTS)
        )

    def _ask_status(self, missing: Sequence[int]) -> Sequence[int]:
        """Return those missing fragments that the server comes to know of."""
        spread_s = ts004.status_answer_spread_s(self._settings.block_ack_delay)
        per_uplink = self._settings.status_numbers_per_uplink
        batches = [missing[i : i + per_uplink] for i in range(0, len(missing), per_uplink)]
        answers = [
            ts004.STATUS_ANSWER_BYTES + ts004.FRAGMENT_NUMBER_BYTES * len(batch)
            for batch in batches
        ]
        for _ in range(MAX_ATTEMPTS):
            arrived = self._exchange(ts004.STATUS_REQUEST_BYTES, spread_s, answers)
            if any(arrived):
                return [
                    number
                    for batch, heard in zip(batches, arrived, strict=True)
                    for number in batch
                    if heard
                ]
        return ()

    def _exchange(
        self, request_bytes: int, spread_s: float, answers: Sequence[int]
    ) -> Sequence[bool]:
        """Send a request and what the device answers; return which answers arrived."""
        session = self._session
        arrived: Sequence[bool] = ()
        if self._radios.gateway.send(session, session.downlink, request_bytes):
            first_answer_s = self._settings.uplink.time_on_air_s(answers[0])
            session.wait_until(session.now_s + spread_s + first_answer_s)
        else:
            session.wait_until(session.now_s + session.rng.uniform(0.0, spread_s))
            device = self._radios.device
            arrived = [not device.send(session, session.uplink, answer) for answer in answers]
        if not any(arrived):
            session.wait_until(session.now_s + ANSWER_MARGIN_S)
        return arrived
