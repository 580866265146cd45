"""Server and device of a TS004 session, frame by frame: what every way of repair is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.lora.path import Path, Transmitter
from link_sim.lora.server_pacing import WHEN_LEGAL, Pacing
from link_sim.session import MAX_ROUNDS, Session
from link_sim.transports import ts004

MAX_ATTEMPTS = MAX_ROUNDS
"""Requests that go unanswered before the server gives up; the same odds as for rounds."""

ANSWER_MARGIN_S = 1.0
"""What the server waits beyond the answer's own time: LoRaWAN's RECEIVE_DELAY1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueSettings:
    """The two directions of a session and its protocol parameters."""

    downlink: Path
    uplink: Path
    version: ts004.Version
    block_ack_delay: int
    """TS004's exponent for the spread of status answers."""
    pacing: Pacing = WHEN_LEGAL
    """How the server spaces fragments; its other messages go as soon as they may."""

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


class Dialogue:
    """One session between a server and a device."""

    def __init__(self, settings: DialogueSettings, radios: Radios, session: Session) -> None:
        self.settings = settings
        self.session = session
        """The transfer that the dialogue moves forward."""
        self._radios = radios

    def set_up(self) -> bool:
        """Send the set-up request until it is answered; return whether it was."""
        request_bytes = self.settings.version.setup_request_bytes
        return any(
            any(self.exchange(request_bytes, 0.0, (ts004.SETUP_ANSWER_BYTES,)))
            for _ in range(MAX_ATTEMPTS)
        )

    def send_fragment(self, index: int) -> bool:
        """Send one fragment, data or coded; return whether it arrived."""
        session = self.session
        size_bytes = ts004.FRAGMENT_HEADER_BYTES + session.fragment_bytes
        lost = self._radios.gateway.send(
            session, session.downlink, size_bytes, self.settings.pacing
        )
        session.fragment_sent(index, lost=lost)
        return not lost

    def exchange(
        self, request_bytes: int, spread_s: float, answers: Sequence[int]
    ) -> Sequence[bool]:
        """Send a request and what the device answers; return which answers arrived."""
        session = self.session
        arrived: Sequence[bool] = ()
        if self._radios.gateway.send(session, session.downlink, request_bytes):
            first_answer_s = self.settings.uplink.time_on_air_s(answers[0])
            session.wait_until(session.now_s + spread_s + first_answer_s)
        else:
            session.wait_until(session.now_s + session.rng.uniform(0.0, spread_s))
            device = self._radios.device
            arrived = [not device.send(session, session.uplink, answer) for answer in answers]
        if not any(arrived):
            session.wait_until(session.now_s + ANSWER_MARGIN_S)
        return arrived
