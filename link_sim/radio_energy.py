"""How long a radio listens and sends because of an update, as spells of energy.

A class-C LoRa device listens from set-up to the last fragment: that time, and so the server's
pacing, decides its energy. Sending adds the radio's start-up, 2.25 ms each. Cellular radios spend
most in the tail behind the traffic.
"""

from collections.abc import Mapping, Sequence

from link_sim.cellular.rrc import RrcState
from link_sim.contract import TransferReport
from link_sim.energy import Part, Spell, spell, spell_at, transmit_state
from link_sim.errors import ImpossibleValueError
from link_sim.lora.modulation import RADIO_START_S
from link_sim.parts import CELLULAR_IDLE, CELLULAR_TAIL, POWER_SAVING, RECEIVE, SET_UP, SLEEP

EMPTY_WINDOW_S: Mapping[int, float] = {
    0: 0.198,
    1: 0.100,
    2: 0.068,
    3: 0.059,
    4: 0.051,
    5: 0.047,
}
"""How long a LoRa radio listens in a receive window that stays empty, by EU868 data rate: medians
measured on an STM32WL (klementc/fuotaa-reprod)."""


def always_listening(
    radio: Part, report: TransferReport, *, transmissions: int, power_dbm: int
) -> Sequence[Spell]:
    """Return the spells of a class-C device, or of a BLE connection that never pauses.

    Args:
        radio: The part.
        report: What the transfer took.
        transmissions: How often the device sent.
        power_dbm: How loud.
    """
    sending_s = report.device_time_on_air_s + transmissions * RADIO_START_S
    return (
        spell(radio, RECEIVE, max(report.duration_s - sending_s, 0.0)),
        _sending(radio, power_dbm, sending_s),
    )


def class_a_windows(
    radio: Part, *, uplinks: int, uplink_s: float, data_rate: int, power_dbm: int
) -> Sequence[Spell]:
    """Return the spells of uplinks whose two receive windows stay empty.

    Raises:
        ImpossibleValueError: no window was measured at that data rate.
    """
    if data_rate not in EMPTY_WINDOW_S:
        raise ImpossibleValueError("data_rate", f"no empty window was measured at DR{data_rate}")
    windows_s = EMPTY_WINDOW_S[data_rate] + EMPTY_WINDOW_S[0]  # RX2 listens at DR0
    return (
        _sending(radio, power_dbm, uplinks * (uplink_s + RADIO_START_S)),
        spell(radio, RECEIVE, uplinks * windows_s),
    )


def cellular(
    radio: Part, states: Mapping[RrcState, float], *, sending_s: float, power_dbm: int
) -> Sequence[Spell]:
    """Return the spells of a cellular radio.

    Args:
        radio: The part.
        states: How long it was in each state (`rrc.state_seconds`).
        sending_s: How much of the active time it sent; the rest it received.
        power_dbm: How loud.
    """
    receiving_s = max(states[RrcState.ACTIVE] - sending_s, 0.0)
    return (
        spell(radio, SET_UP, states[RrcState.SET_UP]),
        _sending(radio, power_dbm, sending_s),
        spell(radio, RECEIVE, receiving_s),
        spell(radio, CELLULAR_TAIL, states[RrcState.TAIL]),
        spell(radio, CELLULAR_IDLE, states[RrcState.IDLE]),
        spell(radio, POWER_SAVING, states[RrcState.POWER_SAVING]),
    )


def asleep(part: Part, duration_s: float) -> Spell:
    """Return a spell of sleep."""
    return spell(part, SLEEP, duration_s)


def _sending(radio: Part, power_dbm: int, duration_s: float) -> Spell:
    return spell_at(radio, transmit_state(power_dbm), radio.transmit(power_dbm), duration_s)
