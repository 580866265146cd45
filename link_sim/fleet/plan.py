"""What a fleet is: its devices, their channels, and how they are served."""

import math
from dataclasses import dataclass
from enum import StrEnum, unique

from link_sim.errors import ImpossibleValueError
from link_sim.fleet.rhythm import Rhythm
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from link_sim.loss.timed import Asleep, Outage, Outages, TimedGilbertElliott
from link_sim.loss.trace import Trace
from link_sim.transports.ts004 import MAX_FRAGMENTS

MAX_DEVICES = 100_000_000
_SHARES_TOLERANCE = 1e-9


@unique
class Service(StrEnum):
    """How fragments reach devices."""

    UNICAST = "unicast"
    """To each device its own, repeated until it arrives."""
    MULTICAST = "multicast"
    """To all at once: every data fragment, then coded ones; nothing is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGroup:
    """Devices with the same channel."""

    name: str
    share: float
    """Of all devices."""
    channel: GilbertElliott
    reachable: bool = True
    """False for devices that are asleep or off for the whole campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """One campaign."""

    devices: int
    fragments: int
    """Data fragments that a device needs."""
    slot_s: float
    """From one transmission to the next."""
    on_air_s: float
    """Of it, the seconds in which the sender transmits."""
    groups: tuple[DeviceGroup, ...]
    service: Service = Service.UNICAST
    coded_fragments: int = 0
    """Sent behind the data fragments in a multicast."""
    max_lost: int | None = None
    """Lost data fragments that a device's decoder has room for, in a multicast."""
    max_failures: int = 64
    """Failures in a row after which a unicast gives a device up."""
    gateways: int = 1
    """Devices are dealt out among them in turn."""
    outages: tuple[tuple[Outage, ...], ...] = ()
    """Per gateway, the times in which none of its devices receives; empty for none."""
    rhythm: Rhythm | None = None
    """Losses in time that every device meets at another place, beside its channel's."""
    set_up_s: float = 0.0
    sender_share: float = 1.0
    """Share of the time that a gateway may transmit; 1 where no duty cycle limits it."""

    def __post_init__(self) -> None:
        if not 1 <= self.devices <= MAX_DEVICES:
            raise ImpossibleValueError("devices", f"{self.devices} is not in 1..{MAX_DEVICES}")
        if self.fragments < 1 or self.max_failures < 1 or self.gateways < 1:
            raise ImpossibleValueError("fleet", "needs a fragment, an attempt and a gateway")
        if self.service is Service.MULTICAST and self.slots > MAX_FRAGMENTS:
            raise ImpossibleValueError("fragments", f"TS004 numbers {MAX_FRAGMENTS} at most")
        if not 0 <= self.on_air_s <= self.slot_s:
            raise ImpossibleValueError("on_air_s", "must be within a slot")
        if abs(math.fsum(group.share for group in self.groups) - 1) > _SHARES_TOLERANCE:
            raise ImpossibleValueError("groups", "shares must add up to 1")
        if not 0 < self.sender_share <= 1:
            raise ImpossibleValueError("sender_share", f"{self.sender_share} is not a share")
        if self.outages and len(self.outages) != self.gateways:
            raise ImpossibleValueError("outages", "needs an entry per gateway")

    @property
    def slots(self) -> int:
        """Transmissions after which the campaign ends, whoever has finished."""
        if self.service is Service.MULTICAST:
            return self.fragments + self.coded_fragments
        # A device that is still there gets a fragment through every max_failures slots at worst.
        return self.fragments * self.max_failures

    def time_s(self, slot: int) -> float:
        """Return when transmission `slot`, counted from 0, starts."""
        return self.set_up_s + slot * self.slot_s


def channel_of(loss: LossModel, slot_s: float) -> GilbertElliott:
    """Return the channel that a loss model is for somebody who sends once per slot.

    Outages and rhythms are left to `outages_of` and `rhythm_of`.

    Raises:
        ImpossibleValueError: a model that arrays cannot follow.
    """
    match loss:
        case NoLoss():
            return GilbertElliott(p=0.0, r=1.0)
        case Bernoulli(probability=probability):
            return GilbertElliott(p=0.0, r=1.0, loss_good=probability, loss_bad=probability)
        case GilbertElliott():
            return loss
        case TimedGilbertElliott():
            return _sampled(loss, slot_s)
        case Trace():
            return channel_of(NoLoss(), slot_s)
        case Outages(otherwise=otherwise) | Asleep(otherwise=otherwise):
            return channel_of(otherwise, slot_s)
        case _:
            raise ImpossibleValueError(
                "loss", f"{type(loss).__name__} is not available for a fleet"
            )


def outages_of(loss: LossModel) -> tuple[Outage, ...]:
    """Return the outages that a loss model holds; every gateway has them at the same time."""
    return loss.outages if isinstance(loss, Outages) else ()


def _sampled(model: TimedGilbertElliott, slot_s: float) -> GilbertElliott:
    """Sample a chain in continuous time at every slot; exact, whatever happened between them."""
    turnover = 1 - math.exp(-slot_s * (1 / model.mean_good_s + 1 / model.mean_bad_s))
    return GilbertElliott(
        p=model.share_bad * turnover,
        r=(1 - model.share_bad) * turnover,
        loss_bad=model.loss_bad,
        loss_good=model.loss_good,
    )
