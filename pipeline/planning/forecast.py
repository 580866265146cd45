"""What delivering one package over one link comes to: to one device, or to a lossy fleet.

Where nothing is lost and there is one device, the link's own estimate is the answer. Everything
else is a simulated campaign (`rehearsal.fleet_run`), which runs anywhere: a `Delivery` holds all
that decides its `Outlook`. Times are over all devices: a share that never
gets the update has no time.
"""

from dataclasses import dataclass
from typing import Final

from link_sim.energy import EnergyReport
from link_sim.errors import LinkError
from link_sim.fleet.pace import Pace
from link_sim.fleet.report import FleetReport
from link_sim.link import Link
from link_sim.loss.model import LossModel, NoLoss
from link_sim.tariff import Tariff
from pipeline.rehearsal.billing import Bill, bill_for
from pipeline.rehearsal.delivery import DeliveryEstimate, estimate_delivery
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice
from pipeline.rehearsal.fleet_run import FleetConditions, carry_to_fleet

_CURVE_POINTS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What every strategy meets alike."""

    loss: LossModel
    loss_text: str = "none"
    """As the user wrote it."""
    devices: int = 1
    gateways: int = 1
    seed: int = 0

    @property
    def are_certain(self) -> bool:
        """Whether there is no chance in them: one device, nothing lost."""
        return self.devices == 1 and isinstance(self.loss, NoLoss)


CERTAIN: Final = Circumstances(loss=NoLoss())
"""One device, and nothing is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCost:
    """What delivering and applying one package takes out of battery and purse."""

    energy: EnergyReport | None
    """None where nobody knows the radio's currents."""
    battery_share: float | None
    bill: Bill | None
    """None without a tariff, and where no operator counts bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The device at the end of the link, and who bills."""

    device: PoweredDevice
    work: InstallWork
    tariff: Tariff | None = None

    def cost(self, estimate: DeliveryEstimate) -> DeliveryCost:
        """Return what a delivery to it costs if nothing is lost."""
        energy = self.device.energy(estimate.radio_use, self.work)
        bill = None
        if self.tariff is not None:
            bill = bill_for(self.tariff, estimate.ip_bytes, estimate.duration_s)
        return DeliveryCost(
            energy=energy,
            battery_share=None if energy is None else self.device.battery_share(energy),
            bill=bill,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One strategy on one link."""

    fragments: int
    """That a device needs."""
    success_share: float
    """Of the devices, those that end with the whole package."""
    median_s: float | None
    """When half of all devices have it; None if fewer ever do."""
    p95_s: float | None
    campaign_s: float | None
    """When 95 of 100 devices have it and a gateway with its duty cycle has served them in turn."""
    energy_mj: float | None
    """Of the median device; None where nobody knows the radio's currents."""
    battery_share: float | None
    cost: float | None
    """Of all devices, in the tariff's currency; None without one, or where nobody counts bytes."""
    gateway_on_air_s: float
    curve: tuple[tuple[float, float], ...]
    """Seconds and the share of devices that have finished by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A package of so many bytes on its way: everything that its forecast depends on."""

    head_bytes: int
    payload_bytes: int
    circumstances: Circumstances
    recipient: Recipient

    @property
    def link(self) -> Link:
        """What it goes over."""
        return self.recipient.device.link

    @property
    def fragment_slots(self) -> int:
        """Fragments times devices: how much there is to simulate."""
        if self.circumstances.are_certain:
            return 0
        fragments = -(-(self.head_bytes + self.payload_bytes) // self.link.max_fragment_bytes)
        return fragments * self.circumstances.devices

    def cost(self, outlook: "Outlook") -> DeliveryCost | None:
        """Return what it costs one device if nothing is lost; None if it cannot be carried."""
        return None if outlook.estimate is None else self.recipient.cost(outlook.estimate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is to be expected of a delivery."""

    estimate: DeliveryEstimate | None
    """Of one device without loss; None where the link cannot carry a package of that size."""
    forecast: Forecast | None
    """Under the circumstances; None, too, where the link cannot serve so many devices."""


def look_ahead(delivery: Delivery) -> Outlook:
    """Estimate a delivery to one device, and simulate it if there is chance in it."""
    try:
        estimate = estimate_delivery(delivery.link, delivery.head_bytes, delivery.payload_bytes)
    except LinkError:
        return Outlook(estimate=None, forecast=None)
    if delivery.circumstances.are_certain:
        forecast = certain(estimate, delivery.recipient.cost(estimate))
        return Outlook(estimate=estimate, forecast=forecast)
    air_bytes = delivery.head_bytes + delivery.payload_bytes
    try:
        found = simulated(air_bytes, delivery.circumstances, delivery.recipient)
    except LinkError:
        return Outlook(estimate=estimate, forecast=None)
    return Outlook(estimate=estimate, forecast=found)


def certain(estimate: DeliveryEstimate, cost: DeliveryCost) -> Forecast:
    """Return what is sure to happen to one device if nothing is lost."""
    return Forecast(
        fragments=estimate.fragments,
        success_share=1.0,
        median_s=estimate.duration_s,
        p95_s=estimate.duration_s,
        campaign_s=estimate.duration_s,
        energy_mj=None if cost.energy is None else cost.energy.total_mj,
        battery_share=cost.battery_share,
        cost=None if cost.bill is None else cost.bill.cost,
        gateway_on_air_s=estimate.time_on_air_s,
        curve=((estimate.duration_s, 1.0),),
    )


def simulated(air_bytes: int, circumstances: Circumstances, recipient: Recipient) -> Forecast:
    """Return what becomes of a fleet.

    Raises:
        link_sim.errors.LinkError: the link cannot carry it, or not to so many devices.
    """
    outcome = carry_to_fleet(
        air_bytes,
        FleetConditions(
            link=recipient.device.link,
            loss=circumstances.loss,
            devices=circumstances.devices,
            seed=circumstances.seed,
            device=recipient.device,
            work=recipient.work,
            tariff=recipient.tariff,
            gateways=circumstances.gateways,
        ),
    )
    report = outcome.report
    p95_s = _time_s(report, 0.95)
    energy = None if outcome.energy_mj is None else outcome.energy_mj.quantile(0.5)
    total = None if outcome.cost is None else outcome.cost.total()
    return Forecast(
        fragments=report.plan.fragments,
        success_share=report.finished_share.value,
        median_s=_time_s(report, 0.5),
        p95_s=p95_s,
        campaign_s=None if p95_s is None else max(p95_s, report.gateway_needs_s),
        energy_mj=None if energy is None else energy.value,
        battery_share=_battery_share(report, recipient),
        cost=None if total is None else total.value,
        gateway_on_air_s=report.gateway_on_air_s,
        curve=_curve(report),
    )


def _time_s(report: FleetReport, share: float) -> float | None:
    """Return when a share of all devices have finished, not only of those that ever do."""
    if report.finished < share * report.plan.devices:
        return None
    time_s = report.finish_time_s(min(share * report.plan.devices / report.finished, 1.0))
    return None if time_s is None else time_s.value


def _curve(report: FleetReport) -> tuple[tuple[float, float], ...]:
    return tuple((point.time_s, point.share.value) for point in report.cdf(_CURVE_POINTS))


def _battery_share(report: FleetReport, recipient: Recipient) -> float | None:
    device, pace = recipient.device, Pace.of(recipient.device.link)

    def share(transmissions: int) -> float:
        energy = device.energy(pace.radio_use(transmissions), recipient.work)
        return (None if energy is None else device.battery_share(energy)) or 0.0

    known = device.energy(pace.radio_use(1)) is not None and device.battery is not None
    median = report.spread(share).quantile(0.5) if known else None
    return None if median is None else median.value
