"""What every cellular link has: a bearer, the way through the core network, and the RRC timers."""

from dataclasses import dataclass

from link_sim.cellular.bearer import AirUse, Bearer
from link_sim.cellular.rrc import RrcTimers
from link_sim.link import Link
from link_sim.session import Session


@dataclass(frozen=True, kw_only=True)
class CellularLink(Link):
    """A transport over a bearer."""

    bearer: Bearer
    core_round_trip_s: float
    """Core network and server, there and back."""
    rrc: RrcTimers
    """What the radio does around the traffic: how long a silent connection is kept, and then."""


class Attachment:
    """One device's connection to its network: who comes back after the release pays again."""

    def __init__(self, link: CellularLink) -> None:
        """Begin without a connection."""
        self._link = link
        self._serving: Bearer | None = None
        self._last_use_s: float | None = None

    def wake(self, session: Session) -> None:
        """Wait until the radio is connected."""
        last_use_s = self._last_use_s
        if last_use_s is None or session.now_s - last_use_s > self._link.rrc.inactivity_s:
            self._serving = None
        self._connect(session)
        self._last_use_s = session.now_s

    def used(self, session: Session) -> None:
        """Note that something was sent or received until now."""
        self._last_use_s = session.now_s

    def send(self, session: Session, datagram_bytes: int, *, up: bool) -> None:
        """Let a session pay for a datagram, in bytes and in time."""
        use = self.air_use(session, datagram_bytes, up=up)
        session.count_ip(datagram_bytes)
        session.count_on_air(use.bytes_on_air, use.time_on_air_s, from_device=up)
        session.wait_until(session.now_s + use.duration_s)

    def air_use(self, session: Session, datagram_bytes: int, *, up: bool) -> AirUse:
        """Return what a datagram takes now; on another coverage level, after connecting there."""
        bearer = self._connect(session)
        return bearer.uplink(datagram_bytes) if up else bearer.downlink(datagram_bytes)

    def _connect(self, session: Session) -> Bearer:
        service = self._link.bearer.service(session.now_s)
        if service.bearer is not self._serving or service.from_s > session.now_s:
            session.wait_until(service.from_s + service.bearer.set_up_s)
            self._serving = service.bearer
        return service.bearer
