"""How many operations a controller fits into one connection event: each stack has its own rule.

All rules have one form. Of an interval CI, `margin_us` is not used; of the operations that would
still fit, `withheld` are not sent; and a stack may cap their number. Because the count is whole,
throughput is a staircase in the interval: a longer interval can carry less per second.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRule:
    """One stack's way of filling a connection event."""

    name: str
    margin_us: int
    """Part of the interval that is never used."""
    withheld: int = 0
    """Operations that would fit but are not sent."""
    max_operations: int | None = None
    """A cap whatever the interval, where the stack has one."""

    def operations_per_event(self, interval_us: int, operation_us: int) -> int:
        """Return how many operations of `operation_us` one event carries; 0 if none fits."""
        fitting = (interval_us - self.margin_us) // operation_us - self.withheld
        if self.max_operations is not None:
            fitting = min(fitting, self.max_operations)
        return max(fitting, 0)


SOFTDEVICE = StackRule(name="softdevice", margin_us=300, withheld=1)
"""Nordic S132/S140: reproduces the throughput table of the S132 v7.1 specification."""

NCS = StackRule(name="ncs-sdc", margin_us=0)
"""nRF Connect SDK: reproduces its throughput sample (1 415 583 bit/s measured, MTU 498, 400 ms)."""

SILABS = StackRule(name="silabs", margin_us=900)
"""Silicon Labs: 4 packets in 7.5 ms at 2M (throughput.md) imply 0.5 to 1.3 ms; the middle of it."""

S130_HIGH = StackRule(name="s130-high", margin_us=0, max_operations=7)
"""Nordic S130, bandwidth HIGH: 7 packets per 7.5 ms (S130 specification)."""

S130_MID = StackRule(name="s130-mid", margin_us=0, max_operations=3)
"""Nordic S130, bandwidth MID."""

PHONE = StackRule(name="phone", margin_us=0, max_operations=4)
"""A phone as central: 4 packets an event; 4 to 7 were measured (Memfault's throughput primer)."""

STACK_RULES: Mapping[str, StackRule] = {
    rule.name: rule for rule in (SOFTDEVICE, NCS, SILABS, S130_HIGH, S130_MID, PHONE)
}
"""By the name that profiles use."""
