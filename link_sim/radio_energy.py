"""How long a radio listens and sends because of an update, as spells of energy.

A class-C LoRa device listens from set-up to the last fragment: that time, and so the server's
pacing, decides its energy. Sending adds the radio's start-up, 2.25 ms each. Cellular radios spend
most in the tail behind the traffic.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from link_sim.cellular.cellular_link import CellularLink
from link_sim.cellular.rrc import Burst, RrcState, state_seconds
from link_sim.contract import Estimate, TransferReport
from link_sim.energy import Part, Spell, spell, spell_at, transmit_state
from link_sim.errors import ImpossibleValueError
from link_sim.link import Link
from link_sim.lora.class_b import BEACON_PERIOD_S, PING_SLOT_S, ping_slots_per_period
from link_sim.lora.link import LorawanLink
from link_sim.lora.listening import AfterUplinks, PingSlots
from link_sim.lora.modulation import RADIO_START_S, LoraFrame
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


_BEACON_S = LoraFrame(
    spreading_factor=9,
    bandwidth_hz=125_000,
    preamble_symbols=10,
    implicit_header=True,
    payload_crc=False,
).time_on_air_s(17)
"""Of the beacon of EU868: 17 bytes at DR3 (regional parameters)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioUse:
    """What the radios did because of one update."""

    duration_s: float
    time_on_air_s: float
    device_time_on_air_s: float
    device_transmissions: int

    @classmethod
    def of(cls, parts: Iterable[Estimate | TransferReport]) -> "RadioUse":
        """Add up the transfers of an update."""
        transfers = tuple(parts)
        return cls(
            duration_s=sum(one.duration_s for one in transfers),
            time_on_air_s=sum(one.time_on_air_s for one in transfers),
            device_time_on_air_s=sum(one.device_time_on_air_s for one in transfers),
            device_transmissions=sum(one.device_transmissions for one in transfers),
        )

    @property
    def heard_s(self) -> float:
        """Seconds in which the other side transmits."""
        return self.time_on_air_s - self.device_time_on_air_s


def radio_spells(link: Link, use: RadioUse, radio: Part, power_dbm: int) -> Sequence[Spell]:
    """Return how an update keeps a device's radio busy, by the kind of the link.

    A BLE radio listens while the other side sends and sleeps between connection events. Class A
    listens in its windows, class B in every ping slot, class C always. A cellular radio goes on
    after the last packet until the network releases it.

    Raises:
        ImpossibleValueError: the part lacks a state that the link needs.
    """
    match link:
        case CellularLink():
            return _cellular_spells(link, use, radio, power_dbm)
        case LorawanLink():
            return _lorawan_spells(link, use, radio, power_dbm)
        case _:
            idle_s = max(use.duration_s - use.time_on_air_s, 0.0)
            return (
                spell(radio, RECEIVE, use.heard_s),
                _sending(radio, power_dbm, use.device_time_on_air_s),
                asleep(radio, idle_s),
            )


def _lorawan_spells(
    link: LorawanLink, use: RadioUse, radio: Part, power_dbm: int
) -> Sequence[Spell]:
    sending_s = use.device_time_on_air_s + use.device_transmissions * RADIO_START_S
    match link.listening:
        case AfterUplinks() as windows:
            routine = class_a_windows(
                radio,
                uplinks=math.ceil(use.duration_s / windows.interval_s),
                uplink_s=windows.uplink_time_on_air_s,
                data_rate=link.uplink_data_rate,
                power_dbm=power_dbm,
            )
        case PingSlots(periodicity=periodicity):
            routine = (spell(radio, RECEIVE, _ping_slots_s(periodicity, use.duration_s)),)
        case _:
            listening_s = max(use.duration_s - sending_s, 0.0)
            return spell(radio, RECEIVE, listening_s), _sending(radio, power_dbm, sending_s)
    awake_s = use.heard_s + sending_s + sum(one.duration_s for one in routine)
    return (
        *routine,
        spell(radio, RECEIVE, use.heard_s),
        _sending(radio, power_dbm, sending_s),
        asleep(radio, max(use.duration_s - awake_s, 0.0)),
    )


def _ping_slots_s(periodicity: int, duration_s: float) -> float:
    """Return what the beacons and ping slots of a while take; empty slots are listened to whole."""
    slots_s = ping_slots_per_period(periodicity) * PING_SLOT_S
    return duration_s / BEACON_PERIOD_S * (_BEACON_S + slots_s)


def _cellular_spells(
    link: CellularLink, use: RadioUse, radio: Part, power_dbm: int
) -> Sequence[Spell]:
    burst = Burst(start_s=0.0, end_s=max(use.duration_s - link.rrc.set_up_s, 0.0))
    end_s = burst.end_s + link.rrc.tail_s + link.rrc.active_s
    states = state_seconds([burst], link.rrc, until_s=end_s)
    return cellular(radio, states, sending_s=use.device_time_on_air_s, power_dbm=power_dbm)


def asleep(part: Part, duration_s: float) -> Spell:
    """Return a spell of sleep."""
    return spell(part, SLEEP, duration_s)


def _sending(radio: Part, power_dbm: int, duration_s: float) -> Spell:
    return spell_at(radio, transmit_state(power_dbm), radio.transmit(power_dbm), duration_s)
