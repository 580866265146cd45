"""Header bytes below the application on IP links, and what securing a connection exchanges."""

IPV4_HEADER_BYTES = 20
IPV6_HEADER_BYTES = 40
UDP_HEADER_BYTES = 8
"""RFC 791, RFC 8200, RFC 768; no options or extension headers."""

TCP_HEADER_BYTES = 20
"""RFC 9293 without options; timestamps (RFC 7323) would add 12."""

DTLS12_CCM8_OVERHEAD_BYTES = 29
"""Record header 13, explicit nonce 8, tag 8 (TLS_PSK_WITH_AES_128_CCM_8, RFC 6655)."""
TLS12_GCM_OVERHEAD_BYTES = 29
"""Record header 5, explicit nonce 8, tag 16 (RFC 5288)."""
TLS13_OVERHEAD_BYTES = 22
"""Record header 5, content type 1, tag 16 (RFC 8446 section 5.2)."""

TLS_RECORD_BYTES = 16_384
"""Most plaintext in one record; small devices negotiate less (nRF91's modem holds 2303 bytes)."""


def ip_header_bytes(*, ipv6: bool) -> int:
    """Return the size of an IP header."""
    return IPV6_HEADER_BYTES if ipv6 else IPV4_HEADER_BYTES


def udp_overhead_bytes(*, ipv6: bool, dtls: bool) -> int:
    """Return what is put around each datagram's payload."""
    dtls_bytes = DTLS12_CCM8_OVERHEAD_BYTES if dtls else 0
    return ip_header_bytes(ipv6=ipv6) + UDP_HEADER_BYTES + dtls_bytes


def tcp_overhead_bytes(*, ipv6: bool) -> int:
    """Return what is put around each segment's payload."""
    return ip_header_bytes(ipv6=ipv6) + TCP_HEADER_BYTES


def tls_bytes(plaintext_bytes: int, overhead_bytes: int, record_bytes: int) -> int:
    """Return the size of a message cut into TLS records."""
    records = -(-plaintext_bytes // record_bytes)
    return plaintext_bytes + records * overhead_bytes
