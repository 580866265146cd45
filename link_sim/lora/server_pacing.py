"""When servers hand the next fragment to a gateway: it decides how long an update takes.

| policy | next fragment | the gateway's duty cycle |
|---|---|---|
| `WHEN_LEGAL` | as soon as the duty cycle allows it | is the policy |
| `chirpstack` | after a margin, 5 s per gateway | unknown to the server: the gateway drops |
| `aws` | after `FragmentIntervalMS` | the same |

Waiting for the answers of devices instead (incremental redundancy) is what `coded_repair` does on
top of any of them.
"""

from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError

CHIRPSTACK_MARGIN_S = 5.0
"""`multicast_class_c_margin` of ChirpStack, per fragment and gateway (issues 135 and 786)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """One policy."""

    interval_s: float = 0.0
    """Least time from the start of a fragment to the start of the next one."""
    drops_when_exhausted: bool = False
    """Whether a fragment that the duty cycle forbids at its time is dropped and not delayed."""

    def __post_init__(self) -> None:
        if not 0 <= self.interval_s < float("inf"):
            raise ImpossibleValueError("pacing_interval_s", f"{self.interval_s} is below 0")

    def wish_s(self, previous_start_s: float, ready_s: float) -> float:
        """Return when the server would have the next fragment start."""
        return max(ready_s, previous_start_s + self.interval_s)


WHEN_LEGAL = Pacing()
"""As fast as the duty cycle allows, and never faster."""


def chirpstack(*, gateways: int = 1, margin_s: float = CHIRPSTACK_MARGIN_S) -> Pacing:
    """Return ChirpStack's pacing: the margin applies once per gateway of the multicast group.

    The gateway's packet forwarder enforces the duty cycle and drops what exceeds it (Concentratord;
    seen with Basic Station as "no DC in band", issue 190).
    """
    if gateways < 1:
        raise ImpossibleValueError("gateways", f"{gateways} is below 1")
    return Pacing(interval_s=gateways * margin_s, drops_when_exhausted=True)


def aws(fragment_interval_ms: int) -> Pacing:
    """Return AWS IoT Core for LoRaWAN's pacing by `FragmentIntervalMS`."""
    return Pacing(interval_s=fragment_interval_ms / 1000, drops_when_exhausted=True)
