"""LoRa models: time on air, payload limits, duty cycle, link budget, and LoRaSim's figures."""

from collections.abc import Mapping

from link_sim.crosscheck.result import Model, Result, hz_from_khz, hz_from_mhz
from link_sim.energy import energy_mj
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.lora.frame import application_bytes, phy_payload_bytes
from link_sim.lora.modulation import RADIO_START_S, CodingRate, FskFrame, LoraChip, LoraFrame
from link_sim.lora.radio_budget import (
    log_distance_path_loss_db,
    pure_aloha_delivery,
    sensitivity_dbm,
)
from link_sim.lora.region import Direction, Revision
from link_sim.lora.regions import find_region
from link_sim.lora.regions.eu868 import EU868
from link_sim.transports.ts004 import FRAGMENT_HEADER_BYTES

_CODING_RATES = {
    "4/5": CodingRate.CR_4_5,
    "4/6": CodingRate.CR_4_6,
    "4/7": CodingRate.CR_4_7,
    "4/8": CodingRate.CR_4_8,
}

_DIRECTION_SUFFIXES = {"UL": Direction.UPLINK, "DL": Direction.DOWNLINK, "": Direction.UPLINK}
"""A region without suffix has the same table both ways, and LR-FHSS in the uplink's."""


def _lora_frame(inputs: Fields) -> LoraFrame:
    return LoraFrame(
        spreading_factor=inputs.integer("sf"),
        bandwidth_hz=hz_from_khz(inputs, "bw_khz"),
        coding_rate=_CODING_RATES[inputs.literal("cr", *_CODING_RATES)],
        preamble_symbols=inputs.integer("preamble"),
        implicit_header=inputs.flag("implicit_header", default=False),
        payload_crc=inputs.flag("crc"),
        low_data_rate=inputs.flag("ldro") if inputs.has("ldro") else None,
        chip=inputs.choice("chip", LoraChip) if inputs.has("chip") else LoraChip.SX127X,
    )


def _lora_toa(inputs: Fields) -> Result:
    return _lora_frame(inputs).time_on_air_s(inputs.integer("phy_payload")) * 1000


def _lora_toa_hw(inputs: Fields) -> Result:
    time_on_air_s = _lora_frame(inputs).time_on_air_s(inputs.integer("phy_payload"))
    return (time_on_air_s + RADIO_START_S) * 1000


def _fsk_toa(inputs: Fields) -> Result:
    frame = FskFrame(
        bitrate_bps=inputs.integer("bitrate", minimum=1),
        preamble_bytes=inputs.integer("preamble"),
        sync_bytes=inputs.integer("sync"),
        length_bytes=inputs.integer("length"),
        crc_bytes=inputs.integer("crc"),
    )
    return frame.time_on_air_s(inputs.integer("phy_payload")) * 1000


def _lorawan_max_payload(inputs: Fields) -> Result:
    name, _, suffix = inputs.text("region").partition("-")
    if suffix not in _DIRECTION_SUFFIXES:
        raise ImpossibleValueError("region", f"{suffix!r} is neither UL nor DL")
    revision = inputs.choice("revision", Revision) if inputs.has("revision") else Revision.RP002
    region = find_region(name, revision)
    data_rate = region.data_rate(inputs.integer("dr"), _DIRECTION_SUFFIXES[suffix])
    mac_bytes = data_rate.mac_payload_limit(
        dwell_limited=inputs.flag("dwell_400ms"), repeater=inputs.flag("repeater")
    )
    usable_bytes = application_bytes(mac_bytes)
    return {
        "M": mac_bytes,
        "N": usable_bytes,
        "phy": phy_payload_bytes(usable_bytes) if usable_bytes else 0,
        "fuota_fragment": max(usable_bytes - FRAGMENT_HEADER_BYTES, 0),
    }


def _eu868_duty_cycle(inputs: Fields) -> Result:
    return EU868.sub_band_at(hz_from_mhz(inputs, "freq_mhz")).duty_cycle_percent


def _lora_sensitivity(inputs: Fields) -> Result:
    inputs.integer("sf", minimum=5, maximum=12)  # the SNR floor says all that it would
    return sensitivity_dbm(
        inputs.number("bw_khz", minimum=1) * 1000,
        inputs.number("nf_db"),
        inputs.number("snr_db", minimum=-100),
    )


def _path_loss_lorasim(inputs: Fields) -> Result:
    return log_distance_path_loss_db(
        inputs.number("d_m"),
        reference_m=inputs.number("d0"),
        reference_loss_db=inputs.number("pl0"),
        exponent=inputs.number("gamma"),
    )


def _uplink_aloha_der(inputs: Fields) -> Result:
    inputs.literal("collision", "simple (any overlap loses both)")
    return pure_aloha_delivery(
        inputs.integer("nodes"),
        inputs.number("mean_interval_ms") / 1000,
        inputs.number("toa_ms") / 1000,
    )


def _lora_tx_energy(inputs: Fields) -> Result:
    return energy_mj(inputs.number("volt"), inputs.number("tx_ma"), inputs.number("toa_ms") / 1000)


MODELS: Mapping[str, Model] = {
    "lora_toa": _lora_toa,
    "lora_toa_hw": _lora_toa_hw,
    "fsk_toa": _fsk_toa,
    "lorawan_max_payload": _lorawan_max_payload,
    "eu868_duty_cycle": _eu868_duty_cycle,
    "lora_sensitivity": _lora_sensitivity,
    "path_loss_lorasim": _path_loss_lorasim,
    "uplink_aloha_der": _uplink_aloha_der,
    "lora_tx_energy": _lora_tx_energy,
}
"""By the name that case files use."""
