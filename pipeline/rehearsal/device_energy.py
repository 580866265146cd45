"""What an update costs a device's battery: radio, flash and processor together.

The link says how long the radio listened and sent, the flash model how long it erased and
programmed, whoever decoded how many cycles that took. Currents come from the device profile and,
for the radio, from the part it names.
"""

from dataclasses import dataclass
from typing import Final

from device_apply.flash_model.native_flash import FlashUsage
from device_apply.profile import DeviceProfile
from link_sim.energy import Current, EnergyReport, Part, Spell, spell, spell_at, transmit_state
from link_sim.errors import ImpossibleValueError
from link_sim.parts import FLASH_WRITE, RECEIVE, RUN, find_part

_SUPPLY_V: Final = 3.3
"""Of a processor whose profile names no battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioTime:
    """What the radio did because of the update."""

    session_s: float
    """From the first to the last message; it listens whenever it does not send."""
    sending_s: float


def update_energy(
    profile: DeviceProfile, radio: RadioTime, flash: FlashUsage | None, decoder_cycles: int = 0
) -> EnergyReport:
    """Return the energy of one update on one device, by part and state.

    Args:
        profile: The device. Without a radio in it only flash and processor count.
        radio: What the link did.
        flash: What the flash has been through; None if nothing was installed.
        decoder_cycles: Processor cycles of verifying and decoding, if they are known.

    Raises:
        link_sim.errors.ImpossibleValueError: nobody knows the currents of the device's radio.
    """
    processor = _processor(profile)
    spells = [spell(processor, RUN, decoder_cycles / profile.cpu_hz)]
    if flash is not None:
        spells.append(spell(processor, FLASH_WRITE, flash.busy_s))
    if profile.radio is not None:
        spells += _radio_spells(find_part(profile.radio), radio)
    return EnergyReport.of(spells)


def battery_share(profile: DeviceProfile, energy: EnergyReport) -> float | None:
    """Return the share of the device's battery that an update takes; None without a battery."""
    if profile.battery is None:
        return None
    return energy.battery_share(profile.battery.capacity_mah)


def _processor(profile: DeviceProfile) -> Part:
    active = Current(ma=profile.active_ma, source="device profile")
    supply_v = _SUPPLY_V if profile.battery is None else profile.battery.voltage_v
    return Part(name="processor", supply_v=supply_v, currents={RUN: active, FLASH_WRITE: active})


def _radio_spells(part: Part, radio: RadioTime) -> list[Spell]:
    power_dbm = part.usual_power_dbm
    if power_dbm is None:
        raise ImpossibleValueError("radio", f"{part.name} is no radio")
    listening_s = max(radio.session_s - radio.sending_s, 0.0)
    return [
        spell(part, RECEIVE, listening_s),
        spell_at(part, transmit_state(power_dbm), part.transmit(power_dbm), radio.sending_s),
    ]
