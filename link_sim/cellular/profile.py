"""Reading the `[nbiot]` table of a link profile."""

from link_sim.cellular.bearer import NbIotBearer
from link_sim.cellular.link import CoapLink
from link_sim.cellular.nbiot import (
    DOWNLINK_TBS_BITS,
    UNITS,
    UPLINK_TBS_BITS,
    DownlinkCycle,
    UplinkCycle,
    UplinkTones,
    tbs_bits,
)
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.link import LinkLabel
from link_sim.transports.coap import BlockDownload, RetransmissionTimers
from link_sim.transports.ip import udp_overhead_bytes


def read_nbiot_link(label: LinkLabel, section: Fields) -> CoapLink:
    """Build an NB-IoT link.

    Raises:
        ImpossibleValueError: a value that NB-IoT or CoAP does not have.
    """
    coap = section.table("coap")
    link = CoapLink(
        label=label,
        bearer=NbIotBearer(
            down=_read_downlink(section.table("downlink")),
            up=_read_uplink(section.table("uplink")),
            uplink_access_s=section.number("uplink_access_s"),
            set_up_s=section.number("set_up_s"),
        ),
        largest_block=BlockDownload(
            path=coap.text("path"),
            block_bytes=coap.integer("block_bytes"),
            etag_bytes=coap.integer("etag_bytes", maximum=8),
        ),
        datagram_overhead_bytes=udp_overhead_bytes(
            ipv6=coap.flag("ipv6", default=False), dtls=coap.flag("dtls", default=False)
        ),
        core_round_trip_s=section.number("core_round_trip_s"),
        timers=RetransmissionTimers(ack_timeout_s=coap.number("ack_timeout_s")),
    )
    coap.finish()
    return link


def _read_downlink(table: Fields) -> DownlinkCycle:
    units = _units(table, "subframes")
    cycle = DownlinkCycle(
        tbs_bits=tbs_bits(DOWNLINK_TBS_BITS, table.integer("i_tbs"), UNITS.index(units)),
        subframes=units,
        npdcch_repetitions=table.integer("npdcch_repetitions"),
        npdsch_repetitions=table.integer("npdsch_repetitions"),
        ack_repetitions=table.integer("ack_repetitions"),
        npdcch_period_ms=table.number("npdcch_period_ms")
        if table.has("npdcch_period_ms")
        else None,
        usable_share=table.number("usable_share", maximum=1),
    )
    table.finish()
    return cycle


def _read_uplink(table: Fields) -> UplinkCycle:
    units = _units(table, "resource_units")
    tones = table.integer("tones")
    if tones not in set(UplinkTones):
        raise ImpossibleValueError(f"{table.path}tones", f"{tones} is not one of 1, 3, 6, 12")
    cycle = UplinkCycle(
        tbs_bits=tbs_bits(UPLINK_TBS_BITS, table.integer("i_tbs"), UNITS.index(units)),
        resource_units=units,
        tones=UplinkTones(tones),
        npdcch_repetitions=table.integer("npdcch_repetitions"),
        npusch_repetitions=table.integer("npusch_repetitions"),
        npdcch_period_ms=table.number("npdcch_period_ms")
        if table.has("npdcch_period_ms")
        else None,
    )
    table.finish()
    return cycle


def _units(table: Fields, key: str) -> int:
    units = table.integer(key)
    if units not in UNITS:
        raise ImpossibleValueError(
            f"{table.path}{key}", f"{units} is not one of {', '.join(map(str, UNITS))}"
        )
    return units
