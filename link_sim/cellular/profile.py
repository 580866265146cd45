"""Reading the cellular tables of a link profile: `[nbiot]`, `[ltem]`, `[lte]`, `[gsm]`."""

from collections.abc import Mapping

from link_sim.cellular.bearer import Bearer, NbIotBearer
from link_sim.cellular.carriers import (
    GPRS_HEADER_BYTES,
    LTE_HEADER_BYTES,
    LteMCycle,
    RateBearer,
    RepeatedCycle,
)
from link_sim.cellular.coverage import (
    DEFAULT_HYSTERESIS_DB,
    DEFAULT_THRESHOLDS_DBM,
    CoverageThresholds,
)
from link_sim.cellular.coverage_bearer import CoverageBearer
from link_sim.cellular.nbiot import (
    DOWNLINK_TBS_BITS,
    NB2_DOWNLINK_TBS_BITS,
    NB2_UPLINK_TBS_BITS,
    UNITS,
    UPLINK_TBS_BITS,
    DownlinkCycle,
    TbsTable,
    UplinkCycle,
    UplinkTones,
    tbs_bits,
)
from link_sim.cellular.rates import EDGE_SLOT_KBPS, GPRS_SLOT_KBPS
from link_sim.cellular.transport_profile import read_transport
from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields
from link_sim.link import Link, LinkLabel

_CATEGORIES: Mapping[str, tuple[TbsTable, TbsTable]] = {
    "NB1": (DOWNLINK_TBS_BITS, UPLINK_TBS_BITS),
    "NB2": (NB2_DOWNLINK_TBS_BITS, NB2_UPLINK_TBS_BITS),
}
"""Transport block sizes of both directions."""

_MAX_TIMESLOTS_ONE_WAY = 4
"""For the multislot classes 10 and 12 that modules have."""


def read_nbiot_link(label: LinkLabel, section: Fields) -> Link:
    """Build an NB-IoT link.

    Raises:
        ImpossibleValueError: a value that NB-IoT or the transport does not have.
    """
    category = section.literal("category", *_CATEGORIES) if section.has("category") else "NB1"
    tables = _CATEGORIES[category]
    level_0 = _read_level(
        section, tables, section.number("uplink_access_s"), section.number("set_up_s")
    )
    return read_transport(label, section, _read_coverage(section, tables, level_0))


def _read_level(
    section: Fields, tables: tuple[TbsTable, TbsTable], access_s: float, set_up_s: float
) -> NbIotBearer:
    down_table, up_table = tables
    return NbIotBearer(
        down=_read_downlink(section.table("downlink"), down_table),
        up=_read_uplink(section.table("uplink"), up_table),
        uplink_access_s=access_s,
        set_up_s=set_up_s,
    )


def _read_coverage(
    section: Fields, tables: tuple[TbsTable, TbsTable], level_0: NbIotBearer
) -> Bearer:
    """Read the levels beyond the first and the way of the RSRP, if it changes at all."""
    if not section.has("coverage"):
        return level_0
    levels = [level_0]
    for name in ("ce1", "ce2"):
        if section.has(name):
            table = section.table(name)
            levels.append(
                _read_level(
                    table,
                    tables,
                    table.number("uplink_access_s", default=level_0.uplink_access_s),
                    table.number("set_up_s", default=level_0.set_up_s),
                )
            )
            table.finish()
    table = section.table("coverage")
    bearer = CoverageBearer(
        levels=tuple(levels),
        times_s=table.numbers("times_s"),
        rsrp_dbm=table.numbers("rsrp_dbm"),
        thresholds=CoverageThresholds(
            thresholds_dbm=DEFAULT_THRESHOLDS_DBM[: len(levels) - 1],
            hysteresis_db=table.number("hysteresis_db", default=DEFAULT_HYSTERESIS_DB),
        ),
    )
    table.finish()
    return bearer


def read_ltem_link(label: LinkLabel, section: Fields) -> Link:
    """Build an LTE-M link in CE mode A or B.

    Raises:
        ImpossibleValueError: a value that LTE-M or the transport does not have.
    """
    mode = section.literal("mode", "A", "B")
    down, up = (
        _read_ltem_rate(section.table(direction), mode) for direction in ("downlink", "uplink")
    )
    return read_transport(label, section, _rate_bearer(section, down, up, LTE_HEADER_BYTES))


def read_lte_link(label: LinkLabel, section: Fields) -> Link:
    """Build a link over LTE of category 1 and above, by the rates that the cell gives.

    Raises:
        ImpossibleValueError: a value that the link or the transport does not have.
    """
    down, up = section.number("down_kbps"), section.number("up_kbps")
    return read_transport(label, section, _rate_bearer(section, down, up, LTE_HEADER_BYTES))


def read_gsm_link(label: LinkLabel, section: Fields) -> Link:
    """Build a GPRS or EDGE link from a coding scheme and timeslots.

    Raises:
        ImpossibleValueError: no such scheme, or more slots than a module uses at once.
    """
    schemes = {**GPRS_SLOT_KBPS, **EDGE_SLOT_KBPS}
    slot_kbps = schemes[section.literal("scheme", *schemes)]
    down, up = (
        section.integer(key, minimum=1, maximum=_MAX_TIMESLOTS_ONE_WAY)
        for key in ("down_slots", "up_slots")
    )
    bearer = _rate_bearer(section, down * slot_kbps, up * slot_kbps, GPRS_HEADER_BYTES)
    return read_transport(label, section, bearer)


def _rate_bearer(section: Fields, down: float, up: float, header_bytes: int) -> RateBearer:
    return RateBearer(
        down_kbps=down,
        up_kbps=up,
        down_latency_s=section.number("down_latency_s"),
        up_latency_s=section.number("up_latency_s"),
        set_up_s=section.number("set_up_s"),
        header_bytes=header_bytes,
    )


def _read_ltem_rate(table: Fields, mode: str) -> float:
    tbs = table.integer("tbs_bits", minimum=1)
    cycle: LteMCycle | RepeatedCycle
    if table.has("data_repetitions"):
        cycle = RepeatedCycle(
            tbs_bits=tbs,
            mode=mode,
            control_repetitions=table.integer("control_repetitions", minimum=1),
            data_repetitions=table.integer("data_repetitions"),
            ack_repetitions=table.integer("ack_repetitions", minimum=1),
        )
    else:
        cycle = LteMCycle(
            tbs_bits=tbs,
            blocks=table.integer("blocks", minimum=1),
            period_ms=table.number("period_ms"),
        )
    table.finish()
    return cycle.rate_kbps


def _read_downlink(table: Fields, sizes: TbsTable) -> DownlinkCycle:
    units = _units(table, "subframes")
    cycle = DownlinkCycle(
        tbs_bits=tbs_bits(sizes, table.integer("i_tbs"), UNITS.index(units)),
        subframes=units,
        npdcch_repetitions=table.integer("npdcch_repetitions"),
        npdsch_repetitions=table.integer("npdsch_repetitions"),
        ack_repetitions=table.integer("ack_repetitions"),
        npdcch_period_ms=table.number("npdcch_period_ms")
        if table.has("npdcch_period_ms")
        else None,
        usable_share=table.number("usable_share", maximum=1),
    )
    table.finish()
    return cycle


def _read_uplink(table: Fields, sizes: TbsTable) -> UplinkCycle:
    units = _units(table, "resource_units")
    tones = table.integer("tones")
    if tones not in set(UplinkTones):
        raise ImpossibleValueError(f"{table.path}tones", f"{tones} is not one of 1, 3, 6, 12")
    cycle = UplinkCycle(
        tbs_bits=tbs_bits(sizes, table.integer("i_tbs"), UNITS.index(units)),
        resource_units=units,
        tones=UplinkTones(tones),
        npdcch_repetitions=table.integer("npdcch_repetitions"),
        npusch_repetitions=table.integer("npusch_repetitions"),
        npdcch_period_ms=table.number("npdcch_period_ms")
        if table.has("npdcch_period_ms")
        else None,
    )
    table.finish()
    return cycle


def _units(table: Fields, key: str) -> int:
    units = table.integer(key)
    if units not in UNITS:
        raise ImpossibleValueError(
            f"{table.path}{key}", f"{units} is not one of {', '.join(map(str, UNITS))}"
        )
    return units
