"""Header bytes below the application."""

import pytest

from link_sim.transports.ip import udp_overhead_bytes


@pytest.mark.parametrize(
    ("ipv6", "dtls", "expected"),
    [(False, False, 28), (True, False, 48), (False, True, 57), (True, True, 77)],
)
def test_a_datagram_carries_ip_udp_and_perhaps_dtls(
    *, ipv6: bool, dtls: bool, expected: int
) -> None:
    assert udp_overhead_bytes(ipv6=ipv6, dtls=dtls) == expected
