"""What a LoRaWAN region is: data rates with their payload limits, sub-bands, the RX2 window.

The tables themselves are data in `link_sim.lora.regions`. Payload limits differ between revisions
of the regional parameters, so a region carries its revision and two revisions are two regions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.lora.modulation import LoraFrame, LrFhss, Modulation

REPEATER_MAC_PAYLOAD_BYTES = 230
"""Largest MACPayload where a repeater may add its own header (regional parameters)."""

DWELL_LIMIT_S = 0.4
"""Longest uplink where dwell time is limited (US915, AU915, AS923)."""


@unique
class Revision(StrEnum):
    """Revision of the regional parameters that a table follows."""

    RP001_1_0_2_B = "RP001-1.0.2-B"
    RP002 = "RP002"


@unique
class Direction(StrEnum):
    """Who sends."""

    UPLINK = "uplink"
    DOWNLINK = "downlink"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRate:
    """One row of a region's data rate table."""

    modulation: Modulation
    max_mac_payload_bytes: int
    """M: the largest MACPayload, header and port included, MHDR and MIC not."""
    max_mac_payload_dwell_bytes: int | None = None
    """M while dwell time is limited to 400 ms; None where the region knows no such limit."""

    def time_on_air_s(self, phy_payload_bytes: int, direction: Direction) -> float:
        """Seconds on the air; a LoRaWAN downlink has no payload CRC, an uplink has."""
        modulation = self.modulation
        if isinstance(modulation, LoraFrame) and direction is Direction.DOWNLINK:
            modulation = replace(modulation, payload_crc=False)
        return modulation.time_on_air_s(phy_payload_bytes)

    def mac_payload_limit(self, *, dwell_limited: bool = False, repeater: bool = False) -> int:
        """Return M under the given rules; 0 where nothing may be sent at all.

        Raises:
            ImpossibleValueError: dwell time is not limited in this region and direction.
        """
        limit: int | None = self.max_mac_payload_bytes
        if dwell_limited:
            limit = self.max_mac_payload_dwell_bytes
        if limit is None:
            raise ImpossibleValueError("dwell_limited", "this region has no dwell time limit here")
        return min(limit, REPEATER_MAC_PAYLOAD_BYTES) if repeater else limit


def lora_rate(
    spreading_factor: int, bandwidth_hz: int, limit: int, dwell_limit: int | None = None
) -> DataRate:
    """Build a row of a data rate table: LoRa settings, M, and M under a dwell time limit."""
    return DataRate(
        modulation=LoraFrame(spreading_factor=spreading_factor, bandwidth_hz=bandwidth_hz),
        max_mac_payload_bytes=limit,
        max_mac_payload_dwell_bytes=dwell_limit,
    )


def lr_fhss_rate(occupied_bandwidth_hz: int, coding_rate: str, limit: int) -> DataRate:
    """Build a row of a data rate table for LR-FHSS."""
    return DataRate(
        modulation=LrFhss(occupied_bandwidth_hz=occupied_bandwidth_hz, coding_rate=coding_rate),
        max_mac_payload_bytes=limit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubBand:
    """A range of frequencies with one duty cycle, shared by all channels inside."""

    name: str
    low_hz: int
    high_hz: int
    """First frequency above the sub-band."""
    duty_cycle_percent: float
    """100 where the duty cycle is not limited."""

    @property
    def duty_cycle(self) -> float:
        """The legal share of time on the air."""
        return self.duty_cycle_percent / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One revision of one region."""

    name: str
    revision: Revision
    uplink: Mapping[int, DataRate]
    downlink: Mapping[int, DataRate]
    sub_bands: tuple[SubBand, ...]
    rx2_hz: int
    rx2_data_rate: int
    """The second receive window, which class C keeps open: where downlinks at any time go."""

    def data_rate(self, index: int, direction: Direction) -> DataRate:
        """Return the data rate `index` of a direction.

        Raises:
            ImpossibleValueError: the region has none of that index in that direction.
        """
        table = self.uplink if direction is Direction.UPLINK else self.downlink
        if index not in table:
            other = self.downlink if direction is Direction.UPLINK else self.uplink
            why = (
                "LR-FHSS is uplink only"
                if index in other and isinstance(other[index].modulation, LrFhss)
                else f"there are {', '.join(f'DR{known}' for known in table)}"
            )
            raise ImpossibleValueError(
                "data_rate", f"{self.name} has no {direction} DR{index} ({why})"
            )
        return table[index]

    def sub_band_at(self, frequency_hz: int) -> SubBand:
        """Return the sub-band that holds a frequency.

        Raises:
            ImpossibleValueError: nobody may send there.
        """
        for band in self.sub_bands:
            if band.low_hz <= frequency_hz < band.high_hz:
                return band
        raise ImpossibleValueError(
            "frequency_hz", f"{frequency_hz} Hz is in no sub-band of {self.name}"
        )
