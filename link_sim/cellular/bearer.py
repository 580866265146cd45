"""What a cellular bearer is to the layer above: datagrams in, seconds out.

HARQ and RLC repeat what the radio loses, so a bearer delivers in time that is fixed; what is lost
above it are whole datagrams, rarely.
"""

from dataclasses import dataclass
from typing import Protocol

from link_sim.cellular.nbiot import DownlinkCycle, UplinkCycle
from link_sim.errors import ImpossibleValueError

MAC_RLC_HEADER_BYTES = 4
"""Per transport block: MAC subheader 2 and RLC AM header 2 (TS 36.321 6.1.2, TS 36.322 6.2.1.4)."""
PDCP_HEADER_BYTES = 1
"""Per datagram, with the 7-bit sequence number that NB-IoT uses (TS 36.323)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirUse:
    """What carrying one datagram takes."""

    duration_s: float
    bytes_on_air: int
    time_on_air_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Which connection serves a device, and from when on."""

    bearer: "Bearer"
    from_s: float


class Bearer(Protocol):
    """A radio connection that carries IP datagrams."""

    @property
    def set_up_s(self) -> float:
        """Attach or resume, before the first datagram."""
        ...

    def uplink(self, datagram_bytes: int) -> AirUse:
        """Carry one datagram from the device."""
        ...

    def downlink(self, datagram_bytes: int) -> AirUse:
        """Carry one datagram to the device."""
        ...

    def service(self, now_s: float, /) -> Service:
        """Return the connection that serves at a time, or the next one that does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NbIotBearer:
    """An NB-IoT connection at one coverage level."""

    down: DownlinkCycle
    up: UplinkCycle
    uplink_access_s: float
    """Waiting for an uplink grant; Release 13 has no scheduling request but random access."""
    set_up_s: float

    def __post_init__(self) -> None:
        for tbs_bits in (self.down.tbs_bits, self.up.tbs_bits):
            if tbs_bits // 8 <= MAC_RLC_HEADER_BYTES:
                raise ImpossibleValueError(
                    "i_tbs", f"a transport block of {tbs_bits} bits has no room beside its headers"
                )

    def uplink(self, datagram_bytes: int) -> AirUse:
        """Get a grant, then one cycle per transport block."""
        blocks = _transport_blocks(datagram_bytes, self.up.tbs_bits)
        return AirUse(
            duration_s=self.uplink_access_s + blocks * self.up.cycle_ms / 1000,
            bytes_on_air=blocks * self.up.tbs_bits // 8,
            time_on_air_s=blocks * self.up.transmitting_ms / 1000,
        )

    def downlink(self, datagram_bytes: int) -> AirUse:
        """One cycle per transport block; the last one is padded."""
        blocks = _transport_blocks(datagram_bytes, self.down.tbs_bits)
        return AirUse(
            duration_s=blocks * self.down.sustained_ms / 1000,
            bytes_on_air=blocks * self.down.tbs_bits // 8,
            time_on_air_s=blocks * self.down.transmitting_ms / 1000,
        )

    def service(self, now_s: float) -> Service:
        """Return itself: its level does not change."""
        return Service(bearer=self, from_s=now_s)


def _transport_blocks(datagram_bytes: int, tbs_bits: int) -> int:
    room_bytes = tbs_bits // 8 - MAC_RLC_HEADER_BYTES
    return -(-(datagram_bytes + PDCP_HEADER_BYTES) // room_bytes)
