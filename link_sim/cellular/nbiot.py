"""NB-IoT with one HARQ process (Cat-NB1, NB2): transport blocks and the cycles that carry them.

```
downlink cycle = NPDCCH x R | 4 ms | NPDSCH n_sf x R | 12 ms | ACK 2 ms x R | 3 ms
uplink cycle   = NPDCCH x R | 8 ms | NPUSCH n_ru x t_ru x R | 3 ms
```
A cycle starts with a control period, so its length is rounded up to the NPDCCH period where one is
given. Peak rates (TBS over NPDSCH time) are never sustained; the cycle is what counts.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TypeAlias

from link_sim.errors import ImpossibleValueError

UNITS = (1, 2, 3, 4, 5, 6, 8, 10)
"""Subframes (downlink, by I_SF) or resource units (uplink, by I_RU) of a transport block."""

TbsTable: TypeAlias = tuple[tuple[int, ...], ...]
"""Transport block sizes in bits, by I_TBS and by I_SF or I_RU."""

NB2_DOWNLINK_TBS_BITS: TbsTable = (
    (16, 32, 56, 88, 120, 152, 208, 256),
    (24, 56, 88, 144, 176, 208, 256, 344),
    (32, 72, 144, 176, 208, 256, 328, 424),
    (40, 104, 176, 208, 256, 328, 440, 568),
    (56, 120, 208, 256, 328, 408, 552, 680),
    (72, 144, 224, 328, 424, 504, 680, 872),
    (88, 176, 256, 392, 504, 600, 808, 1032),
    (104, 224, 328, 472, 584, 680, 968, 1224),
    (120, 256, 392, 536, 680, 808, 1096, 1352),
    (136, 296, 456, 616, 776, 936, 1256, 1544),
    (144, 328, 504, 680, 872, 1032, 1384, 1736),
    (176, 376, 584, 776, 1000, 1192, 1608, 2024),
    (208, 440, 680, 904, 1128, 1352, 1800, 2280),
    (224, 488, 744, 1032, 1256, 1544, 2024, 2536),
)
"""TS 36.213 table 16.4.1.5.1-1 (Release 14); I_TBS 11 to 13 not in-band."""

NB2_UPLINK_TBS_BITS: TbsTable = (
    (16, 32, 56, 88, 120, 152, 208, 256),
    (24, 56, 88, 144, 176, 208, 256, 344),
    (32, 72, 144, 176, 208, 256, 328, 424),
    (40, 104, 176, 208, 256, 328, 440, 568),
    (56, 120, 208, 256, 328, 408, 552, 680),
    (72, 144, 224, 328, 424, 504, 680, 872),
    (88, 176, 256, 392, 504, 600, 808, 1000),
    (104, 224, 328, 472, 584, 712, 1000, 1224),
    (120, 256, 392, 536, 680, 808, 1096, 1384),
    (136, 296, 456, 616, 776, 936, 1256, 1544),
    (144, 328, 504, 680, 872, 1000, 1384, 1736),
    (176, 376, 584, 776, 1000, 1192, 1608, 2024),
    (208, 440, 680, 1000, 1128, 1352, 1800, 2280),
    (224, 488, 744, 1032, 1256, 1544, 2024, 2536),
)
"""TS 36.213 table 16.5.1.2-2 (Release 14)."""

_NB1_I_TBS = 13
"""Cat-NB1 stops at I_TBS 12."""


def _up_to(table: TbsTable, limit_bits: int) -> TbsTable:
    return tuple(tuple(bits for bits in row if bits <= limit_bits) for row in table[:_NB1_I_TBS])


DOWNLINK_TBS_BITS = _up_to(NB2_DOWNLINK_TBS_BITS, 680)
UPLINK_TBS_BITS = _up_to(NB2_UPLINK_TBS_BITS, 1000)
"""The same tables as far as Cat-NB1 goes."""

NPDSCH_REPETITIONS = (
    *(1 << exponent for exponent in range(8)),
    *(192, 256, 384, 512, 768, 1024, 1536, 2048),
)
"""TS 36.213 table 16.4.1.3-2."""
NPUSCH_REPETITIONS = tuple(1 << exponent for exponent in range(8))
"""TS 36.213 table 16.5.1.1-3."""
NPDCCH_REPETITIONS = tuple(1 << exponent for exponent in range(12))
"""TS 36.213 table 16.6-1: up to Rmax 2048."""

NPUSCH_START_DELAY_MS = 8
"""From the end of the grant to NPUSCH, the shortest of {8, 16, 32, 64} (TS 36.213 16.5.1)."""
UPLINK_GAP_MS = 3
"""From the end of NPUSCH to the next NPDCCH (TS 36.213 16.6)."""


@unique
class UplinkTones(IntEnum):
    """Subcarriers of 15 kHz that an uplink uses."""

    SINGLE = 1
    THREE = 3
    SIX = 6
    TWELVE = 12

    @property
    def resource_unit_ms(self) -> int:
        """Length of a resource unit (TS 36.211 table 10.1.2.3-1)."""
        return {
            UplinkTones.SINGLE: 8,
            UplinkTones.THREE: 4,
            UplinkTones.SIX: 2,
            UplinkTones.TWELVE: 1,
        }[self]


def tbs_bits(table: TbsTable, i_tbs: int, i_unit: int) -> int:
    """Look up a transport block size.

    Raises:
        ImpossibleValueError: the category has no such block.
    """
    if not 0 <= i_tbs < len(table):
        raise ImpossibleValueError("i_tbs", f"{i_tbs} is not in 0..{len(table) - 1}")
    if not 0 <= i_unit < len(table[i_tbs]):
        raise ImpossibleValueError(
            "i_sf", f"{i_unit} is not in 0..{len(table[i_tbs]) - 1} at I_TBS {i_tbs}"
        )
    return table[i_tbs][i_unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownlinkCycle:
    """One downlink transport block with its control and acknowledgement."""

    tbs_bits: int
    subframes: int
    npdcch_repetitions: int = 1
    npdsch_repetitions: int = 1
    ack_repetitions: int = 1
    npdcch_to_npdsch_ms: float = 4
    npdsch_to_ack_ms: float = 12
    ack_ms: float = 2
    gap_ms: float = 3
    npdcch_period_ms: float | None = None
    """Rmax x G; None if the next control period is there when the cycle ends."""
    usable_share: float = 1.0
    """Share of subframes that broadcast and synchronisation leave; 0.75 on a single carrier."""

    def __post_init__(self) -> None:
        check_repetitions("npdcch_repetitions", self.npdcch_repetitions, NPDCCH_REPETITIONS)
        check_repetitions("npdsch_repetitions", self.npdsch_repetitions, NPDSCH_REPETITIONS)
        check_repetitions("ack_repetitions", self.ack_repetitions, NPUSCH_REPETITIONS)
        if not 0 < self.usable_share <= 1:
            raise ImpossibleValueError("usable_share", f"{self.usable_share} is not a share")

    @property
    def transmitting_ms(self) -> float:
        """NPDCCH, NPDSCH and ACK."""
        return (
            self.npdcch_repetitions
            + self.subframes * self.npdsch_repetitions
            + self.ack_ms * self.ack_repetitions
        )

    @property
    def cycle_ms(self) -> float:
        """From one control period to the one that can start the next block."""
        idle_ms = self.npdcch_to_npdsch_ms + self.npdsch_to_ack_ms + self.gap_ms
        return round_up(self.transmitting_ms + idle_ms, self.npdcch_period_ms)

    @property
    def sustained_ms(self) -> float:
        """The same with the subframes that broadcast takes away."""
        return self.cycle_ms / self.usable_share

    @property
    def rate_kbps(self) -> float:
        """Bits per millisecond in the long run."""
        return self.tbs_bits / self.sustained_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkCycle:
    """One uplink transport block with its grant."""

    tbs_bits: int
    resource_units: int
    tones: UplinkTones
    npdcch_repetitions: int = 1
    npusch_repetitions: int = 1
    npdcch_period_ms: float | None = None

    def __post_init__(self) -> None:
        check_repetitions("npdcch_repetitions", self.npdcch_repetitions, NPDCCH_REPETITIONS)
        check_repetitions("npusch_repetitions", self.npusch_repetitions, NPUSCH_REPETITIONS)

    @property
    def transmitting_ms(self) -> float:
        """NPDCCH and NPUSCH."""
        npusch_ms = self.resource_units * self.tones.resource_unit_ms * self.npusch_repetitions
        return self.npdcch_repetitions + npusch_ms

    @property
    def cycle_ms(self) -> float:
        """From one control period to the one that can start the next block."""
        total_ms = self.transmitting_ms + NPUSCH_START_DELAY_MS + UPLINK_GAP_MS
        return round_up(total_ms, self.npdcch_period_ms)


def round_up(duration_ms: float, period_ms: float | None) -> float:
    """Return the duration in whole periods."""
    return math.ceil(duration_ms / period_ms) * period_ms if period_ms else duration_ms


def check_repetitions(field: str, count: int, allowed: tuple[int, ...]) -> None:
    """Refuse a number of repetitions that cannot be signalled.

    Raises:
        ImpossibleValueError: not in the channel's table.
    """
    if count not in allowed:
        raise ImpossibleValueError(field, f"{count} is not one of {', '.join(map(str, allowed))}")
