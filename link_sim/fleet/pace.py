"""What one more fragment costs on a link, told apart from the set-up by its own estimates."""

from dataclasses import dataclass, replace
from functools import cached_property

from link_sim.contract import Estimate
from link_sim.link import Link
from link_sim.lora.link import LorawanLink
from link_sim.radio_energy import RadioUse

_SAMPLE_FRAGMENTS = 9


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A link's time, radio use and IP bytes as they grow with the transmissions to one device."""

    one: Estimate
    """Of one fragment, with everything that a transfer begins and ends with."""
    several: Estimate
    """Of `_SAMPLE_FRAGMENTS`."""

    @classmethod
    def of(cls, link: Link) -> "Pace":
        """Ask a link; coded fragments are left out, because a fleet's plan counts them."""
        if isinstance(link, LorawanLink):
            link = replace(link, redundancy=None)
        size_bytes = link.max_fragment_bytes
        one, several = (link.estimate(size_bytes * n, size_bytes) for n in (1, _SAMPLE_FRAGMENTS))
        return cls(one=one, several=several)

    @property
    def slot_s(self) -> float:
        """From one transmission to the next."""
        return self._step.duration_s

    @property
    def on_air_s(self) -> float:
        """Of it, the seconds in which somebody transmits."""
        return min(self._step.time_on_air_s, self.slot_s)

    @property
    def set_up_s(self) -> float:
        """What is not paid per fragment."""
        return max(self.one.duration_s - self.slot_s, 0.0)

    def radio_use(self, transmissions: int) -> RadioUse:
        """Return what the radios do while a device is sent so many fragments."""
        first, step, more = RadioUse.of([self.one]), self._step, transmissions - 1
        return RadioUse(
            duration_s=max(first.duration_s + more * step.duration_s, 0.0),
            time_on_air_s=max(first.time_on_air_s + more * step.time_on_air_s, 0.0),
            device_time_on_air_s=max(
                first.device_time_on_air_s + more * step.device_time_on_air_s, 0.0
            ),
            device_transmissions=max(
                round(first.device_transmissions + more * self._device_transmissions), 0
            ),
        )

    def ip_bytes(self, transmissions: int) -> int:
        """Return the bytes of IP datagrams behind so many fragments; 0 on links without IP."""
        each = (self.several.ip_bytes - self.one.ip_bytes) / (_SAMPLE_FRAGMENTS - 1)
        return max(round(self.one.ip_bytes + (transmissions - 1) * each), 0)

    @cached_property
    def _step(self) -> RadioUse:
        one, several, steps = self.one, self.several, _SAMPLE_FRAGMENTS - 1
        return RadioUse(
            duration_s=(several.duration_s - one.duration_s) / steps,
            time_on_air_s=(several.time_on_air_s - one.time_on_air_s) / steps,
            device_time_on_air_s=(several.device_time_on_air_s - one.device_time_on_air_s) / steps,
            device_transmissions=0,
        )

    @property
    def _device_transmissions(self) -> float:
        """How often a device transmits per fragment."""
        more = self.several.device_transmissions - self.one.device_transmissions
        return more / (_SAMPLE_FRAGMENTS - 1)
