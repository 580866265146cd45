"""Sustained rates of the other cellular links: what a period carries, by its length."""

from collections.abc import Mapping

GPRS_SLOT_KBPS: Mapping[str, float] = {"CS-1": 9.05, "CS-2": 13.4, "CS-3": 15.6, "CS-4": 21.4}
"""Per timeslot and coding scheme (module manuals: Cavli C100QM, Ericsson F5521gw)."""

EDGE_SLOT_KBPS: Mapping[str, float] = {
    "MCS-1": 8.8,
    "MCS-2": 11.2,
    "MCS-3": 14.8,
    "MCS-4": 17.6,
    "MCS-5": 22.4,
    "MCS-6": 29.6,
    "MCS-7": 44.8,
    "MCS-8": 54.4,
    "MCS-9": 59.2,
}
"""Per timeslot and modulation scheme (SIMCom SIM7000 manual)."""

MAX_TIMESLOTS = 8
"""A GSM frame."""


def harq_rate_kbps(tbs_bits: int, processes: int, period_ms: float) -> float:
    """Return the rate of `processes` transport blocks in every period.

    LTE-M: 3 blocks of 1000 bits per 10 ms down and per 8 ms up in half duplex (300 and 375 kbit/s),
    8 per 10 ms in full duplex, 10 per 17 ms with Release 14's bundled acknowledgements.
    """
    return tbs_bits * processes / period_ms


def transfer_s(size_bytes: int, rate_kbps: float) -> float:
    """Return the time of a bulk transfer at a constant rate, without any overhead."""
    return size_bytes * 8 / (rate_kbps * 1000)
