"""When a device listens, by LoRaWAN class: the windows in which a downlink can reach it.

* class A: after each of its own uplinks, `RECEIVE_DELAY1` later. One downlink per uplink, and none
  if the uplink was lost.
* class B: in the ping slots that beacon time and device address scatter.
* class C: always (save while it sends).
"""

import math
from dataclasses import dataclass
from typing import Protocol

from link_sim.errors import ImpossibleValueError
from link_sim.lora.class_b import PING_SLOT_S, next_ping_slot_s, ping_slots_per_period

RECEIVE_DELAY1_S = 1.0
RECEIVE_DELAY2_S = 2.0
"""LoRaWAN defaults. Measured on an STM32WL: RX1 opens after 0.98 to 1.03 s, RX2 after 2.03 s."""

_ROUNDING_S = 1e-9


class Listening(Protocol):
    """The windows of one device, or of one multicast group."""

    @property
    def after_uplink(self) -> bool:
        """Whether a window only opens if an uplink was heard before."""
        ...

    def opens_s(self, at_s: float, /) -> float:
        """Return when a downlink that is ready at `at_s` can start."""
        ...

    def next_after_s(self, window_s: float, /) -> float:
        """Return a time at which the window that opened at `window_s` is missed."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """Class C."""

    after_uplink = False

    def opens_s(self, at_s: float) -> float:
        """Return the same time."""
        return at_s

    def next_after_s(self, window_s: float) -> float:
        """Return the same time: there is no window to miss."""
        return window_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PingSlots:
    """Class B; virtual time 0 is a beacon."""

    device_address: bytes
    periodicity: int

    after_uplink = False

    def __post_init__(self) -> None:
        self.opens_s(0.0)  # refuses addresses and periodicities that do not exist

    def opens_s(self, at_s: float) -> float:
        """Return the start of the next ping slot."""
        slots = ping_slots_per_period(self.periodicity)
        return next_ping_slot_s(at_s, self.device_address, slots)

    def next_after_s(self, window_s: float) -> float:
        """Return the end of the slot."""
        return window_s + PING_SLOT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterUplinks:
    """Class A: a device that sends every so often, beginning at virtual time 0."""

    interval_s: float
    uplink_time_on_air_s: float
    receive_delay_s: float = RECEIVE_DELAY1_S

    after_uplink = True

    def __post_init__(self) -> None:
        if self.interval_s <= self.uplink_time_on_air_s + RECEIVE_DELAY2_S:
            raise ImpossibleValueError(
                "uplink_interval_s",
                f"{self.interval_s} leaves no time for the receive windows"
                f" ({self.uplink_time_on_air_s + RECEIVE_DELAY2_S:.3f} s)",
            )

    def opens_s(self, at_s: float) -> float:
        """Return the next first receive window."""
        first_s = self.uplink_time_on_air_s + self.receive_delay_s
        periods = math.ceil((at_s - first_s - _ROUNDING_S) / self.interval_s)
        return first_s + max(periods, 0) * self.interval_s

    def next_after_s(self, window_s: float) -> float:
        """Return a time behind the window."""
        return window_s + RECEIVE_DELAY1_S


CLASS_C = Always()
"""Every class-C device listens alike."""
