"""What a strategy takes out of a device's battery and out of its owner's purse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device_apply.profile import DeviceProfile, LayoutKind
from link_sim.link import Link
from link_sim.tariff import Tariff
from pipeline.engines.airdelta import INSTRUCTIONS
from pipeline.engines.contract import Candidate
from pipeline.packaging.in_place import ERASES
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.forecast import Circumstances, Delivery, DeliveryCost, Recipient
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice, decoder_cycles

_PASSES: Final = 2
"""A device decodes twice: to rehearse, and to stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Who pays: the device, and what its operator takes."""

    profile: DeviceProfile
    new_bytes: int
    """Size of the new image."""
    tariff: Tariff | None = None

    def device_on(self, link: Link) -> PoweredDevice:
        """Return the device as its battery sees it on a link."""
        return PoweredDevice.of(link, self.profile)

    def recipient(self, device: PoweredDevice, candidate: Candidate) -> Recipient:
        """Return who gets a candidate."""
        return Recipient(device=device, work=self.work(candidate), tariff=self.tariff)

    def notes(self, device: PoweredDevice, costs: Sequence[DeliveryCost | None]) -> tuple[str, ...]:
        """Return what the costs on a link rest on that nobody confirmed."""
        found = [*device.link.assumptions, *device.notes]
        for cost in costs:
            if cost is not None and cost.energy is not None:
                found += cost.energy.unconfirmed
            if cost is not None and cost.bill is not None:
                found += cost.bill.tariff.assumptions
        return tuple(dict.fromkeys(found))

    def work(self, candidate: Candidate) -> InstallWork:
        """Return what applying a candidate asks of flash and processor."""
        instructions = candidate.parameters.get(INSTRUCTIONS)
        if isinstance(instructions, int):
            cycles = _PASSES * instructions
        else:
            cycles = decoder_cycles(candidate.payload_format, self.new_bytes)
        return InstallWork(flash_busy_s=self._flash_busy_s(candidate), decoder_cycles=cycles)

    def flash_erases(self, candidate: Candidate) -> int:
        """Return the sectors erased for storing the payload and for the new image.

        Where the device commits in place, the plan of the commit has counted its own.
        """
        flash = self.profile.flash
        stored = flash.whole_sectors(len(candidate.payload)) // flash.sector_bytes
        planned = candidate.parameters.get(ERASES)
        if self.profile.layout.kind is LayoutKind.IN_PLACE and isinstance(planned, int):
            return stored + planned
        return stored + flash.whole_sectors(self.new_bytes) // flash.sector_bytes

    def flash_bytes(self, candidate: Candidate) -> int:
        """Return the flash that the update occupies beside the running image."""
        stored = self.profile.flash.whole_sectors(len(candidate.payload))
        if self.profile.layout.kind is LayoutKind.IN_PLACE:
            return stored + candidate.needs.scratch_flash_bytes
        return (
            stored
            + self.profile.flash.whole_sectors(self.new_bytes)
            + candidate.needs.scratch_flash_bytes
        )

    def _flash_busy_s(self, candidate: Candidate) -> float:
        """Return what storing the payload and staging the new image take, from typical timings."""
        flash = self.profile.flash
        units = sum(
            -(-size // flash.write_unit_bytes) for size in (len(candidate.payload), self.new_bytes)
        )
        erasing_s = self.flash_erases(candidate) * flash.erase_sector_ms / 1e3
        return erasing_s + units * flash.program_unit_us / 1e6


def delivery_of(
    rated: RatedCandidate, circumstances: Circumstances, recipient: Recipient
) -> Delivery:
    """Return the delivery of a candidate to whoever gets it."""
    payload_bytes = len(rated.candidate.payload)
    return Delivery(
        head_bytes=rated.package_bytes - payload_bytes,
        payload_bytes=payload_bytes,
        circumstances=circumstances,
        recipient=recipient,
    )
