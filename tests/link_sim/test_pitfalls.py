"""The nine ways in which link simulators mislead planners, each as tests of ours.

The list is that of the project's survey of peers (FUOTASim, LoRaSim, ns-3's lorawan, ChirpStack,
time-on-air calculators); the numbers say which of its items a class is about.
"""

import itertools
import random
from dataclasses import replace

import pytest

from link_sim.ble.connection import Connection
from link_sim.ble.loss import mean_exchanges_per_event
from link_sim.ble.pdu import Phy, pdu_bytes, pdu_us
from link_sim.ble.smp_link import FlashPace, SmpLink
from link_sim.ble.stack import NCS, SOFTDEVICE, StackRule
from link_sim.cellular.coap_link import CoapLink
from link_sim.cellular.nbiot import DownlinkCycle
from link_sim.cellular.rrc import Burst, RrcState, RrcTimers, state_seconds
from link_sim.energy import EnergyReport
from link_sim.errors import ImpossibleValueError
from link_sim.fleet.plan import DeviceGroup, FleetPlan
from link_sim.fleet.run import run_fleet
from link_sim.links import link_text, load_link, parse_link
from link_sim.lora.campaign import Cell, estimate_campaign, status_answers_heard
from link_sim.lora.duty_cycle import FromStartOffTime, HourWindow, OffTime
from link_sim.lora.frame import LORAWAN_OVERHEAD_BYTES, application_bytes
from link_sim.lora.link import LorawanLink
from link_sim.lora.modulation import RADIO_START_S, LoraFrame
from link_sim.lora.pacing import burst_elapsed_s
from link_sim.lora.path import Path
from link_sim.lora.region import DWELL_LIMIT_S, Direction, Revision
from link_sim.lora.regions import find_region
from link_sim.lora.regions.eu868 import EU868
from link_sim.lora.server_pacing import chirpstack
from link_sim.loss.gilbert_elliott import GilbertElliott
from link_sim.loss.model import Bernoulli, NoLoss
from link_sim.loss.timed import TimedGilbertElliott
from link_sim.parts import find_part
from link_sim.radio_energy import EMPTY_WINDOW_S, always_listening
from link_sim.tariff import DataSession, load_tariff
from link_sim.transfer import transfer
from link_sim.transports.coap import RetransmissionTimers
from link_sim.transports.ts004 import FRAGMENT_HEADER_BYTES, Version
from link_sim.transports.ts004_block import Block
from link_sim.transports.ts004_decoder import (
    LORAMAC_NODE,
    LORAMAC_NODE_2022,
    Decoder,
    DecoderState,
)
from link_sim.transports.ts004_odds import BurstPlan, bursts_of, decode_probability
from link_sim.transports.ts004_parity import parity_mask, parity_row
from tests.link_sim.receivers import Shelf


def lorawan(name: str) -> LorawanLink:
    link = load_link(name)
    assert isinstance(link, LorawanLink)
    return link


def downlink(index: int) -> Path:
    rate = EU868.data_rate(index, Direction.DOWNLINK)
    return Path(
        direction=Direction.DOWNLINK,
        data_rate=rate,
        policy=OffTime(0.1),
        mac_payload_limit_bytes=rate.mac_payload_limit(),
    )


class TestPitfall1ParityMatrix:
    """TS004 v1/v2 row difference; 0- vs 1-based row index; power-of-two modulus; floor(M/2)."""

    def test_the_versions_rows_differ(self) -> None:
        assert parity_mask(3, 32, Version.V1) != parity_mask(3, 32, Version.V2)

    def test_rows_count_from_one(self) -> None:
        first = "".join(map(str, parity_row(1, 26, Version.V1)))

        assert first == "11010011100011001100010110"

    def test_a_power_of_two_takes_the_modulus_above_it(self) -> None:
        row = "".join(map(str, parity_row(1, 16, Version.V1)))

        assert row == "1110110000100101"

    def test_an_odd_count_is_halved_downwards(self) -> None:
        assert sum(parity_row(3, 5, Version.V2)) == 2


class TestPitfall2Frames:
    """Downlink without CRC; LDRO by Tsym; 13 + 3 overhead; N = M - 8; M by revision, dwell..."""

    def test_a_downlink_has_no_payload_crc(self) -> None:
        rate = EU868.data_rate(0, Direction.DOWNLINK)

        assert rate.time_on_air_s(51, Direction.UPLINK) == pytest.approx(2.465792)
        assert rate.time_on_air_s(51, Direction.DOWNLINK) == pytest.approx(2.301952)

    def test_low_data_rate_optimisation_follows_the_symbol_time(self) -> None:
        def optimised(spreading_factor: int, bandwidth_hz: int) -> bool:
            frame = LoraFrame(spreading_factor=spreading_factor, bandwidth_hz=bandwidth_hz)
            return frame.low_data_rate_optimised

        assert optimised(12, 250_000)
        assert optimised(11, 125_000)
        assert not optimised(11, 250_000)
        assert not optimised(12, 500_000)

    def test_a_fragment_carries_13_and_3_bytes_beside_its_data(self) -> None:
        assert LORAWAN_OVERHEAD_BYTES + FRAGMENT_HEADER_BYTES == 16
        assert lorawan("eu868-dr5").max_fragment_bytes == 255 - 16

    def test_the_application_gets_eight_bytes_less_than_the_table_says(self) -> None:
        assert application_bytes(59) == 51

    def test_payload_limits_depend_on_the_revision(self) -> None:
        limits = [
            find_region("AS923", revision).data_rate(2, Direction.DOWNLINK).mac_payload_limit()
            for revision in (Revision.RP001_1_0_2_B, Revision.RP002)
        ]

        assert limits == [59, 123]

    def test_dwell_limits_are_what_fits_into_400_ms(self) -> None:
        for index, rate in find_region("AS923", Revision.RP002).uplink.items():
            limit = rate.mac_payload_limit(dwell_limited=True)
            if 0 < limit < rate.mac_payload_limit() and index < 6:
                assert rate.time_on_air_s(limit + 5, Direction.UPLINK) <= DWELL_LIMIT_S
                assert rate.time_on_air_s(limit + 6, Direction.UPLINK) > DWELL_LIMIT_S

    def test_a_repeater_takes_twenty_bytes(self) -> None:
        rate = EU868.data_rate(5, Direction.DOWNLINK)

        assert rate.mac_payload_limit() - rate.mac_payload_limit(repeater=True) == 20


class TestPitfall3DutyCycle:
    """9x vs 10x ToA vs 1-hour window; 10 % only on 869.4-869.65; gateway-side limit shared..."""

    def test_the_three_conventions_differ(self) -> None:
        exact, from_start, window = (
            burst_elapsed_s(51, 0.394496, policy)
            for policy in (OffTime(0.1), FromStartOffTime(0.1), HourWindow(0.1))
        )

        assert from_start / exact == pytest.approx(0.9, abs=0.01)
        assert window == pytest.approx(51 * 0.394496)

    def test_ten_percent_are_allowed_between_869_4_and_869_65_only(self) -> None:
        allowed = [
            mhz / 1000
            for mhz in range(863_000, 870_000, 25)
            for band in EU868.sub_bands
            if band.low_hz <= mhz * 1000 < band.high_hz and band.duty_cycle_percent == 10
        ]

        assert min(allowed) == 869.4
        assert max(allowed) == 869.625

    def test_set_up_traffic_spends_the_budget_of_the_fragments(self) -> None:
        link = lorawan("eu868-dr0")
        opened = link.open()

        def start_of_first_fragment_s(data: bytes, start_s: float) -> float:
            shelf = Shelf(data, 48)
            transfer(data, 48, shelf, opened, NoLoss(), random.Random(0), start_s=start_s)
            return shelf.arrivals_s[0]

        first = start_of_first_fragment_s(bytes(48), 0.0)
        second = start_of_first_fragment_s(bytes(48), first + 0.1)

        assert second - first > 50  # the silence behind fragment and set-up, not a fresh account

    def test_chirpstacks_margin_applies_per_gateway(self) -> None:
        assert chirpstack(gateways=3).interval_s == 15


class TestPitfall4SetUp:
    """Setup phase can exceed payload time; status answers collide without a random delay."""

    CELL = Cell(
        devices=50,
        unicast=downlink(0),
        multicast=downlink(5),
        uplink=replace(downlink(5), direction=Direction.UPLINK),
        uplink_interval_s=30,
        unicast_duty_cycle=0.1,
        multicast_duty_cycle=0.1,
    )

    def test_the_set_up_of_a_small_delta_exceeds_its_payload(self) -> None:
        estimate = estimate_campaign(self.CELL, fragments=20, fragment_bytes=239)

        assert estimate.set_up_s > estimate.payload_s

    def test_status_answers_collide_without_a_random_delay(self) -> None:
        assert status_answers_heard(self.CELL, 0.0) == 0
        assert status_answers_heard(self.CELL, 2048.0) > 0.98


class TestPitfall5CodedFragments:
    """Bursty loss vs iid in FEC success; decoder RAM cap; out-of-order drop; old firmware."""

    PLAN = BurstPlan(data_fragments=210, coded_fragments=42, version=Version.V1)

    def test_an_independent_model_overstates_success_under_bursts(self) -> None:
        independent = decode_probability(self.PLAN, Bernoulli(0.1), random.Random(1), 500)
        bursty = decode_probability(self.PLAN, bursts_of(0.1, 20), random.Random(1), 500)

        assert independent - bursty > 0.15

    def test_a_decoder_has_room_for_so_many_lost_fragments(self) -> None:
        block = Block.from_bytes(bytes(range(210)), 10)
        decoder = Decoder(21, Version.V1, LORAMAC_NODE)
        for number in [*range(7, 22), *range(22, 60)]:
            decoder.receive(number, block.fragment(number, Version.V1))

        assert decoder.state is DecoderState.OUT_OF_MEMORY

    def test_loramac_node_drops_what_arrives_out_of_order(self) -> None:
        decoder = Decoder(3, Version.V1, LORAMAC_NODE)
        for number in (2, 1, 3):
            decoder.receive(number, bytes(4))

        assert list(decoder.missing()) == [0]

    def test_old_firmware_needs_a_coded_fragment_without_any_loss(self) -> None:
        decoder = Decoder(3, Version.V1, LORAMAC_NODE_2022)
        for number in (1, 2, 3):
            decoder.receive(number, bytes(4))

        assert decoder.state is DecoderState.RECEIVING


class TestPitfall6Ble:
    """Staircase in CI; event closed on loss; encrypted MIC; 2-byte 2M preamble; flash; window..."""

    def connection(self, interval_us: int, stack: StackRule = NCS) -> Connection:
        return Connection(
            phy=Phy.LE_1M, encrypted=True, interval_us=interval_us, att_mtu=247, stack=stack
        )

    def test_a_longer_interval_can_carry_less_per_second(self) -> None:
        rates = [self.connection(us).goodput_bps() for us in range(7_500, 50_001, 1250)]

        assert any(later < earlier for earlier, later in itertools.pairwise(rates))
        assert max(rates) <= 780_800 * 1.001

    def test_a_loss_closes_the_event_so_that_long_intervals_lose_more_than_their_share(
        self,
    ) -> None:
        assert mean_exchanges_per_event(0.1, 20) < 0.5 * 20 * 0.9

    def test_encryption_adds_four_bytes_to_pdus_with_a_payload_only(self) -> None:
        assert (
            pdu_bytes(Phy.LE_1M, 27, encrypted=True) - pdu_bytes(Phy.LE_1M, 27, encrypted=False)
            == 4
        )
        assert pdu_us(Phy.LE_1M, 0, encrypted=True) == pdu_us(Phy.LE_1M, 0, encrypted=False)

    def test_the_preamble_at_2m_has_two_bytes(self) -> None:
        assert pdu_us(Phy.LE_2M, 0, encrypted=False) == (2 + 4 + 2 + 3) * 4

    def test_flash_erases_stall_an_upload(self) -> None:
        link = load_link("ble-2m-smp-window3")
        assert isinstance(link, SmpLink)
        without = replace(link, flash=FlashPace())

        stalled_s, free_s = (one.estimate(100_000).duration_s - 2 for one in (link, without))
        assert stalled_s > 4 * free_s

    def test_a_window_of_one_wastes_connection_events(self) -> None:
        link = load_link("ble-2m-smp")
        assert isinstance(link, SmpLink)
        wider = replace(link, window=4, flash=FlashPace())
        narrow = replace(link, flash=FlashPace())

        assert narrow.estimate(50_000).duration_s > 2.5 * wider.estimate(50_000).duration_s

    def test_a_phone_may_not_grant_the_interval_that_a_profile_wishes(self) -> None:
        """iOS: 15 ms at least; the profile then has to say so, and a shorter one is slower."""
        rates = [self.connection(us, SOFTDEVICE).goodput_bps() for us in (7_500, 15_000)]

        assert rates[0] < rates[1]


class TestPitfall7Cellular:
    """Peak != sustained; NPDCCH period and repetitions; RTT x blocks; tail energy; rounding..."""

    def test_the_sustained_rate_is_a_fraction_of_the_peak(self) -> None:
        cycle = DownlinkCycle(tbs_bits=680, subframes=4, usable_share=0.75)

        peak_kbps = 680 / 4
        assert cycle.rate_kbps == pytest.approx(19.6, rel=0.005)
        assert peak_kbps > 8 * cycle.rate_kbps

    def test_control_period_and_repetitions_stretch_the_cycle(self) -> None:
        plain = DownlinkCycle(tbs_bits=680, subframes=4)

        assert replace(plain, npdcch_period_ms=64).cycle_ms == 64
        assert replace(plain, npdsch_repetitions=16).cycle_ms == plain.cycle_ms + 60

    def test_stop_and_wait_pays_the_round_trip_per_block(self) -> None:
        link = load_link("ltem-hd")
        assert isinstance(link, CoapLink)
        far = replace(link, core_round_trip_s=link.core_round_trip_s + 0.1)

        added_s = far.estimate(102_400).duration_s - link.estimate(102_400).duration_s

        assert added_s == pytest.approx(100 * 0.1)

    def test_the_inactivity_timer_keeps_the_radio_on_after_the_transfer(self) -> None:
        timers = RrcTimers(set_up_s=1.5, inactivity_s=15)

        spent = state_seconds([Burst(start_s=0, end_s=3)], timers, until_s=100)

        assert spent[RrcState.TAIL] > spent[RrcState.ACTIVE]

    def test_rounding_bills_more_than_was_sent(self) -> None:
        assert load_tariff("olivia").billed_bytes([DataSession(bytes_carried=120)] * 3) == 3000

    def test_a_timeout_that_is_too_short_for_the_link_is_refused(self) -> None:
        """10 s fail on NB-IoT, 15 s work (sdk-nrf pull request 2498)."""
        with pytest.raises(ImpossibleValueError, match="ack_timeout_s"):
            parse_link(link_text("nbiot-ce2").replace("ack_timeout_s = 15", "ack_timeout_s = 10"))

    def test_coaps_own_timers_are_those_of_the_rfc(self) -> None:
        timers = RetransmissionTimers()

        assert (timers.max_transmit_span_s, timers.max_transmit_wait_s) == (45, 93)


class TestPitfall8Energy:
    """Per device and per state, class-C listening and idle windows included, 2.2 ms per TX."""

    def test_listening_is_most_of_a_class_c_update(self) -> None:
        link = load_link("eu868-dr5")
        data = bytes(2390)
        report = transfer(data, 239, Shelf(data, 239), link, NoLoss(), random.Random(0))

        energy = EnergyReport.of(
            always_listening(find_part("sx1262"), report, transmissions=1, power_dbm=14)
        )

        assert energy.by_state()["sx1262 receive"] > 0.8 * energy.total_mj

    def test_an_empty_window_is_not_free(self) -> None:
        assert EMPTY_WINDOW_S[0] > EMPTY_WINDOW_S[5] > 0.04

    def test_the_radio_needs_time_to_start(self) -> None:
        assert 0.0021 <= RADIO_START_S <= 0.0023


class TestPitfall9Reproducibility:
    """Seed per process and per device; time-based fades; identical results everywhere."""

    def test_a_seed_reproduces_a_transfer_to_the_last_bit(self) -> None:
        data = bytes(239 * 30)

        def run() -> str:
            link = load_link("eu868-dr5")
            loss = GilbertElliott(p=0.1, r=0.3)
            return repr(transfer(data, 239, Shelf(data, 239), link, loss, random.Random(3)))

        assert run() == run()

    def test_the_draws_of_a_seed_are_the_same_on_every_platform(self) -> None:
        """Frozen: Python's Mersenne Twister and numpy's SFC64 promise their streams."""
        process = TimedGilbertElliott(mean_good_s=5, mean_bad_s=2).start(random.Random(1))
        fates = "".join("01"[process.loses(float(second))] for second in range(40))
        plan = FleetPlan(
            devices=1000,
            fragments=20,
            slot_s=1.0,
            on_air_s=0.1,
            groups=(DeviceGroup(name="all", share=1.0, channel=GilbertElliott(p=0.02, r=0.25)),),
        )

        assert fates == "1111000000001111110000000011000000000000"
        assert run_fleet(plan, seed=1).transmissions == 21758

    def test_fades_last_seconds_and_not_packets(self) -> None:
        model = TimedGilbertElliott(mean_good_s=60, mean_bad_s=20)

        def losses_in_a_row(period_s: float) -> float:
            process = model.start(random.Random(5))
            fates = "".join("01"[process.loses(n * period_s)] for n in range(20_000))
            runs = [run for run in fates.split("0") if run]
            return sum(map(len, runs)) / len(runs)

        assert losses_in_a_row(1.0) > 5 * losses_in_a_row(10.0)
