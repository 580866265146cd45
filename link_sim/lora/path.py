"""One direction of a LoRaWAN link, and the transmitter that sends along it."""

from dataclasses import dataclass, field

from link_sim.lora.duty_cycle import DutyCyclePolicy, Ledger
from link_sim.lora.frame import application_bytes, phy_payload_bytes
from link_sim.lora.modulation import RADIO_START_S
from link_sim.lora.region import DataRate, Direction
from link_sim.loss.model import LossProcess
from link_sim.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What the frames of one direction look like and how often they may be sent."""

    direction: Direction
    data_rate: DataRate
    policy: DutyCyclePolicy
    mac_payload_limit_bytes: int
    """M under the rules that apply (dwell time, repeater)."""

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
    _times_s: dict[int, float] = field(default_factory=dict)

    def send(self, session: Session, channel: LossProcess, application_payload_bytes: int) -> bool:
        """Send one frame as soon as radio and duty cycle allow; return whether it was lost.

        The session's clock stands at the end of the frame afterwards.
        """
        time_s = self._time_on_air_s(application_payload_bytes)
        ready_s = session.now_s + RADIO_START_S
        start_s = self._ledger.earliest_start_s(ready_s, time_s)
        self._ledger.book(start_s, time_s)
        session.wait_until(start_s + time_s)
        session.count_on_air(phy_payload_bytes(application_payload_bytes), time_s)
        return channel.loses(start_s)

    def _time_on_air_s(self, application_payload_bytes: int) -> float:
        if application_payload_bytes not in self._times_s:
            self._times_s[application_payload_bytes] = self.path.time_on_air_s(
                application_payload_bytes
            )
        return self._times_s[application_payload_bytes]
