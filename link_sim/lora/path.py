"""One direction of a LoRaWAN link, and the transmitter that sends along it."""

from dataclasses import dataclass, field

from link_sim.lora.duty_cycle import DutyCyclePolicy, Ledger
from link_sim.lora.frame import application_bytes, phy_payload_bytes
from link_sim.lora.listening import CLASS_C, Listening
from link_sim.lora.modulation import RADIO_START_S
from link_sim.lora.region import DataRate, Direction
from link_sim.lora.server_pacing import WHEN_LEGAL, Pacing
from link_sim.loss.model import LossProcess
from link_sim.session import MAX_ROUNDS, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What the frames of one direction look like and how often they may be sent."""

    direction: Direction
    data_rate: DataRate
    policy: DutyCyclePolicy
    mac_payload_limit_bytes: int
    """M under the rules that apply (dwell time, repeater)."""
    listening: Listening = CLASS_C
    """When the other side listens; gateways always do."""

    @property
    def application_bytes(self) -> int:
        """N: the application bytes that fit into one frame."""
        return application_bytes(self.mac_payload_limit_bytes)

    def time_on_air_s(self, application_payload_bytes: int) -> float:
        """Seconds on the air of a frame with so many application bytes."""
        phy_bytes = phy_payload_bytes(application_payload_bytes)
        return self.data_rate.time_on_air_s(phy_bytes, self.direction)

    def open(self) -> "Transmitter":
        """Begin sending, with an empty duty cycle account."""
        return Transmitter(self, self.policy.open_ledger())


@dataclass(slots=True)
class Transmitter:
    """A sender with its duty cycle account."""

    path: Path
    _ledger: Ledger
    _previous_start_s: float = float("-inf")
    """Of the last frame that was paced."""
    _times_s: dict[int, float] = field(default_factory=dict)

    def send(
        self,
        session: Session,
        channel: LossProcess,
        application_payload_bytes: int,
        pacing: Pacing = WHEN_LEGAL,
    ) -> bool:
        """Send one frame as soon as server, radio, duty cycle and receiver allow.

        Returns:
            Whether the frame was lost: by the channel, or because it never went on the air.
        """
        time_s = self._time_on_air_s(application_payload_bytes)
        wish_s = pacing.wish_s(self._previous_start_s, session.now_s + RADIO_START_S)
        start_s = self._window_s(session, wish_s, time_s, pacing)
        if pacing.interval_s:
            self._previous_start_s = wish_s if start_s is None else start_s
        if start_s is None:
            session.wait_until(wish_s)
            return True
        self._ledger.book(start_s, time_s)
        session.wait_until(start_s + time_s)
        session.count_on_air(
            phy_payload_bytes(application_payload_bytes),
            time_s,
            from_device=self.path.direction is Direction.UPLINK,
        )
        return channel.loses(start_s)

    def _window_s(
        self, session: Session, wish_s: float, time_s: float, pacing: Pacing
    ) -> float | None:
        """Return when the frame may start; None if it never will."""
        listening = self.path.listening
        missed_uplinks = 0
        at_s = wish_s
        while missed_uplinks < MAX_ROUNDS:
            opens_s = listening.opens_s(at_s)
            legal_s = self._ledger.earliest_start_s(opens_s, time_s)
            if legal_s > opens_s:
                # A session starts when the silence behind its set-up is over; after that the server
                # knows nothing of the duty cycle.
                if pacing.drops_when_exhausted and self._previous_start_s > float("-inf"):
                    return None
                at_s = legal_s
            elif listening.after_uplink and session.uplink.loses(opens_s):
                missed_uplinks += 1
                at_s = listening.next_after_s(opens_s)
            else:
                return opens_s
        return None

    def _time_on_air_s(self, application_payload_bytes: int) -> float:
        if application_payload_bytes not in self._times_s:
            self._times_s[application_payload_bytes] = self.path.time_on_air_s(
                application_payload_bytes
            )
        return self._times_s[application_payload_bytes]
