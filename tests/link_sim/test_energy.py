"""Currents and the energy of drawing them."""

import pytest

from link_sim.energy import RADIO_CURRENTS, energy_mj, radio_currents
from link_sim.errors import ImpossibleValueError


def test_energy_is_voltage_times_current_times_time() -> None:
    assert energy_mj(3.0, 44, 1.318912) == pytest.approx(174.0964, abs=1e-4)


@pytest.mark.parametrize("name", sorted(RADIO_CURRENTS))
def test_every_radio_names_its_source_and_draws_more_at_higher_power(name: str) -> None:
    radio = radio_currents(name)

    assert radio.source
    by_power = [radio.transmit_ma[dbm] for dbm in sorted(radio.transmit_ma)]
    assert by_power == sorted(by_power)


def test_an_unknown_radio_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ImpossibleValueError, match=r"no currents for 'cc1101'.*sx1262"):
        radio_currents("cc1101")
