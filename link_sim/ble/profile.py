"""Reading the `[ble]` table of a link profile."""

from link_sim.ble.connection import Connection
from link_sim.ble.link import BleLink
from link_sim.ble.pdu import MAX_LL_PAYLOAD_BYTES, Phy
from link_sim.ble.stack import STACK_RULES
from link_sim.fields import Fields
from link_sim.link import LinkLabel


def read_ble_link(label: LinkLabel, section: Fields) -> BleLink:
    """Build a BLE link.

    Raises:
        ImpossibleValueError: a value that no two devices can agree on.
    """
    return BleLink(
        label=label,
        connection=Connection(
            phy=section.choice("phy", Phy),
            encrypted=section.flag("encrypted"),
            interval_us=round(section.number("interval_ms") * 1000),
            att_mtu=section.integer("att_mtu"),
            stack=STACK_RULES[section.literal("stack", *STACK_RULES)],
            ll_payload_bytes=section.integer("ll_payload_bytes", default=MAX_LL_PAYLOAD_BYTES),
        ),
        supervision_timeout_s=section.number("supervision_timeout_s"),
        set_up_s=section.number("set_up_s"),
    )
