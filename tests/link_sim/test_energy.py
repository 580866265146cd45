"""Energy as a sum over states; published currents; what a radio does because of an update."""

import random

import pytest

from link_sim.cellular.rrc import Burst, RrcTimers, state_seconds
from link_sim.contract import TransferReport
from link_sim.energy import EnergyReport, energy_mj, spell
from link_sim.errors import ImpossibleValueError
from link_sim.link import Radio
from link_sim.links import link_text, load_link, parse_link
from link_sim.loss.model import NoLoss
from link_sim.parts import (
    CELLULAR_IDLE,
    CELLULAR_TAIL,
    FLASH_WRITE,
    PARTS,
    RECEIVE,
    RUN,
    find_part,
    radio_for,
)
from link_sim.radio_energy import (
    RadioUse,
    always_listening,
    asleep,
    cellular,
    class_a_windows,
    radio_spells,
)
from link_sim.transfer import transfer
from tests.link_sim.receivers import Shelf

SX1262 = find_part("sx1262")


def report(name: str, size_bytes: int) -> TransferReport:
    link = load_link(name)
    data = random.Random(1).randbytes(size_bytes)
    size = link.max_fragment_bytes
    return transfer(data, size, Shelf(data, size), link, NoLoss(), random.Random(1))


def listening_mj(name: str, size_bytes: int = 10_000) -> float:
    spells = always_listening(SX1262, report(name, size_bytes), transmissions=2, power_dbm=14)
    return EnergyReport.of(spells).total_mj


def test_energy_is_voltage_times_current_times_time() -> None:
    assert energy_mj(3.0, 44, 1.318912) == pytest.approx(174.0964, abs=1e-4)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_current_has_a_source_and_sending_louder_draws_more(name: str) -> None:
    part = find_part(name)

    assert all(current.source and current.ma >= 0 for current in part.currents.values())
    powers = sorted(
        int(state.split()[1]) for state in part.currents if state.startswith("transmit")
    )
    by_power = [part.transmit(dbm).ma for dbm in powers]
    assert by_power == sorted(by_power)
    assert part.usual_power_dbm in powers if powers else part.usual_power_dbm is None


def test_an_unknown_part_or_state_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ImpossibleValueError, match=r"no currents for 'cc1101'.*sx1262"):
        find_part("cc1101")
    with pytest.raises(ImpossibleValueError, match=r"sx1262 has no 'run'.*receive"):
        SX1262.current(RUN)
    with pytest.raises(ImpossibleValueError, match="22 dBm at most"):
        SX1262.transmit(30)


def test_a_class_c_update_is_paid_by_listening() -> None:
    spells = always_listening(SX1262, report("eu868-dr5", 10_000), transmissions=1, power_dbm=14)
    shares = EnergyReport.of(spells).by_state()

    assert shares["sx1262 receive"] > 100 * shares["sx1262 transmit 14 dBm"]


def test_twice_the_session_time_is_twice_the_energy_so_pacing_sets_it() -> None:
    assert listening_mj("eu868-dr5-chirpstack") > 1.2 * listening_mj("eu868-dr5-fuota")
    assert listening_mj("eu868-dr0") > 20 * listening_mj("eu868-dr5")


def test_energy_counts_one_device_and_not_the_network() -> None:
    """FUOTASim sums over its nodes; 20 of them made its figures 20 times ours."""
    one = report("eu868-dr5", 5000)

    mj = EnergyReport.of(always_listening(SX1262, one, transmissions=1, power_dbm=14)).total_mj

    assert mj == pytest.approx(3.3 * 4.6 * one.duration_s, rel=0.2)


def test_every_transmission_adds_the_radios_start_up() -> None:
    base = report("eu868-dr5", 1000)
    few, many = (
        EnergyReport.of(always_listening(SX1262, base, transmissions=count, power_dbm=14))
        for count in (1, 101)
    )

    assert many.total_mj - few.total_mj == pytest.approx(100 * 0.00225 * 3.3 * (89.3 - 4.6))


def test_idle_windows_are_part_of_what_an_uplink_costs() -> None:
    spells = class_a_windows(SX1262, uplinks=10, uplink_s=0.06, data_rate=5, power_dbm=14)

    assert EnergyReport.of(spells).by_state()["sx1262 receive"] == pytest.approx(
        10 * (0.047 + 0.198) * 4.6 * 3.3
    )


def test_a_window_that_nobody_measured_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="DR6"):
        class_a_windows(SX1262, uplinks=1, uplink_s=0.1, data_rate=6, power_dbm=14)


def test_the_inactivity_timer_costs_more_than_a_small_transfer() -> None:
    radio = find_part("nrf9160-ltem")
    bursts = [Burst(start_s=0, end_s=1)]

    def total(timers: RrcTimers) -> float:
        states = state_seconds(bursts, timers, until_s=3600)
        return EnergyReport.of(cellular(radio, states, sending_s=0.2, power_dbm=23)).total_mj

    released = total(RrcTimers(set_up_s=1.5, inactivity_s=20, release_assistance=True, release_s=0))
    kept = total(RrcTimers(set_up_s=1.5, inactivity_s=20))

    assert kept > 2 * released


def test_unconfirmed_figures_are_named_once_each() -> None:
    part = find_part("stm32l4")
    energy = EnergyReport.of(
        [spell(part, FLASH_WRITE, 1), spell(part, FLASH_WRITE, 2), spell(part, RUN, 1)]
    )

    assert len(energy.unconfirmed) == 1
    assert "stm32l4 flash write: 11.4 mA is unconfirmed" in energy.unconfirmed[0]


def test_a_battery_share_is_charge_over_capacity() -> None:
    energy = EnergyReport.of([spell(SX1262, RECEIVE, 3600)])

    assert energy.charge_mah == pytest.approx(4.6)
    assert energy.battery_share(2300) == pytest.approx(0.002)
    with pytest.raises(ImpossibleValueError, match="capacity"):
        energy.battery_share(0)


def spells_of(name: str, size_bytes: int = 5000) -> dict[str, float]:
    """Return the seconds in each state of the usual radio's part, for one update over a link."""
    link = load_link(name)
    radio = radio_for(link.label.radio, None)
    assert radio is not None
    assert radio.usual_power_dbm is not None
    use = RadioUse.of([link.estimate(size_bytes)])
    seconds: dict[str, float] = {}
    for one in radio_spells(link, use, radio, radio.usual_power_dbm):
        seconds[one.state] = seconds.get(one.state, 0.0) + one.duration_s
    return seconds


class TestARadioIsBusyAsItsLinkHasIt:
    @pytest.mark.parametrize(
        "name", ["eu868-dr5", "eu868-dr5-class-a", "eu868-dr3-class-b", "ble-1m", "ble-2m-smp"]
    )
    def test_every_second_of_a_transfer_is_in_one_state(self, name: str) -> None:
        duration_s = load_link(name).estimate(5000).duration_s

        assert sum(spells_of(name).values()) == pytest.approx(duration_s, rel=0.02)

    def test_class_c_listens_always_class_b_in_slots_class_a_in_windows(self) -> None:
        shares = []
        for name in ("eu868-dr3", "eu868-dr3-class-b", "eu868-dr5-class-a"):
            seconds = spells_of(name)
            shares.append(seconds[RECEIVE] / sum(seconds.values()))

        assert shares[0] > 0.99 > shares[1] > 0.01 > shares[2]

    def test_a_cellular_radio_stays_connected_behind_the_last_packet(self) -> None:
        seconds = spells_of("ltem-hd")

        assert seconds[CELLULAR_TAIL] == 20
        assert seconds["set-up"] == 1.5

    def test_release_assistance_and_the_active_timer_come_from_the_profile(self) -> None:
        text = link_text("ltem-hd").replace(
            "inactivity_s = 20", "inactivity_s = 20\nrelease_assistance = true\nactive_s = 60"
        )
        link = parse_link(text)
        radio = find_part("nrf9160-ltem")
        use = RadioUse.of([link.estimate(5000)])

        states = {one.state: one.duration_s for one in radio_spells(link, use, radio, 23)}

        assert states[CELLULAR_TAIL] == 1
        assert states[CELLULAR_IDLE] == pytest.approx(60)

    def test_a_slower_pace_in_ble_costs_sleep_and_not_listening(self) -> None:
        windowed, stop_and_wait = spells_of("ble-2m-smp-window3"), spells_of("ble-2m-smp")

        assert sum(stop_and_wait.values()) > 1.5 * sum(windowed.values())
        assert stop_and_wait[RECEIVE] < 1.5 * windowed[RECEIVE]

    @pytest.mark.parametrize(
        ("kind", "name", "part"),
        [
            (Radio.LORAWAN, None, "sx1262"),
            (Radio.LORAWAN, "sx1276", "sx1276"),
            (Radio.GSM, None, "sim7000"),
            (Radio.LTE, None, None),
        ],
    )
    def test_a_radio_is_the_named_one_or_the_usual_one(
        self, kind: Radio, name: str | None, part: str | None
    ) -> None:
        found = radio_for(kind, name)

        assert (None if found is None else found.name) == part

    def test_a_radio_of_another_kind_is_refused_with_those_that_fit(self) -> None:
        with pytest.raises(ImpossibleValueError, match=r"sx1262 is no ble radio.*nrf52840"):
            radio_for(Radio.BLE, "sx1262")


def test_time_cannot_be_negative() -> None:
    with pytest.raises(ImpossibleValueError, match="duration_s"):
        asleep(SX1262, -1)
