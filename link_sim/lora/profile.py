"""Reading the `[lorawan]` table of a link profile."""

from link_sim.fields import Fields
from link_sim.link import LinkLabel
from link_sim.lora.link import Accounting, LorawanLink
from link_sim.lora.region import Revision
from link_sim.lora.regions import find_region
from link_sim.transports.ts004 import Version

_HZ_PER_MHZ = 1_000_000


def read_lorawan_link(label: LinkLabel, section: Fields) -> LorawanLink:
    """Build a LoRaWAN link.

    Raises:
        ImpossibleValueError: a value that the region or the radio does not have.
    """
    revision = section.choice("revision", Revision) if section.has("revision") else Revision.RP002
    region = find_region(section.text("region"), revision)
    return LorawanLink(
        label=label,
        region=region,
        downlink_data_rate=section.integer("downlink_data_rate"),
        downlink_hz=round(
            section.number("downlink_mhz", default=region.rx2_hz / _HZ_PER_MHZ) * _HZ_PER_MHZ
        ),
        uplink_data_rate=section.integer("uplink_data_rate"),
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
    )
