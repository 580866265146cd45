"""When the frames of a multicast or unicast burst end, and how servers choose timeouts and parity.

All of these are arithmetic on a time on air; none of them knows what the frames carry.
"""

import math
from fractions import Fraction

from link_sim.errors import ImpossibleValueError
from link_sim.lora.duty_cycle import DutyCyclePolicy

PING_SLOT_PERIODICITY_MAX = 7
"""LoRaWAN class B: a device opens 2^(7 - periodicity) ping slots per beacon period."""

MAX_TIMEOUT_EXPONENT = 15
"""TS005 session requests carry the timeout's exponent in four bits."""


def burst_elapsed_s(frames: int, time_on_air_s: float, policy: DutyCyclePolicy) -> float:
    """Return the end of the last of `frames` equal frames, the first starting at 0."""
    ledger = policy.open_ledger()
    end_s = 0.0
    for _ in range(frames):
        start_s = ledger.earliest_start_s(end_s, time_on_air_s)
        ledger.book(start_s, time_on_air_s)
        end_s = start_s + time_on_air_s
    return end_s


def redundant_fragments(fragments: int, redundancy: Fraction) -> int:
    """Return how many coded fragments a redundancy asks for, rounded up.

    The share is a fraction and not a float, or 7 % of 100 fragments would be 8.
    """
    return math.ceil(fragments * redundancy)


def class_c_timeout_exponent(fragments: int, margin_s: float) -> int:
    """Return ChirpStack's class-C session timeout for a burst: 2^t covers one margin per fragment.

    ChirpStack sends a fragment every `margin_s` (5 s unless configured) whatever the duty cycle.
    """
    return _exponent_covering(margin_s * (fragments + 1))


def class_b_timeout_exponent(fragments: int, ping_slot_periodicity: int) -> int:
    """Return ChirpStack's class-B session timeout: 2^t beacon periods hold a slot per fragment."""
    if not 0 <= ping_slot_periodicity <= PING_SLOT_PERIODICITY_MAX:
        raise ImpossibleValueError(
            "ping_slot_periodicity", f"{ping_slot_periodicity} is not in 0..7"
        )
    slots_per_beacon = 1 << (PING_SLOT_PERIODICITY_MAX - ping_slot_periodicity)
    return _exponent_covering(math.ceil(fragments / slots_per_beacon) + 1)


def _exponent_covering(amount: float) -> int:
    for exponent in range(MAX_TIMEOUT_EXPONENT + 1):
        if 1 << exponent >= amount:
            return exponent
    raise ImpossibleValueError(
        "fragments", f"no timeout covers them: 2^{MAX_TIMEOUT_EXPONENT} is the longest"
    )
