"""Reading how an update travels over a bearer: one of `coap`, `qblock`, `push`, `http`, `mqtt`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from link_sim.cellular.bearer import Bearer
from link_sim.cellular.coap_link import CoapLink
from link_sim.cellular.framings import ANY_RESOURCE_BYTES, HttpFraming, MqttFraming
from link_sim.cellular.push_link import NEVER_S, PushLink
from link_sim.cellular.qblock_link import QBlockLink
from link_sim.cellular.rrc import RrcTimers
from link_sim.cellular.tcp_link import Framing, TcpLink, TcpSettings
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.link import Link, LinkLabel
from link_sim.transports.coap import BlockDownload, BlockUpload, RetransmissionTimers
from link_sim.transports.coap_qblock import QBlockTimers, q_block_download
from link_sim.transports.http_range import RangeDownload
from link_sim.transports.ip import (
    TLS12_GCM_OVERHEAD_BYTES,
    TLS13_OVERHEAD_BYTES,
    TLS_RECORD_BYTES,
    ip_header_bytes,
    udp_overhead_bytes,
)
from link_sim.transports.lwm2m import PACKAGE_PATH
from link_sim.transports.mqtt import Encoding, FileStream

_DEFAULT_MTU_BYTES = 1400
"""What tunnels between base station and core leave of 1500."""
_DEFAULT_WINDOW_BYTES = 5_600
"""Four segments: what a modem's stack offers a small device."""

_DEFAULT_INACTIVITY_S = 20.0
"""Networks keep a silent connection for 10 to 20 s; the longer time costs more energy."""

_TLS_OVERHEAD_BYTES = {"none": 0, "1.2": TLS12_GCM_OVERHEAD_BYTES, "1.3": TLS13_OVERHEAD_BYTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every transport is read with; see `CellularLink`."""

    label: LinkLabel
    bearer: Bearer
    core_round_trip_s: float
    rrc: RrcTimers


def read_transport(label: LinkLabel, section: Fields, bearer: Bearer) -> Link:
    """Build the link whose transport table the section has.

    Raises:
        ImpossibleValueError: not exactly one transport, or a value that it does not have.
    """
    common = _Common(
        label=label,
        bearer=bearer,
        core_round_trip_s=section.number("core_round_trip_s"),
        rrc=RrcTimers(
            set_up_s=bearer.set_up_s,
            inactivity_s=section.number("inactivity_s", default=_DEFAULT_INACTIVITY_S),
            release_assistance=section.flag("release_assistance", default=False),
            active_s=section.number("active_s", default=0.0),
        ),
    )
    names = [name for name in _READERS if section.has(name)]
    if len(names) != 1:
        raise ImpossibleValueError(
            section.path.rstrip("."), f"needs one transport of {', '.join(_READERS)}"
        )
    table = section.table(names[0])
    link = _READERS[names[0]](common, table)
    table.finish()
    return link


def _read_coap(common: _Common, table: Fields) -> Link:
    return CoapLink(
        label=common.label,
        bearer=common.bearer,
        core_round_trip_s=common.core_round_trip_s,
        rrc=common.rrc,
        largest_block=BlockDownload(
            path=table.text("path"),
            block_bytes=table.integer("block_bytes"),
            etag_bytes=table.integer("etag_bytes", maximum=8),
        ),
        datagram_overhead_bytes=_udp_bytes(table),
        timers=RetransmissionTimers(ack_timeout_s=table.number("ack_timeout_s")),
    )


def _read_qblock(common: _Common, table: Fields) -> Link:
    return QBlockLink(
        label=common.label,
        bearer=common.bearer,
        core_round_trip_s=common.core_round_trip_s,
        rrc=common.rrc,
        largest_block=q_block_download(
            table.text("path"),
            table.integer("block_bytes"),
            table.integer("etag_bytes", maximum=8),
        ),
        datagram_overhead_bytes=_udp_bytes(table),
        timers=QBlockTimers(non_timeout_s=table.number("non_timeout_s", default=2.0)),
    )


def _read_push(common: _Common, table: Fields) -> Link:
    return PushLink(
        label=common.label,
        bearer=common.bearer,
        core_round_trip_s=common.core_round_trip_s,
        rrc=common.rrc,
        largest_block=BlockUpload(path=PACKAGE_PATH, block_bytes=table.integer("block_bytes")),
        datagram_overhead_bytes=_udp_bytes(table),
        timers=RetransmissionTimers(ack_timeout_s=table.number("ack_timeout_s")),
        server_timeout_s=table.number("server_timeout_s")
        if table.has("server_timeout_s")
        else NEVER_S,
    )


def _read_http(common: _Common, table: Fields) -> Link:
    framing = HttpFraming(
        download=RangeDownload(
            host=table.text("host"),
            path=table.text("path"),
            resource_bytes=ANY_RESOURCE_BYTES,
            etag=table.text("etag") if table.has("etag") else "",
        ),
        largest_piece_bytes=table.integer("range_bytes"),
    )
    return _tcp_link(common, table, framing)


def _read_mqtt(common: _Common, table: Fields) -> Link:
    framing = MqttFraming(
        stream=FileStream(
            thing=table.text("thing"),
            stream=table.text("stream"),
            block_bytes=table.integer("block_bytes"),
            encoding=table.choice("encoding", Encoding),
            acknowledged=table.flag("acknowledged", default=False),
        )
    )
    return _tcp_link(common, table, framing)


def _tcp_link(common: _Common, table: Fields, framing: Framing) -> Link:
    tls = table.literal("tls", *_TLS_OVERHEAD_BYTES) if table.has("tls") else "none"
    return TcpLink(
        label=common.label,
        bearer=common.bearer,
        core_round_trip_s=common.core_round_trip_s,
        rrc=common.rrc,
        framing=framing,
        tcp=TcpSettings(
            ip_bytes=ip_header_bytes(ipv6=table.flag("ipv6", default=False)),
            mtu_bytes=table.integer("mtu_bytes", default=_DEFAULT_MTU_BYTES),
            window_bytes=table.integer("window_bytes", default=_DEFAULT_WINDOW_BYTES),
            tls_overhead_bytes=_TLS_OVERHEAD_BYTES[tls],
            tls_record_bytes=table.integer(
                "tls_record_bytes", minimum=64, maximum=TLS_RECORD_BYTES, default=TLS_RECORD_BYTES
            ),
            handshake_up_bytes=table.integer("handshake_up_bytes", default=0),
            handshake_down_bytes=table.integer("handshake_down_bytes", default=0),
            handshake_round_trips=table.integer("handshake_round_trips", default=0),
        ),
    )


def _udp_bytes(table: Fields) -> int:
    return udp_overhead_bytes(
        ipv6=table.flag("ipv6", default=False), dtls=table.flag("dtls", default=False)
    )


_READERS: Mapping[str, Callable[[_Common, Fields], Link]] = {
    "coap": _read_coap,
    "qblock": _read_qblock,
    "push": _read_push,
    "http": _read_http,
    "mqtt": _read_mqtt,
}
