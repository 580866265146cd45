"""What an update by multicast costs a cell around the fragments: set-up, answers, lost telemetry.

Every device is set up by unicast (clock, group, fragmentation session, class-C session), and every
one of those downlinks spends the duty cycle that all groups and devices of a gateway share. For a
small delta this takes longer than the payload. While a gateway sends it hears nothing, so the
update displaces telemetry. All figures are expectations, in closed form, without loss.
"""

from dataclasses import dataclass, replace

from link_sim.errors import ImpossibleValueError
from link_sim.lora.link import LorawanLink
from link_sim.lora.path import Path
from link_sim.lora.radio_budget import pure_aloha_delivery
from link_sim.transports import ts004, ts005

APP_TIME_BYTES = 6
"""TS003's request and answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The devices of one multicast group around gateways that all send the same downlinks."""

    devices: int
    unicast: Path
    """Downlinks of the set-up, in the receive windows behind uplinks."""
    multicast: Path
    """Downlinks with fragments; may share the sub-band of the others."""
    uplink: Path
    uplink_interval_s: float
    """How often each device sends, and thereby may receive one unicast downlink."""
    unicast_duty_cycle: float
    """Share of time that a gateway may send set-up traffic."""
    multicast_duty_cycle: float
    gateways: int = 1
    """Gateways that share the set-up; each repeats the multicast."""

    def __post_init__(self) -> None:
        if self.devices < 1 or self.gateways < 1:
            raise ImpossibleValueError("cell", "needs a device and a gateway")
        if not 0 < self.uplink_interval_s < float("inf"):
            raise ImpossibleValueError(
                "uplink_interval_s", f"{self.uplink_interval_s} is not above 0"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEstimate:
    """Where the time goes, and what others lose."""

    set_up_s: float
    """Until every device is set up."""
    payload_s: float
    status_s: float
    """The window over which the devices spread their status answers."""
    gateway_set_up_on_air_s: float
    gateway_payload_on_air_s: float
    status_answers_heard: float
    """Share of the status answers that meet no other one."""
    displaced_uplinks: float
    """Telemetry frames that arrive while every gateway is sending."""

    @property
    def total_s(self) -> float:
        """From the decision to update until the status answers."""
        return self.set_up_s + self.payload_s + self.status_s


def set_up_downlinks(version: ts004.Version) -> tuple[int, ...]:
    """Return the application bytes of the downlinks that set one device up."""
    return (
        APP_TIME_BYTES,
        ts005.GROUP_SETUP_REQUEST_BYTES,
        version.setup_request_bytes,
        ts005.SESSION_REQUEST_BYTES,
    )


def estimate_campaign(
    cell: Cell,
    *,
    fragments: int,
    fragment_bytes: int,
    version: ts004.Version = ts004.Version.V2,
    block_ack_delay: int = 0,
) -> CampaignEstimate:
    """Say what sending so many fragments (coded ones included) to a whole cell takes."""
    per_device_s = sum(map(cell.unicast.time_on_air_s, set_up_downlinks(version)))
    set_up_on_air_s = per_device_s * cell.devices / cell.gateways
    # One downlink per uplink, so that nobody is faster than its own uplinks; the gateway's budget
    # is the other bound, and grows with the number of devices.
    set_up_s = max(
        len(set_up_downlinks(version)) * cell.uplink_interval_s,
        set_up_on_air_s / cell.unicast_duty_cycle,
    )
    fragment_s = cell.multicast.time_on_air_s(ts004.FRAGMENT_HEADER_BYTES + fragment_bytes)
    payload_on_air_s = fragments * fragment_s
    payload_s = (fragments - 1) * fragment_s / cell.multicast_duty_cycle + fragment_s
    status_s = ts004.status_answer_spread_s(block_ack_delay)
    deaf_s = set_up_on_air_s + payload_on_air_s
    return CampaignEstimate(
        set_up_s=set_up_s,
        payload_s=payload_s,
        status_s=status_s,
        gateway_set_up_on_air_s=set_up_on_air_s,
        gateway_payload_on_air_s=payload_on_air_s,
        status_answers_heard=status_answers_heard(cell, status_s),
        displaced_uplinks=cell.devices * deaf_s / cell.uplink_interval_s,
    )


def cell_of(
    link: LorawanLink, *, devices: int, uplink_interval_s: float, gateways: int = 1
) -> Cell:
    """Return the cell that a link's settings describe.

    Set-up travels behind the devices' uplinks, on their frequency and at their data rate where the
    region has it for downlinks too; fragments travel on the link's own.
    """
    settings = link.settings
    region = link.region
    rate = region.downlink.get(link.uplink_data_rate, settings.downlink.data_rate)
    limit_bytes = rate.mac_payload_limit(repeater=link.repeater)
    return Cell(
        devices=devices,
        unicast=replace(settings.downlink, data_rate=rate, mac_payload_limit_bytes=limit_bytes),
        multicast=settings.downlink,
        uplink=settings.uplink,
        uplink_interval_s=uplink_interval_s,
        unicast_duty_cycle=region.sub_band_at(link.uplink_hz).duty_cycle,
        multicast_duty_cycle=region.sub_band_at(link.downlink_hz).duty_cycle,
        gateways=gateways,
    )


def status_answers_heard(cell: Cell, spread_s: float) -> float:
    """Return the share of status answers without collision when spread over so many seconds.

    Without a spread all answers are on the air at once and none of several is heard (issue 775 of
    LoRaMac-node).
    """
    answer_s = cell.uplink.time_on_air_s(ts004.STATUS_ANSWER_BYTES)
    if cell.devices == 1:
        return 1.0
    if spread_s <= 0:
        return 0.0
    return pure_aloha_delivery(cell.devices - 1, spread_s, answer_s)
