"""What bit errors and lost PDUs do to a connection event, in closed form.

An event ends at the first exchange that fails (at once when no PDU is detected, after two CRC
errors otherwise; Core Vol 6 Part B 4.5.6; the first rule is taken for both). Long intervals
therefore lose much more than the share of lost PDUs.
"""


def packet_error_rate(bit_error_rate: float, bits: int) -> float:
    """Return the chance that at least one of `bits` independent bits is wrong."""
    return 1 - (1 - bit_error_rate) ** bits


def mean_exchanges_per_event(failure: float, max_exchanges: int) -> float:
    """Return how many exchanges of an event succeed on average before the first one fails."""
    if failure == 0:
        return float(max_exchanges)
    success = 1 - failure
    return success * (1 - success**max_exchanges) / failure
