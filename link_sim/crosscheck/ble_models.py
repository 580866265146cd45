"""BLE models: PDU times, ceilings, the schedules of stacks, loss, and a receiver's flash."""

from collections.abc import Mapping

from link_sim.ble.connection import (
    ATT_HEADER_BYTES,
    L2CAP_HEADER_BYTES,
    Connection,
    acknowledged_bps,
    back_to_back_bps,
    scheduled_bps,
)
from link_sim.ble.loss import mean_exchanges_per_event, packet_error_rate
from link_sim.ble.pdu import INTER_FRAME_SPACE_US, Phy, pdu_us
from link_sim.ble.stack import NCS, SOFTDEVICE, StackRule
from link_sim.crosscheck.result import Model, Result
from link_sim.fields import Fields
from link_sim.flash_ceiling import erase_and_write_bytes_per_s

_WORD_BYTES = 4
"""Nordic's NVMC writes 32-bit words."""

_READ_RESPONSE_HEADER_BYTES = 1
"""An ATT read response is an opcode and the value."""


def _interval_us(inputs: Fields) -> int:
    return round(inputs.number("ci_ms", minimum=1) * 1000)


def _ble_pdu_time(inputs: Fields) -> Result:
    return pdu_us(
        inputs.choice("phy", Phy), inputs.integer("payload"), encrypted=inputs.flag("encrypted")
    )


def _ble_att_ceiling(inputs: Fields) -> Result:
    inputs.literal("att_op", "notify/write-without-response")
    ll_bytes = inputs.integer("ll_payload")
    bps = back_to_back_bps(
        inputs.choice("phy", Phy),
        ll_bytes - L2CAP_HEADER_BYTES - ATT_HEADER_BYTES,
        ll_bytes,
        encrypted=inputs.flag("encrypted"),
        inter_frame_us=inputs.integer("ifs_us", default=INTER_FRAME_SPACE_US),
    )
    return bps / 1000


def _ble_ll_throughput(inputs: Fields) -> Result:
    ll_bytes = inputs.integer("ll_payload")
    phy = inputs.choice("phy", Phy)
    return back_to_back_bps(phy, ll_bytes, ll_bytes, encrypted=inputs.flag("encrypted")) / 1e6


def _ble_gatt_throughput(inputs: Fields) -> Result:
    """Memfault's estimate: the link layer's rate, of which ATT and L2CAP take their share."""
    ll_bytes = inputs.integer("ll_payload")
    payload_bytes = inputs.integer("att_mtu", minimum=23) - ATT_HEADER_BYTES
    share = payload_bytes / (payload_bytes + ATT_HEADER_BYTES + L2CAP_HEADER_BYTES)
    phy = inputs.choice("phy", Phy)
    return back_to_back_bps(phy, ll_bytes, ll_bytes, encrypted=True) * share / 1e6


def _ble_ll_throughput_scheduled(inputs: Fields) -> Result:
    inputs.choice("phy", Phy)  # decides how many packets fit; here their number is given
    return _packets_bps(inputs) / 1e6


def _stack_throughput(inputs: Fields, stack: StackRule) -> Result:
    inputs.literal("profile", stack.name)
    connection = Connection(
        phy=inputs.choice("phy", Phy),
        encrypted=inputs.flag("encrypted"),
        interval_us=_interval_us(inputs),
        att_mtu=inputs.integer("att_mtu"),
        stack=stack,
    )
    return connection.goodput_bps() / 1000


def _ble_throughput_nordic(inputs: Fields) -> Result:
    return _stack_throughput(inputs, SOFTDEVICE)


def _ble_throughput_ncs(inputs: Fields) -> Result:
    return _stack_throughput(inputs, NCS)


def _ble_throughput_s130(inputs: Fields) -> Result:
    inputs.text("profile")  # the bandwidth setting; the packets it stands for are given
    return _packets_bps(inputs) / 1000


def _ble_throughput_silabs(inputs: Fields) -> Result:
    inputs.choice("phy", Phy)  # decides how many packets fit; here their number is given
    return _packets_bps(inputs)


def _ble_throughput_silabs_read(inputs: Fields) -> Result:
    inputs.literal("rule", "one acknowledged op per 2 CI")
    operation = inputs.literal("op", "read", "write", "indicate")
    header_bytes = _READ_RESPONSE_HEADER_BYTES if operation == "read" else ATT_HEADER_BYTES
    return acknowledged_bps(
        inputs.integer("att_mtu", minimum=23) - header_bytes, _interval_us(inputs)
    )


def _packets_bps(inputs: Fields) -> float:
    return scheduled_bps(
        inputs.integer("packets_per_event"), inputs.integer("payload"), _interval_us(inputs)
    )


def _ble_per_from_ber(inputs: Fields) -> Result:
    return packet_error_rate(inputs.number("ber", maximum=1), inputs.integer("bits")) * 100


def _ble_packets_per_event_with_loss(inputs: Fields) -> Result:
    inputs.literal("rule", "event closes at first failed exchange")
    return mean_exchanges_per_event(
        inputs.number("p_fail", maximum=1), inputs.integer("max_packets")
    )


def _flash_write_ceiling(inputs: Fields) -> Result:
    inputs.text("device")  # a name; its timings are given
    return (
        erase_and_write_bytes_per_s(
            inputs.integer("page", minimum=1),
            inputs.number("erase_ms") / 1000,
            _WORD_BYTES,
            inputs.number("word_write_ms") / 1000,
        )
        / 1000
    )


MODELS: Mapping[str, Model] = {
    "ble_pdu_time": _ble_pdu_time,
    "ble_att_ceiling": _ble_att_ceiling,
    "ble_ll_throughput": _ble_ll_throughput,
    "ble_gatt_throughput": _ble_gatt_throughput,
    "ble_ll_throughput_scheduled": _ble_ll_throughput_scheduled,
    "ble_throughput_nordic": _ble_throughput_nordic,
    "ble_throughput_ncs": _ble_throughput_ncs,
    "ble_throughput_s130": _ble_throughput_s130,
    "ble_throughput_silabs": _ble_throughput_silabs,
    "ble_throughput_silabs_read": _ble_throughput_silabs_read,
    "ble_per_from_ber": _ble_per_from_ber,
    "ble_packets_per_event_with_loss": _ble_packets_per_event_with_loss,
    "flash_write_ceiling": _flash_write_ceiling,
}
"""By the name that case files use."""
