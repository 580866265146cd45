"""Reading the `[ble]` table of a link profile."""

from link_sim.ble.connection import Connection, Operation
from link_sim.ble.link import BleLink
from link_sim.ble.pdu import MAX_LL_PAYLOAD_BYTES, Phy
from link_sim.ble.radio_queue import RadioSettings
from link_sim.ble.smp_link import FlashPace, SmpLink
from link_sim.ble.stack import STACK_RULES
from link_sim.fields import Fields
from link_sim.link import Link, LinkLabel


def read_ble_link(label: LinkLabel, section: Fields) -> Link:
    """Build a BLE link: plain GATT writes, or an SMP upload if there is an `smp` table.

    Raises:
        ImpossibleValueError: a value that no two devices can agree on.
    """
    if section.has("smp"):
        return _read_smp_link(label, section)
    return BleLink(
        label=label,
        connection=Connection(
            phy=section.choice("phy", Phy),
            encrypted=section.flag("encrypted"),
            interval_us=round(section.number("interval_ms") * 1000),
            att_mtu=section.integer("att_mtu"),
            stack=STACK_RULES[section.literal("stack", *STACK_RULES)],
            ll_payload_bytes=section.integer("ll_payload_bytes", default=MAX_LL_PAYLOAD_BYTES),
            operation=section.choice("operation", Operation)
            if section.has("operation")
            else Operation.WRITE_COMMAND,
        ),
        supervision_timeout_s=section.number("supervision_timeout_s"),
        set_up_s=section.number("set_up_s"),
    )


def _read_smp_link(label: LinkLabel, section: Fields) -> SmpLink:
    smp = section.table("smp")
    connection = Connection(
        phy=section.choice("phy", Phy),
        encrypted=section.flag("encrypted"),
        interval_us=round(section.number("interval_ms") * 1000),
        att_mtu=section.integer("att_mtu"),
        stack=STACK_RULES[section.literal("stack", *STACK_RULES)],
        ll_payload_bytes=section.integer("ll_payload_bytes", default=MAX_LL_PAYLOAD_BYTES),
    )
    link = SmpLink(
        label=label,
        radio=RadioSettings(
            phy=connection.phy,
            encrypted=connection.encrypted,
            ll_payload_bytes=connection.ll_payload_bytes,
            interval_us=connection.interval_us,
            event_margin_us=connection.stack.margin_us,
        ),
        att_mtu=connection.att_mtu,
        smp_frame_bytes=smp.integer("frame_bytes"),
        window=smp.integer("window"),
        flash=FlashPace(
            page_bytes=smp.integer("page_bytes", minimum=1, default=4096),
            erase_page_s=smp.number("erase_page_ms", default=0.0) / 1000,
            write_byte_s=smp.number("write_byte_us", default=0.0) / 1_000_000,
        ),
        supervision_timeout_s=section.number("supervision_timeout_s"),
        set_up_s=section.number("set_up_s"),
    )
    smp.finish()
    return link
