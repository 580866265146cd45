"""What a simulated update costs: energy by part and state, share of the battery, the bill."""

from dataclasses import dataclass

from link_sim.energy import EnergyReport
from link_sim.tariff import Tariff
from pipeline.packaging.update_package import UpdatePackage
from pipeline.rehearsal.billing import Bill, bill_for
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice, decoder_cycles
from pipeline.rehearsal.simulation import SimulationReport


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSimulation:
    """One update with what it costs."""

    report: SimulationReport
    energy: EnergyReport | None
    """None if nobody knows the radio's currents."""
    battery_share: float | None
    """None without a battery."""
    bill: Bill | None
    """None without a tariff, or where no operator counts bytes."""
    assumptions: tuple[str, ...]
    """What the figures rest on that nobody confirmed, one sentence each."""


def price(
    report: SimulationReport, package: UpdatePackage, device: PoweredDevice, tariff: Tariff | None
) -> PricedSimulation:
    """Add up what an update took."""
    airtime = report.airtime
    energy = device.energy(airtime.radio_use, install_work(report, package))
    bill = None if tariff is None else bill_for(tariff, airtime.ip_bytes, airtime.duration_s)
    return PricedSimulation(
        report=report,
        energy=energy,
        battery_share=None if energy is None else device.battery_share(energy),
        bill=bill,
        assumptions=(
            *device.link.assumptions,
            *device.notes,
            *(() if energy is None else energy.unconfirmed),
            *(() if bill is None else bill.tariff.assumptions),
        ),
    )


def install_work(report: SimulationReport, package: UpdatePackage) -> InstallWork | None:
    """Return what applying the package took; None if nobody did."""
    if report.flash is None:
        return None
    manifest = package.head.manifest
    return InstallWork(
        flash_busy_s=report.flash.busy_s,
        decoder_cycles=decoder_cycles(manifest.payload_format, manifest.new_image.size),
    )
