"""Header bytes below the application on IP links."""

IPV4_HEADER_BYTES = 20
IPV6_HEADER_BYTES = 40
UDP_HEADER_BYTES = 8
DTLS12_CCM8_OVERHEAD_BYTES = 29
"""Record header 13, explicit nonce 8, tag 8 (TLS_PSK_WITH_AES_128_CCM_8, RFC 6655)."""


def udp_overhead_bytes(*, ipv6: bool, dtls: bool) -> int:
    """Return what is put around each datagram's payload."""
    ip_bytes = IPV6_HEADER_BYTES if ipv6 else IPV4_HEADER_BYTES
    return ip_bytes + UDP_HEADER_BYTES + (DTLS12_CCM8_OVERHEAD_BYTES if dtls else 0)
