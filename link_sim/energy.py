"""What a radio draws: published currents, and the energy of drawing one for a while.

For a LoRa update the listening decides: a class-C device receives from set-up to the last fragment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioCurrents:
    """The supply currents of a radio part."""

    name: str
    supply_v: float
    receive_ma: float
    transmit_ma: Mapping[int, float]
    """By output power in dBm."""
    source: str


RADIO_CURRENTS: Mapping[str, RadioCurrents] = {
    radio.name: radio
    for radio in (
        RadioCurrents(
            name="sx1262",
            supply_v=3.3,
            receive_ma=4.6,
            transmit_ma={14: 89.3, 20: 103.8, 22: 117.9},
            source="Lora-net/SWL2001 ral_sx126x_bsp.c, DC-DC, not boosted",
        ),
        RadioCurrents(
            name="sx1276",
            supply_v=3.3,
            receive_ma=9.9,
            transmit_ma={14: 44.0, 17: 90.0, 20: 125.0},
            source="receive: Semtech data sheet; transmit: LoRaSim (Bor et al. 2016)",
        ),
        RadioCurrents(
            name="nrf52840",
            supply_v=3.0,
            receive_ma=6.26,
            transmit_ma={0: 6.40, 8: 16.40},
            source="Nordic product specification, DC/DC",
        ),
    )
}
"""By the name that device profiles use."""


def radio_currents(name: str) -> RadioCurrents:
    """Return the currents of a radio part.

    Raises:
        ImpossibleValueError: it is not in the table; the message lists what is.
    """
    if name not in RADIO_CURRENTS:
        raise ImpossibleValueError(
            "radio", f"no currents for {name!r} (there are: {', '.join(RADIO_CURRENTS)})"
        )
    return RADIO_CURRENTS[name]


def energy_mj(supply_v: float, current_ma: float, duration_s: float) -> float:
    """Return the energy of a constant current in millijoules."""
    return supply_v * current_ma * duration_s
