"""Reading the `[lorawan]` table of a link profile."""

from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.link import LinkLabel
from link_sim.lora.coded_repair import RedundancyPlan
from link_sim.lora.frame import LORAWAN_OVERHEAD_BYTES
from link_sim.lora.link import Accounting, LorawanLink
from link_sim.lora.listening import CLASS_C, AfterUplinks, Listening, PingSlots
from link_sim.lora.region import Direction, Region, Revision
from link_sim.lora.regions import find_region
from link_sim.lora.server_pacing import WHEN_LEGAL, Pacing, aws, chirpstack
from link_sim.transports.ts004 import Version

_HZ_PER_MHZ = 1_000_000
_MAX_PERIODICITY = 7


def read_lorawan_link(label: LinkLabel, section: Fields) -> LorawanLink:
    """Build a LoRaWAN link.

    Raises:
        ImpossibleValueError: a value that the region or the radio does not have.
    """
    revision = section.choice("revision", Revision) if section.has("revision") else Revision.RP002
    region = find_region(section.text("region"), revision)
    uplink_data_rate = section.integer("uplink_data_rate")
    return LorawanLink(
        label=label,
        region=region,
        downlink_data_rate=section.integer("downlink_data_rate"),
        downlink_hz=round(
            section.number("downlink_mhz", default=region.rx2_hz / _HZ_PER_MHZ) * _HZ_PER_MHZ
        ),
        uplink_data_rate=uplink_data_rate,
        uplink_hz=round(section.number("uplink_mhz") * _HZ_PER_MHZ),
        accounting=section.choice("duty_cycle_accounting", Accounting)
        if section.has("duty_cycle_accounting")
        else Accounting.OFF_TIME,
        repeater=section.flag("repeater", default=False),
        uplink_dwell_limited=section.flag("uplink_dwell_limited", default=False),
        downlink_dwell_limited=section.flag("downlink_dwell_limited", default=False),
        ts004_version=section.choice("ts004_version", Version)
        if section.has("ts004_version")
        else Version.V2,
        block_ack_delay=section.integer("block_ack_delay", maximum=7, default=0),
        listening=_read_listening(section, region, uplink_data_rate),
        pacing=_read_pacing(section),
        redundancy=_read_redundancy(section),
        fragment_limit_bytes=section.integer("fragment_limit_bytes", minimum=1)
        if section.has("fragment_limit_bytes")
        else None,
    )


def _read_listening(section: Fields, region: Region, uplink_data_rate: int) -> Listening:
    device_class = section.literal("class", "A", "B", "C") if section.has("class") else "C"
    if device_class == "B":
        return PingSlots(
            device_address=_address(section),
            periodicity=section.integer("ping_slot_periodicity", maximum=_MAX_PERIODICITY),
        )
    if device_class == "A":
        uplink_bytes = LORAWAN_OVERHEAD_BYTES + section.integer("uplink_bytes", maximum=242)
        data_rate = region.data_rate(uplink_data_rate, Direction.UPLINK)
        return AfterUplinks(
            interval_s=section.number("uplink_interval_s"),
            uplink_time_on_air_s=data_rate.time_on_air_s(uplink_bytes, Direction.UPLINK),
        )
    return CLASS_C


def _address(section: Fields) -> bytes:
    text = section.text("device_address")
    try:
        return bytes.fromhex(text)[::-1]
    except ValueError as error:
        raise ImpossibleValueError(
            f"{section.path}device_address", f"{text!r} is not hexadecimal"
        ) from error


def _read_pacing(section: Fields) -> Pacing:
    if not section.has("pacing"):
        return WHEN_LEGAL
    match section.literal("pacing", "duty-cycle", "chirpstack", "aws"):
        case "chirpstack":
            return chirpstack(
                gateways=section.integer("gateways", minimum=1, default=1),
                margin_s=section.number("multicast_margin_s", default=5.0),
            )
        case "aws":
            return aws(section.integer("fragment_interval_ms", minimum=1))
        case _:
            return WHEN_LEGAL


def _read_redundancy(section: Fields) -> RedundancyPlan | None:
    if not section.has("repair"):
        return None
    if section.literal("repair", "selective", "coded") == "selective":
        return None
    return RedundancyPlan(
        first_share=section.number("redundancy"),
        max_lost=section.integer("decoder_max_lost") if section.has("decoder_max_lost") else None,
        max_silent_requests=section.integer("max_silent_requests", minimum=1, default=8),
    )
