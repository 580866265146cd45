"""Cellular models: NB-IoT blocks and cycles, LTE-M, 2G, bulk transfers, billing."""

import math
from collections.abc import Mapping

from link_sim.cellular.nbiot import DOWNLINK_TBS_BITS, UNITS, DownlinkCycle, tbs_bits
from link_sim.cellular.rates import (
    EDGE_SLOT_KBPS,
    GPRS_SLOT_KBPS,
    MAX_TIMESLOTS,
    harq_rate_kbps,
    transfer_s,
)
from link_sim.crosscheck.result import Model, Result
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.tariff import OLIVIA_GRANULE_BYTES, OLIVIA_RECORD_H, billed_bytes


def _nbiot_tbs(inputs: Fields) -> Result:
    i_sf = inputs.integer("i_sf")
    size_bits = tbs_bits(DOWNLINK_TBS_BITS, inputs.integer("i_tbs"), i_sf)
    if inputs.integer("n_sf") != UNITS[i_sf]:
        raise ImpossibleValueError("n_sf", f"I_SF {i_sf} means {UNITS[i_sf]} subframes")
    return size_bits


def _nbiot_dl_rate_1harq(inputs: Fields) -> Result:
    cycle = DownlinkCycle(
        tbs_bits=inputs.integer("tbs"),
        subframes=inputs.integer("n_sf", minimum=1),
        npdcch_repetitions=inputs.integer("r_npdcch"),
        npdsch_repetitions=inputs.integer("r_npdsch"),
        ack_repetitions=inputs.integer("r_ack"),
        npdcch_to_npdsch_ms=inputs.number("npdcch_to_npdsch", default=4),
        npdsch_to_ack_ms=inputs.number("npdsch_to_ack", default=12),
        ack_ms=inputs.number("ack_ms", default=2),
        gap_ms=inputs.number("gap_ms", default=3),
        npdcch_period_ms=inputs.number("npdcch_period") if inputs.has("npdcch_period") else None,
        usable_share=inputs.number("overhead_factor", default=1, maximum=1),
    )
    return {"value": cycle.rate_kbps, "kbps": cycle.rate_kbps, "cycle_ms": cycle.cycle_ms}


def _nbiot_nb2_1harq(inputs: Fields) -> Result:
    return harq_rate_kbps(inputs.integer("tbs"), 1, inputs.number("cycle_ms"))


def _ltem(inputs: Fields) -> Result:
    return harq_rate_kbps(inputs.integer("tbs"), inputs.integer("harq"), inputs.number("period_ms"))


def _gprs_rate(inputs: Fields) -> Result:
    return _slots(inputs) * GPRS_SLOT_KBPS[inputs.literal("cs", *GPRS_SLOT_KBPS)]


def _edge_rate(inputs: Fields) -> Result:
    return _slots(inputs) * EDGE_SLOT_KBPS[inputs.literal("mcs", *EDGE_SLOT_KBPS)]


def _slots(inputs: Fields) -> int:
    return inputs.integer("dl_slots", minimum=1, maximum=MAX_TIMESLOTS)


def _bulk_transfer_time(inputs: Fields) -> Result:
    return transfer_s(inputs.integer("size"), inputs.number("kbps"))


def _billing_rounding(inputs: Fields) -> Result:
    inputs.literal("rule", "olivia: round up to 1000 B per session and per 6 h CDR")
    if inputs.has("bytes_per_6h"):
        records = math.ceil(inputs.number("open_session_h") / OLIVIA_RECORD_H)
        return billed_bytes([inputs.integer("bytes_per_6h")] * records, OLIVIA_GRANULE_BYTES)
    sessions = inputs.integers("bytes")
    if len(sessions) != inputs.integer("sessions"):
        raise ImpossibleValueError("sessions", "must be the number of entries in bytes")
    return billed_bytes(sessions, OLIVIA_GRANULE_BYTES)


MODELS: Mapping[str, Model] = {
    "nbiot_tbs": _nbiot_tbs,
    "nbiot_dl_rate_1harq": _nbiot_dl_rate_1harq,
    "nbiot_nb2_1harq": _nbiot_nb2_1harq,
    "ltem_dl_hd": _ltem,
    "ltem_ul_hd": _ltem,
    "ltem_dl_fd": _ltem,
    "ltem_dl_hd_r14": _ltem,
    "gprs_rate": _gprs_rate,
    "edge_rate": _edge_rate,
    "bulk_transfer_time": _bulk_transfer_time,
    "billing_rounding": _billing_rounding,
}
"""By the name that case files use."""
