"""Header bytes below the application."""

import pytest

from link_sim.transports.ip import (
    TLS13_OVERHEAD_BYTES,
    tcp_overhead_bytes,
    tls_bytes,
    udp_overhead_bytes,
)


@pytest.mark.parametrize(
    ("ipv6", "dtls", "expected"),
    [(False, False, 28), (True, False, 48), (False, True, 57), (True, True, 77)],
)
def test_a_datagram_carries_ip_udp_and_perhaps_dtls(
    *, ipv6: bool, dtls: bool, expected: int
) -> None:
    assert udp_overhead_bytes(ipv6=ipv6, dtls=dtls) == expected


def test_tls_pays_its_overhead_per_record() -> None:
    assert tls_bytes(1000, TLS13_OVERHEAD_BYTES, 16_384) == 1022
    assert tls_bytes(10_000, TLS13_OVERHEAD_BYTES, 2048) == 10_000 + 5 * 22


def test_a_tcp_segment_has_40_bytes_of_headers_over_ipv4() -> None:
    assert tcp_overhead_bytes(ipv6=False) == 40
    assert tcp_overhead_bytes(ipv6=True) == 60
