"""Reading how an update travels over a bearer: one of `coap`, `qblock`, `push`, `http`, `mqtt`."""

from collections.abc import Callable, Mapping

from link_sim.cellular.attachment import NEVER_S
from link_sim.cellular.bearer import Bearer
from link_sim.cellular.framings import ANY_RESOURCE_BYTES, HttpFraming, MqttFraming
from link_sim.cellular.link import CoapLink
from link_sim.cellular.push_link import PushLink
from link_sim.cellular.qblock_link import QBlockLink
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

_TLS_OVERHEAD_BYTES = {"none": 0, "1.2": TLS12_GCM_OVERHEAD_BYTES, "1.3": TLS13_OVERHEAD_BYTES}


def read_transport(label: LinkLabel, section: Fields, bearer: Bearer) -> Link:
    """Build the link whose transport table the section has.

    Raises:
        ImpossibleValueError: not exactly one transport, or a value that it does not have.
    """
    core_round_trip_s = section.number("core_round_trip_s")
    inactivity_s = section.number("inactivity_s") if section.has("inactivity_s") else NEVER_S
    names = [name for name in _READERS if section.has(name)]
    if len(names) != 1:
        raise ImpossibleValueError(
            section.path.rstrip("."), f"needs one transport of {', '.join(_READERS)}"
        )
    table = section.table(names[0])
    link = _READERS[names[0]](label, table, bearer, core_round_trip_s, inactivity_s)
    table.finish()
    return link


def _read_coap(
    label: LinkLabel, table: Fields, bearer: Bearer, core_round_trip_s: float, inactivity_s: float
) -> Link:
    return CoapLink(
        label=label,
        bearer=bearer,
        largest_block=BlockDownload(
            path=table.text("path"),
            block_bytes=table.integer("block_bytes"),
            etag_bytes=table.integer("etag_bytes", maximum=8),
        ),
        datagram_overhead_bytes=_udp_bytes(table),
        core_round_trip_s=core_round_trip_s,
        timers=RetransmissionTimers(ack_timeout_s=table.number("ack_timeout_s")),
        inactivity_s=inactivity_s,
    )


def _read_qblock(
    label: LinkLabel, table: Fields, bearer: Bearer, core_round_trip_s: float, inactivity_s: float
) -> Link:
    return QBlockLink(
        label=label,
        bearer=bearer,
        largest_block=q_block_download(
            table.text("path"),
            table.integer("block_bytes"),
            table.integer("etag_bytes", maximum=8),
        ),
        datagram_overhead_bytes=_udp_bytes(table),
        core_round_trip_s=core_round_trip_s,
        timers=QBlockTimers(non_timeout_s=table.number("non_timeout_s", default=2.0)),
        inactivity_s=inactivity_s,
    )


def _read_push(
    label: LinkLabel, table: Fields, bearer: Bearer, core_round_trip_s: float, inactivity_s: float
) -> Link:
    return PushLink(
        label=label,
        bearer=bearer,
        largest_block=BlockUpload(path=PACKAGE_PATH, block_bytes=table.integer("block_bytes")),
        datagram_overhead_bytes=_udp_bytes(table),
        core_round_trip_s=core_round_trip_s,
        timers=RetransmissionTimers(ack_timeout_s=table.number("ack_timeout_s")),
        server_timeout_s=table.number("server_timeout_s")
        if table.has("server_timeout_s")
        else NEVER_S,
        inactivity_s=inactivity_s,
    )


def _read_http(
    label: LinkLabel, table: Fields, bearer: Bearer, core_round_trip_s: float, inactivity_s: float
) -> Link:
    framing = HttpFraming(
        download=RangeDownload(
            host=table.text("host"),
            path=table.text("path"),
            resource_bytes=ANY_RESOURCE_BYTES,
            etag=table.text("etag") if table.has("etag") else "",
        ),
        largest_piece_bytes=table.integer("range_bytes"),
    )
    return _tcp_link(label, table, framing, bearer, (core_round_trip_s, inactivity_s))


def _read_mqtt(
    label: LinkLabel, table: Fields, bearer: Bearer, core_round_trip_s: float, inactivity_s: float
) -> Link:
    framing = MqttFraming(
        stream=FileStream(
            thing=table.text("thing"),
            stream=table.text("stream"),
            block_bytes=table.integer("block_bytes"),
            encoding=table.choice("encoding", Encoding),
            acknowledged=table.flag("acknowledged", default=False),
        )
    )
    return _tcp_link(label, table, framing, bearer, (core_round_trip_s, inactivity_s))


def _tcp_link(
    label: LinkLabel, table: Fields, framing: Framing, bearer: Bearer, waits: tuple[float, float]
) -> Link:
    tls = table.literal("tls", *_TLS_OVERHEAD_BYTES) if table.has("tls") else "none"
    core_round_trip_s, inactivity_s = waits
    return TcpLink(
        label=label,
        bearer=bearer,
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
        core_round_trip_s=core_round_trip_s,
        inactivity_s=inactivity_s,
    )


def _udp_bytes(table: Fields) -> int:
    return udp_overhead_bytes(
        ipv6=table.flag("ipv6", default=False), dtls=table.flag("dtls", default=False)
    )


_READERS: Mapping[str, Callable[[LinkLabel, Fields, Bearer, float, float], Link]] = {
    "coap": _read_coap,
    "qblock": _read_qblock,
    "push": _read_push,
    "http": _read_http,
    "mqtt": _read_mqtt,
}
