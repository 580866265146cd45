"""What an update costs a device's battery: radio, flash and processor together.

The link says how long the radio listened and sent, the flash model how long it erased and
programmed, and the image's size how long the processor decoded. Currents come from the device
profile and, for the radio, from the part it names; without one the usual part for the link stands
in. Whatever is not known is left out, and `notes` says so.
"""

from dataclasses import dataclass
from typing import Final, Self

from device_apply.profile import Battery, DeviceProfile
from device_apply.wire.payload_format import PayloadFormat
from link_sim.energy import Current, EnergyReport, Part, Spell, spell
from link_sim.errors import ImpossibleValueError, LinkError
from link_sim.link import Link
from link_sim.parts import FLASH_WRITE, RUN, radio_for
from link_sim.radio_energy import RadioUse, radio_spells

_SUPPLY_V: Final = 3.3
"""Of a processor whose profile names no battery."""

_CYCLES_PER_BYTE: Final = {PayloadFormat.AIRDELTA: 500}
_OTHER_CYCLES_PER_BYTE: Final = 100
"""Of the new image, for the rehearsal and the staging together. For airdelta it is twice what
`bench/instructions.py` counts per pass in the median pair, at one cycle each; the others copy and
decompress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallWork:
    """What a device does beside listening."""

    flash_busy_s: float
    decoder_cycles: int


def decoder_cycles(payload_format: PayloadFormat, new_bytes: int) -> int:
    """Estimate what decoding an image of `new_bytes` takes, rehearsal and staging together."""
    return new_bytes * _CYCLES_PER_BYTE.get(payload_format, _OTHER_CYCLES_PER_BYTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoweredDevice:
    """A device as its battery sees it, on one link."""

    link: Link
    radio: Part | None
    processor: Part | None
    """None without a device profile: only the radio counts then."""
    cpu_hz: int
    battery: Battery | None
    notes: tuple[str, ...]
    """What stands in, and what is left out."""

    @classmethod
    def of(cls, link: Link, profile: DeviceProfile | None, radio_name: str | None = None) -> Self:
        """Put a device together; `radio_name` goes before what the profile says.

        Raises:
            ImpossibleValueError: `radio_name` is no radio for this link.
        """
        kind = link.label.radio
        notes = []
        named = radio_name or (None if profile is None else profile.radio)
        reason = f"no {kind} radio was named"
        try:
            radio = radio_for(kind, named)
        except ImpossibleValueError:
            if radio_name is not None:
                raise
            radio = radio_for(kind, None)
            reason = f"the device's {named} is no {kind} radio that is known"
            named = None
        if radio is None:
            notes.append(f"no currents of a radio for {kind} are known: energy is left out")
        elif named is None:
            notes.append(f"{reason}: currents are those of {radio.name}")
        return cls(
            link=link,
            radio=radio,
            processor=None if profile is None else _processor(profile),
            cpu_hz=0 if profile is None else profile.cpu_hz,
            battery=None if profile is None else profile.battery,
            notes=tuple(notes),
        )

    def energy(self, use: RadioUse, work: InstallWork | None = None) -> EnergyReport | None:
        """Return where the energy of one update goes; None if the radio's is not known."""
        if self.radio is None or self.radio.usual_power_dbm is None:
            return None
        try:
            radio = radio_spells(self.link, use, self.radio, self.radio.usual_power_dbm)
        except LinkError:
            return None  # such as a data rate whose empty windows nobody has measured
        return EnergyReport.of([*radio, *self._install_spells(work)])

    def battery_share(self, energy: EnergyReport) -> float | None:
        """Return the share of the device's battery that an update takes; None without one."""
        if self.battery is None:
            return None
        return energy.battery_share(self.battery.capacity_mah)

    def _install_spells(self, work: InstallWork | None) -> list[Spell]:
        if work is None or self.processor is None:
            return []
        return [
            spell(self.processor, FLASH_WRITE, work.flash_busy_s),
            spell(self.processor, RUN, work.decoder_cycles / self.cpu_hz),
        ]


def _processor(profile: DeviceProfile) -> Part:
    active = Current(ma=profile.active_ma, source="device profile")
    estimated = Current(
        ma=profile.active_ma,
        source="device profile; the time is estimated from the image's size",
        confirmed=False,
    )
    supply_v = _SUPPLY_V if profile.battery is None else profile.battery.voltage_v
    return Part(name="processor", supply_v=supply_v, currents={RUN: estimated, FLASH_WRITE: active})
