"""Models of whole LoRaWAN updates: multicast bursts, servers, FUOTASim, ns-3, real sessions."""

import math
from collections.abc import Mapping

from link_sim.crosscheck.result import Model, Result, bytes_from, exact_fraction, hz_from_mhz
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.lora.class_b import (
    BEACON_PERIOD_S,
    MAX_PERIODICITY,
    PING_SLOT_S,
    next_ping_slot_s,
    ping_slots_per_period,
)
from link_sim.lora.duty_cycle import FromStartOffTime, OffTime
from link_sim.lora.frame import application_bytes, phy_payload_bytes
from link_sim.lora.pacing import (
    burst_elapsed_s,
    class_b_timeout_exponent,
    class_c_timeout_exponent,
    redundant_fragments,
)
from link_sim.lora.region import Direction, Revision
from link_sim.lora.regions import find_region
from link_sim.lora.regions.eu868 import EU868
from link_sim.transports.ts004 import FRAGMENT_HEADER_BYTES, MAX_FRAGMENT_BYTES, MAX_FRAGMENTS

_TEN_PERCENT = 0.1
"""Duty cycle at 869.525 MHz, where all of these play."""

_FUOTASIM_HEADER_BYTES = 2
"""FUOTASim counts its fragment header into the fragment."""
_FUOTASIM_MAC_BYTES = 8
"""What it counts for LoRaWAN's 13."""
_FUOTASIM_BEACON_BYTES = 17
_FUOTASIM_SLOT_PERIOD_S = 0.96
"""At periodicity 0; doubles with each step."""


def _fuota_multicast_c_elapsed(inputs: Fields) -> Result:
    inputs.literal("pacing", "duty-cycle limited, first frame at t=0")
    region = find_region(inputs.text("region"), Revision.RP002)
    data_rate = region.data_rate(inputs.integer("dr"), Direction.DOWNLINK)
    fragment_bytes = inputs.integer("fragment", minimum=1)
    phy_bytes = phy_payload_bytes(fragment_bytes + FRAGMENT_HEADER_BYTES)
    if fragment_bytes + FRAGMENT_HEADER_BYTES > application_bytes(data_rate.mac_payload_limit()):
        raise ImpossibleValueError("fragment", f"{fragment_bytes} bytes do not fit the data rate")
    duty_cycle = inputs.number("duty_cycle")
    if duty_cycle > region.sub_band_at(hz_from_mhz(inputs, "freq_mhz")).duty_cycle:
        raise ImpossibleValueError("duty_cycle", f"{duty_cycle} is not allowed there")
    fragments = math.ceil(inputs.integer("size", minimum=1) / fragment_bytes)
    redundant = redundant_fragments(fragments, exact_fraction(inputs.number("redundancy")))
    # Only uplinks carry a payload CRC; a downlink with one is what other calculators assume.
    like = Direction.UPLINK if inputs.flag("downlink_crc") else Direction.DOWNLINK
    time_on_air_s = data_rate.time_on_air_s(phy_bytes, like)
    return {
        "elapsed_s": burst_elapsed_s(fragments + redundant, time_on_air_s, OffTime(duty_cycle)),
        "n": fragments,
        "redundancy_frags": redundant,
    }


def _fuota_real_session(inputs: Fields) -> Result:
    data_rate = EU868.data_rate(inputs.integer("dr"), Direction.DOWNLINK)
    fragment_bytes = inputs.integer("fragment_size", minimum=1, maximum=MAX_FRAGMENT_BYTES)
    phy_bytes = phy_payload_bytes(fragment_bytes + FRAGMENT_HEADER_BYTES)
    time_on_air_s = data_rate.time_on_air_s(phy_bytes, Direction.DOWNLINK)
    fragments = inputs.integer("fragments", minimum=1, maximum=MAX_FRAGMENTS)
    # Measured from the start of the first fragment to the start of the last one.
    return burst_elapsed_s(fragments, time_on_air_s, OffTime(_TEN_PERCENT)) - time_on_air_s


def _fuotasim_compat_class_c(inputs: Fields) -> Result:
    inputs.literal("off_time", "9*ToA")
    data_rate = EU868.data_rate(inputs.integer("dr"), Direction.DOWNLINK)
    fragment_bytes = inputs.integer("frag_with_2B_header", minimum=_FUOTASIM_HEADER_BYTES + 1)
    like = Direction.UPLINK if inputs.flag("crc") else Direction.DOWNLINK
    time_on_air_s = data_rate.time_on_air_s(fragment_bytes + inputs.integer("mac_overhead"), like)
    data_bytes = fragment_bytes - _FUOTASIM_HEADER_BYTES
    fragments = math.ceil(inputs.integer("fw_size") / data_bytes)
    return burst_elapsed_s(
        fragments + inputs.integer("redundancy_frags"), time_on_air_s, OffTime(_TEN_PERCENT)
    )


def _fuotasim_compat_class_b(inputs: Fields) -> Result:
    """FUOTASim's clock when its last event is over: the beacon after the last fragment.

    Its slots have a grid of their own: whole slot periods, counted from the end of a fragment, that
    cover 9 times on air. The wait behind a beacon is drawn there; here it is its mean.
    """
    inputs.integer("nodes", minimum=1)  # receive at the same time, however many
    data_rate = EU868.data_rate(inputs.integer("dr"), Direction.DOWNLINK)
    fragment_bytes = inputs.integer("frag", minimum=_FUOTASIM_HEADER_BYTES + 1)
    # FUOTASim adds a CRC to downlinks, beacons among them.
    time_on_air_s = data_rate.time_on_air_s(fragment_bytes + _FUOTASIM_MAC_BYTES, Direction.UPLINK)
    beacon_s = data_rate.time_on_air_s(
        _FUOTASIM_BEACON_BYTES + _FUOTASIM_MAC_BYTES, Direction.UPLINK
    )
    periodicity = inputs.integer("ping_slot_periodicity", maximum=MAX_PERIODICITY)
    slot_period_s = _FUOTASIM_SLOT_PERIOD_S * (1 << periodicity)
    pause_s = (math.floor(9 * time_on_air_s / slot_period_s) + 1) * slot_period_s
    mean_wait_s = ping_slots_per_period(periodicity) / 2 * PING_SLOT_S
    fragments = math.ceil(inputs.integer("fw_size") / (fragment_bytes - _FUOTASIM_HEADER_BYTES))
    beacon_period_s = BEACON_PERIOD_S + beacon_s
    now_s = next_beacon_s = 0.0
    for number in range(fragments + inputs.integer("redundancy_frags")):
        now_s += pause_s if number else 0.0
        if now_s >= next_beacon_s:
            last_beacon_s = math.floor(now_s / beacon_period_s) * beacon_period_s
            now_s = max(now_s, last_beacon_s + beacon_s + mean_wait_s)
            next_beacon_s = last_beacon_s + beacon_period_s
        now_s += time_on_air_s
    return math.ceil(now_s / beacon_period_s) * beacon_period_s


def _ns3_fragment_interval(inputs: Fields) -> Result:
    inputs.literal("off", "9*ToA from start")
    EU868.data_rate(inputs.integer("dr"), Direction.DOWNLINK)  # the time on air is given
    time_on_air_s = inputs.number("toa_ms") / 1000
    ledger = FromStartOffTime(_TEN_PERCENT).open_ledger()
    ledger.book(0.0, time_on_air_s)
    return ledger.earliest_start_s(0.0, time_on_air_s)


def _classb_ping_slot(inputs: Fields) -> Result:
    # Cases write addresses as people do, most significant byte first.
    device_address = bytes_from(inputs, "devaddr")[::-1]
    return next_ping_slot_s(
        inputs.number("after_gps_s"), device_address, inputs.integer("ping_nb", minimum=1)
    )


def _chirpstack_mc_timeout(inputs: Fields) -> Result:
    fragments = inputs.integer("fragments")
    mc_class = inputs.literal("mc_class", "B", "C")
    margin_s = inputs.number("class_c_margin_s", default=5.0)
    if mc_class == "C":
        inputs.has("ping_slot_periodicity")  # null: class C has no ping slots
        return class_c_timeout_exponent(fragments, margin_s)
    return class_b_timeout_exponent(fragments, inputs.integer("ping_slot_periodicity"))


def _redundancy_count(inputs: Fields) -> Result:
    inputs.literal("rule", "aws")
    fragments = math.ceil(inputs.integer("image") / inputs.integer("fragment", minimum=1))
    share = exact_fraction(inputs.number("redundancy_pct")) / 100
    return fragments + redundant_fragments(fragments, share)


MODELS: Mapping[str, Model] = {
    "fuota_multicast_c_elapsed": _fuota_multicast_c_elapsed,
    "fuota_real_session": _fuota_real_session,
    "fuotasim_compat_class_c": _fuotasim_compat_class_c,
    "fuotasim_compat_class_b": _fuotasim_compat_class_b,
    "ns3_fragment_interval": _ns3_fragment_interval,
    "classb_ping_slot": _classb_ping_slot,
    "chirpstack_mc_timeout": _chirpstack_mc_timeout,
    "redundancy_count": _redundancy_count,
}
"""By the name that case files use."""
