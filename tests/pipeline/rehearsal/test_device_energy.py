"""Radio, flash and processor of one update."""

from dataclasses import replace

import pytest

from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.wire.payload_format import PayloadFormat
from link_sim.errors import ImpossibleValueError
from link_sim.links import load_link
from link_sim.radio_energy import RadioUse
from pipeline.rehearsal.device_energy import InstallWork, PoweredDevice, decoder_cycles

DR5 = load_link("eu868-dr5")
USE = RadioUse(
    duration_s=200.0, time_on_air_s=20.0, device_time_on_air_s=0.5, device_transmissions=2
)
WORK = InstallWork(flash_busy_s=0.5, decoder_cycles=80_000_000)


def profile(name: str = "sensor-node") -> DeviceProfile:
    return parse_profile(builtin_profile_text(name))


def test_every_part_of_an_update_counts() -> None:
    energy = PoweredDevice.of(DR5, profile()).energy(USE, WORK)

    assert energy is not None
    sending_s = 0.5 + 2 * 0.00225
    assert energy.by_state() == {
        "processor run": pytest.approx(3.6 * 8.0 * 1.0),
        "processor flash write": pytest.approx(3.6 * 8.0 * 0.5),
        "sx1262 receive": pytest.approx(3.3 * 4.6 * (200 - sending_s)),
        "sx1262 transmit 14 dBm": pytest.approx(3.3 * 89.3 * sending_s),
    }


def test_the_share_of_the_battery_is_that_of_the_charge() -> None:
    device = PoweredDevice.of(DR5, profile())
    energy = device.energy(USE)

    assert energy is not None
    assert device.battery_share(energy) == pytest.approx(energy.charge_mah / 2400)
    assert PoweredDevice.of(DR5, profile("generic")).battery_share(energy) is None


def test_without_a_device_only_the_radio_counts_and_the_usual_one_stands_in() -> None:
    device = PoweredDevice.of(DR5, None)
    energy = device.energy(USE, WORK)

    assert energy is not None
    assert {one.part for one in energy.spells} == {"sx1262"}
    assert device.notes == ("no lorawan radio was named: currents are those of sx1262",)


def test_a_device_whose_radio_is_of_another_kind_gets_one_that_fits_and_it_is_said() -> None:
    device = PoweredDevice.of(load_link("ble-1m"), profile())

    assert device.radio is not None
    assert device.radio.name == "nrf52840"
    assert device.notes == (
        "the device's sx1262 is no ble radio that is known: currents are those of nrf52840",
    )


def test_where_no_currents_are_known_energy_is_left_out_and_it_is_said() -> None:
    device = PoweredDevice.of(load_link("cat1"), profile("generic"))

    assert device.energy(USE) is None
    assert device.notes == ("no currents of a radio for lte are known: energy is left out",)


@pytest.mark.parametrize("name", ["cc1101", "stm32l4", "nrf52840"])
def test_a_radio_that_the_user_names_has_to_fit(name: str) -> None:
    with pytest.raises(ImpossibleValueError, match=name):
        PoweredDevice.of(DR5, None, name)


def test_a_radio_that_the_user_names_goes_before_the_profiles() -> None:
    device = PoweredDevice.of(DR5, replace(profile(), radio="sx1262"), "sx1276")

    assert device.radio is not None
    assert (device.radio.name, device.notes) == ("sx1276", ())


def test_the_decoders_time_is_an_estimate_and_says_so() -> None:
    energy = PoweredDevice.of(DR5, profile()).energy(USE, WORK)

    assert energy is not None
    assert any("estimated from the image's size" in one for one in energy.unconfirmed)
    assert decoder_cycles(PayloadFormat.AIRDELTA, 1000) > decoder_cycles(PayloadFormat.FULL, 1000)
