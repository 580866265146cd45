"""Class B: when a device that follows the gateways' beacon listens.

```
beacon every 128 s | 2.120 s reserved | 4096 slots of 30 ms (122.880 s) | 3 s guard
```
A device opens pingNb slots per beacon period, 4096 / pingNb slots apart, behind an offset that an
encryption of beacon time and device address scatters anew in every period. Times count from the GPS
epoch, on which beacon periods begin.
"""

import math

from link_sim.errors import ImpossibleValueError
from link_sim.lora.ciphers import BLOCK_BYTES, KEY_BYTES, encrypt_block

BEACON_PERIOD_S = 128
BEACON_RESERVED_S = 2.120
BEACON_GUARD_S = 3.0
PING_SLOT_S = 0.030
SLOTS_PER_PERIOD = 4096
MAX_PERIODICITY = 7
"""LoRaWAN 1.0.4 chapter 10, for all of these."""

DEVICE_ADDRESS_BYTES = 4

_ROUNDING_S = 1e-9
"""Slot starts are sums of decimal fractions; a slot that starts now is not over."""


def ping_slots_per_period(periodicity: int) -> int:
    """Return pingNb for a periodicity: 0 listens about every second, 7 once per beacon.

    Raises:
        ImpossibleValueError: the field has three bits.
    """
    if not 0 <= periodicity <= MAX_PERIODICITY:
        raise ImpossibleValueError("ping_slot_periodicity", f"{periodicity} is not in 0..7")
    return 1 << (MAX_PERIODICITY - periodicity)


def ping_offset(beacon_time_s: int, device_address: bytes, ping_slots: int) -> int:
    """Return the first slot that a device opens in the period that begins at `beacon_time_s`.

    Args:
        beacon_time_s: GPS time of the beacon.
        device_address: DevAddr as it is sent, least significant byte first.
        ping_slots: pingNb.
    """
    if len(device_address) != DEVICE_ADDRESS_BYTES:
        raise ImpossibleValueError("devaddr", f"must be {DEVICE_ADDRESS_BYTES} bytes")
    block = beacon_time_s.to_bytes(4, "little") + device_address
    scattered = encrypt_block(bytes(KEY_BYTES), block.ljust(BLOCK_BYTES, b"\0"))
    return int.from_bytes(scattered[:2], "little") % _slots_apart(ping_slots)


def next_ping_slot_s(after_s: float, device_address: bytes, ping_slots: int) -> float:
    """Return the GPS time of the first ping slot that starts at or after `after_s`."""
    beacon_s = int(after_s // BEACON_PERIOD_S) * BEACON_PERIOD_S
    apart = _slots_apart(ping_slots)
    while True:
        first_s = (
            beacon_s
            + BEACON_RESERVED_S
            + ping_offset(beacon_s, device_address, ping_slots) * PING_SLOT_S
        )
        waited = math.ceil((after_s - first_s - _ROUNDING_S) / (apart * PING_SLOT_S))
        slot = max(waited, 0)
        if slot < ping_slots:
            return first_s + slot * apart * PING_SLOT_S
        beacon_s += BEACON_PERIOD_S


def _slots_apart(ping_slots: int) -> int:
    if ping_slots not in {1 << exponent for exponent in range(MAX_PERIODICITY + 1)}:
        raise ImpossibleValueError("ping_nb", f"{ping_slots} is not a power of two up to 128")
    return SLOTS_PER_PERIOD // ping_slots
