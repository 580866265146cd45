"""Radios and processors with published currents; figures that nobody confirmed are marked."""

from collections.abc import Mapping

from link_sim.energy import Current, Part, transmit_state
from link_sim.errors import ImpossibleValueError
from link_sim.link import Radio

RECEIVE = "receive"
SLEEP = "sleep"
RUN = "run"
"""A processor computing."""
FLASH_WRITE = "flash write"
"""Erasing or programming its own flash."""
CELLULAR_TAIL = "connected, idle"
"""Connected with nothing to say (cDRX)."""
CELLULAR_IDLE = "eDRX"
POWER_SAVING = "PSM"
SET_UP = "set-up"

_SWL2001 = "Lora-net/SWL2001 ral_sx126x_bsp.c, DC-DC, not boosted"
_SX1276 = "Semtech SX1276 data sheet"
_LORASIM = "LoRaSim (Bor et al. 2016)"
_NRF52840 = "Nordic nRF52840 product specification, DC/DC"
_NRF91 = "Nordic online power profiler notes for nRF9160"
_SIM7000 = "SIM7000 data sheet and the Botletics wiki"


def _unconfirmed(ma: float, source: str) -> Current:
    return Current(ma=ma, source=source, confirmed=False)


_PARTS = (
    Part(
        name="sx1262",
        supply_v=3.3,
        radios=frozenset({Radio.LORAWAN}),
        usual_power_dbm=14,
        currents={
            RECEIVE: Current(ma=4.6, source=_SWL2001),
            transmit_state(14): Current(ma=89.3, source=_SWL2001),
            transmit_state(20): Current(ma=103.8, source=_SWL2001),
            transmit_state(22): Current(ma=117.9, source=_SWL2001),
            SLEEP: _unconfirmed(0.0006, "SX1262 data sheet, warm start"),
        },
    ),
    Part(
        name="sx1276",
        supply_v=3.3,
        radios=frozenset({Radio.LORAWAN}),
        usual_power_dbm=14,
        currents={
            RECEIVE: Current(ma=9.9, source=_SX1276),
            transmit_state(14): Current(ma=44.0, source=_LORASIM),
            transmit_state(17): Current(ma=90.0, source=_LORASIM),
            transmit_state(20): Current(ma=125.0, source=_LORASIM),
            SLEEP: Current(ma=0.0002, source=_SX1276),
        },
    ),
    Part(
        name="nrf52840",
        supply_v=3.0,
        radios=frozenset({Radio.BLE}),
        usual_power_dbm=0,
        currents={
            RECEIVE: Current(ma=6.26, source=_NRF52840),
            transmit_state(0): Current(ma=6.40, source=_NRF52840),
            transmit_state(8): Current(ma=16.40, source=_NRF52840),
            SLEEP: _unconfirmed(0.0015, "nRF52840 product specification, System ON"),
            RUN: _unconfirmed(3.3, "52 uA/MHz at 64 MHz from flash"),
            FLASH_WRITE: _unconfirmed(3.3, "as running"),
        },
    ),
    Part(
        name="nrf9160-ltem",
        supply_v=3.7,
        radios=frozenset({Radio.LTEM}),
        usual_power_dbm=23,
        currents={
            SET_UP: Current(ma=18.9, source=f"{_NRF91}: 105 mJ in 1.5 s"),
            transmit_state(0): Current(ma=45.0, source=_NRF91),
            transmit_state(10): Current(ma=50.0, source=_NRF91),
            transmit_state(23): Current(ma=107.5, source=f"{_NRF91}: 100 to 115 mA"),
            RECEIVE: _unconfirmed(40.0, "below sending at 0 dBm"),
            CELLULAR_TAIL: _unconfirmed(10.0, "average of a connected DRX cycle"),
            CELLULAR_IDLE: Current(ma=0.018, source=f"{_NRF91}: eDRX of 81.92 s"),
            POWER_SAVING: Current(ma=0.0027, source=_NRF91),
        },
    ),
    Part(
        name="nrf9160-nbiot",
        supply_v=3.7,
        radios=frozenset({Radio.NBIOT}),
        usual_power_dbm=23,
        currents={
            SET_UP: Current(ma=55.1, source=f"{_NRF91}: 550 mJ in 2.7 s"),
            transmit_state(0): Current(ma=37.5, source=f"{_NRF91}: 35 to 40 mA"),
            transmit_state(10): Current(ma=42.5, source=f"{_NRF91}: 40 to 45 mA"),
            transmit_state(23): _unconfirmed(100.0, "as on LTE-M"),
            RECEIVE: _unconfirmed(35.0, "below sending at 0 dBm"),
            CELLULAR_TAIL: _unconfirmed(10.0, "average of a connected DRX cycle"),
            CELLULAR_IDLE: Current(ma=0.037, source=f"{_NRF91}: eDRX of 81.92 s"),
            POWER_SAVING: Current(ma=0.0027, source=_NRF91),
        },
    ),
    Part(
        name="sim7000",
        supply_v=3.8,
        radios=frozenset({Radio.LTEM, Radio.NBIOT, Radio.GSM}),
        usual_power_dbm=23,
        currents={
            SET_UP: _unconfirmed(109.0, "as sending at 10 dBm"),
            transmit_state(10): Current(ma=109.0, source=_SIM7000),
            transmit_state(23): Current(ma=167.0, source=_SIM7000),
            RECEIVE: _unconfirmed(60.0, "between idle and sending"),
            CELLULAR_TAIL: Current(ma=11.0, source=f"{_SIM7000}: idle"),
            CELLULAR_IDLE: _unconfirmed(1.0, "eDRX of 81.92 s"),
            POWER_SAVING: Current(ma=0.009, source=_SIM7000),
        },
    ),
    Part(
        name="bg96",
        supply_v=3.8,
        radios=frozenset({Radio.LTEM, Radio.NBIOT, Radio.GSM}),
        usual_power_dbm=23,
        currents={
            SET_UP: _unconfirmed(120.0, "class of the SIM7000"),
            transmit_state(23): _unconfirmed(190.0, "BG96 hardware design, LTE-M data transfer"),
            RECEIVE: _unconfirmed(60.0, "class of the SIM7000"),
            CELLULAR_TAIL: _unconfirmed(16.0, "BG96 hardware design, idle"),
            CELLULAR_IDLE: _unconfirmed(1.1, "BG96 hardware design, eDRX of 81.92 s"),
            POWER_SAVING: _unconfirmed(0.010, "BG96 hardware design"),
        },
    ),
    Part(
        name="stm32l0",
        supply_v=3.0,
        currents={
            RUN: _unconfirmed(2.8, "88 uA/MHz at 32 MHz, STM32L0 data sheets"),
            FLASH_WRITE: _unconfirmed(3.5, "run and about 0.7 mA for programming"),
            SLEEP: _unconfirmed(0.0008, "STOP mode with RTC"),
        },
    ),
    Part(
        name="stm32l4",
        supply_v=3.0,
        currents={
            RUN: Current(ma=8.0, source="STM32L476 data sheet: 100 uA/MHz in run mode, 80 MHz"),
            FLASH_WRITE: _unconfirmed(11.4, "run and about 3.4 mA for erasing and programming"),
            SLEEP: _unconfirmed(0.0011, "STOP 2 mode"),
        },
    ),
)

PARTS: Mapping[str, Part] = {part.name: part for part in _PARTS}
"""By the name that device profiles use."""


USUAL_RADIOS: Mapping[Radio, str] = {
    Radio.LORAWAN: "sx1262",
    Radio.BLE: "nrf52840",
    Radio.NBIOT: "nrf9160-nbiot",
    Radio.LTEM: "nrf9160-ltem",
    Radio.GSM: "sim7000",
}
"""What stands in where nobody names a radio. Nobody published figures for category 1."""


def radio_for(kind: Radio, name: str | None) -> Part | None:
    """Return the radio part of a name, or the usual one of its kind; None if there is none.

    Raises:
        ImpossibleValueError: nobody knows the part, or it is no radio of that kind.
    """
    if name is None:
        return PARTS[USUAL_RADIOS[kind]] if kind in USUAL_RADIOS else None
    part = find_part(name)
    if kind not in part.radios:
        fitting = ", ".join(part.name for part in PARTS.values() if kind in part.radios) or "none"
        raise ImpossibleValueError("radio", f"{name} is no {kind} radio (known are: {fitting})")
    return part


def find_part(name: str) -> Part:
    """Return a radio or a processor.

    Raises:
        ImpossibleValueError: it is not in the table; the message lists what is.
    """
    if name not in PARTS:
        raise ImpossibleValueError(
            "part", f"no currents for {name!r} (there are: {', '.join(PARTS)})"
        )
    return PARTS[name]
