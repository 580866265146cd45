"""Radio, flash and processor of one update."""

from dataclasses import replace

import pytest

from device_apply.flash_model.native_flash import FlashUsage
from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from link_sim.errors import ImpossibleValueError
from pipeline.rehearsal.device_energy import RadioTime, battery_share, update_energy

FLASH = FlashUsage(traps=0, erased_sectors=4, programmed_bytes=8000, operations=500, busy_s=0.5)
RADIO = RadioTime(session_s=200.0, sending_s=0.5)


def profile(name: str = "sensor-node") -> DeviceProfile:
    return parse_profile(builtin_profile_text(name))


def test_every_part_of_an_update_counts() -> None:
    device = profile()

    energy = update_energy(device, RADIO, FLASH, decoder_cycles=80_000_000)

    assert energy.by_state() == {
        "processor run": pytest.approx(3.6 * 8.0 * 1.0),
        "processor flash write": pytest.approx(3.6 * 8.0 * 0.5),
        "sx1262 receive": pytest.approx(3.3 * 4.6 * 199.5),
        "sx1262 transmit 14 dBm": pytest.approx(3.3 * 89.3 * 0.5),
    }


def test_the_share_of_the_battery_is_that_of_the_charge() -> None:
    device = profile()
    energy = update_energy(device, RADIO, FLASH)

    assert battery_share(device, energy) == pytest.approx(energy.charge_mah / 2400)
    assert battery_share(profile("generic"), energy) is None


def test_a_device_without_a_radio_still_pays_for_its_flash() -> None:
    energy = update_energy(replace(profile(), radio=None), RADIO, FLASH)

    assert list(energy.by_state()) == ["processor flash write"]


@pytest.mark.parametrize("name", ["cc1101", "stm32l4"])
def test_a_radio_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ImpossibleValueError):
        update_energy(replace(profile(), radio=name), RADIO, None)
