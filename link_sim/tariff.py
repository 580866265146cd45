"""What operators bill: bytes rounded up by session and by record, often more than was sent."""

from collections.abc import Iterable

OLIVIA_GRANULE_BYTES = 1000
OLIVIA_RECORD_H = 6.0
"""Olivia Wireless: every session, and every 6 hours of one, is rounded up to 1000 bytes."""


def billed_bytes(record_bytes: Iterable[int], granule_bytes: int) -> int:
    """Return what is billed for call data records, each rounded up to whole granules."""
    return sum(-(-size // granule_bytes) * granule_bytes for size in record_bytes)
