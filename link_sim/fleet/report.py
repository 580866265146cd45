"""What became of a fleet: completion over time, who never finished and why, load, energy."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from link_sim.fleet.plan import FleetPlan, Service
from link_sim.fleet.shard import Counts, ShardResult, add_counts
from link_sim.fleet.statistics import (
    CONFIDENCE_95,
    Interval,
    quantile_ranks,
    share_interval,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CdfPoint:
    """How many devices had finished by a time."""

    time_s: float
    share: Interval
    """Of all devices, those that never finish included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure of every device that takes part, which grows with the transmissions it hears."""

    devices_by_slot: Counts
    """Devices by the number of transmissions in which they took part."""
    figure: Callable[[int], float]
    """What so many transmissions come to for one device."""

    @property
    def devices(self) -> int:
        """How many take part."""
        return int(self.devices_by_slot.sum())

    def quantile(self, quantile: float) -> Interval | None:
        """Return a quantile with its interval; None if nobody takes part."""
        if not self.devices:
            return None
        done = np.cumsum(self.devices_by_slot)
        value, low, high = (
            self.figure(int(np.searchsorted(done, rank)))
            for rank in quantile_ranks(quantile, self.devices)
        )
        return Interval(value=value, low=low, high=high)

    def total(self) -> Interval | None:
        """Return the sum over the devices with its interval; None if nobody takes part."""
        if not self.devices:
            return None
        slots = np.flatnonzero(self.devices_by_slot)
        figures = np.array([self.figure(int(slot)) for slot in slots])
        counts = self.devices_by_slot[slots]
        total = float((figures * counts).sum())
        variance = float((counts * (figures - total / self.devices) ** 2).sum())
        half = CONFIDENCE_95 * math.sqrt(variance)
        return Interval(value=total, low=total - half, high=total + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """The outcome of a campaign."""

    plan: FleetPlan
    sums: ShardResult

    @property
    def finished(self) -> int:
        """Devices that ended with the whole update."""
        return int(self.sums.finished_by_slot.sum())

    @property
    def finished_share(self) -> Interval:
        """The same as a share of all devices."""
        return share_interval(self.finished, self.plan.devices)

    @property
    def never_finished(self) -> Mapping[str, int]:
        """Devices without the update, by the reason; the counts add up with `finished`."""
        return {
            "unreachable": self.sums.unreachable,
            "lost contact": int(self.sums.gave_up_by_slot.sum()),
            "too many losses": self.sums.too_many_losses,
            "decoder full": self.sums.decoder_full,
        }

    def cdf(self, points: int = 100) -> Sequence[CdfPoint]:
        """Return completion over time, at every change or at about so many of them."""
        slots = np.flatnonzero(self.sums.finished_by_slot)
        done = np.cumsum(self.sums.finished_by_slot)
        stride = max(len(slots) // points, 1)
        chosen = sorted({*slots[::stride].tolist(), *slots[-1:].tolist()})
        return [
            CdfPoint(
                time_s=self.plan.time_s(slot),
                share=share_interval(int(done[slot]), self.plan.devices),
            )
            for slot in chosen
        ]

    def finish_time_s(self, quantile: float) -> Interval | None:
        """Return when a share of those that finish have done so; None if nobody does."""
        if not self.finished:
            return None
        done = np.cumsum(self.sums.finished_by_slot)
        value, low, high = (
            self.plan.time_s(int(np.searchsorted(done, rank)))
            for rank in quantile_ranks(quantile, self.finished)
        )
        return Interval(value=value, low=low, high=high)

    @property
    def transmissions(self) -> int:
        """Fragments that all gateways sent together."""
        if self.plan.service is Service.MULTICAST:
            return self.plan.slots * self.plan.gateways
        return self.sums.transmissions

    @property
    def gateway_on_air_s(self) -> float:
        """Seconds that one gateway transmits, on average."""
        return self.transmissions * self.plan.on_air_s / self.plan.gateways

    @property
    def gateway_needs_s(self) -> float:
        """Seconds that a gateway needs for all of it within its duty cycle.

        Devices are simulated as if each were served at once. Where this is longer than the last of
        them takes, they queue at the gateway, and this is how long the campaign lasts.
        """
        return self.gateway_on_air_s / self.plan.sender_share

    def spread(self, figure: Callable[[int], float]) -> Spread:
        """Return how a figure is spread over the devices that take part.

        A device takes part from the set-up until it has finished, was given up, or the campaign
        ends.
        """
        to_the_end = np.zeros(self.plan.slots + 1, dtype=np.int64)
        to_the_end[-1] = self.sums.too_many_losses + self.sums.decoder_full
        taken = add_counts(self.sums.finished_by_slot, self.sums.gave_up_by_slot, to_the_end)
        return Spread(devices_by_slot=taken, figure=figure)
