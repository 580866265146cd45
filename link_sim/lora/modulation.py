"""How long a frame is on the air: LoRa (Semtech AN1200.13, SX126x datasheet) and FSK.

Two things that implementations get wrong are properties here, not inputs to guess: low data rate
optimisation follows the symbol time (16 ms or more: SF11 and SF12 at 125 kHz, SF12 at 250 kHz), and
LoRaWAN downlinks carry no payload CRC. What a radio needs to start (about 2.25 ms per transmission)
is not part of the time on air.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from typing import TypeAlias

from link_sim.errors import ImpossibleValueError

LORA_BANDWIDTHS_HZ = (
    7_812,
    10_417,
    15_625,
    20_833,
    31_250,
    41_667,
    62_500,
    125_000,
    250_000,
    500_000,
)
"""What SX127x and SX126x can be set to (datasheets)."""

MAX_SPREADING_FACTOR = 12
_SHORT_SYMBOL_SPREADING_FACTOR = 6
"""Up to here the data sheets have rules of their own (SX127x 4.1.1.2, SX126x 6.1.4)."""

LORAWAN_PREAMBLE_SYMBOLS = 8
"""LoRaWAN regional parameters, all regions."""

_LOW_DATA_RATE_SYMBOL_S = 0.016
"""Symbols at least this long need low data rate optimisation (SX127x datasheet 4.1.1.6)."""

RADIO_START_S = 0.00225
"""From command to first symbol: 2.1 to 2.3 ms per transmission, measured on an STM32WL."""


@unique
class CodingRate(IntEnum):
    """Redundant symbols per four."""

    CR_4_5 = 1
    CR_4_6 = 2
    CR_4_7 = 3
    CR_4_8 = 4


@unique
class LoraChip(StrEnum):
    """Radio families that differ in preamble and header at SF5 and SF6."""

    SX127X = "sx127x"
    SX126X = "sx126x"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraFrame:
    """The settings of a LoRa transmission; its times are consequences."""

    spreading_factor: int
    bandwidth_hz: int
    coding_rate: CodingRate = CodingRate.CR_4_5
    preamble_symbols: int = LORAWAN_PREAMBLE_SYMBOLS
    implicit_header: bool = False
    payload_crc: bool = True
    low_data_rate: bool | None = None
    """Low data rate optimisation; None follows the symbol time, as radios do."""
    chip: LoraChip = LoraChip.SX127X

    def __post_init__(self) -> None:
        lowest = 5 if self.chip is LoraChip.SX126X else 6
        if not lowest <= self.spreading_factor <= MAX_SPREADING_FACTOR:
            raise ImpossibleValueError(
                "spreading_factor",
                f"{self.spreading_factor} is not in {lowest}..{MAX_SPREADING_FACTOR} ({self.chip})",
            )
        if self.bandwidth_hz not in LORA_BANDWIDTHS_HZ:
            raise ImpossibleValueError("bandwidth_hz", f"no radio has {self.bandwidth_hz} Hz")
        if self._short_symbols and self.chip is LoraChip.SX127X and not self.implicit_header:
            raise ImpossibleValueError("implicit_header", "an SX127x has no explicit header at SF6")

    @property
    def symbol_s(self) -> float:
        """Length of one symbol: 2^SF chips at one chip per hertz."""
        return (1 << self.spreading_factor) / self.bandwidth_hz

    @property
    def low_data_rate_optimised(self) -> bool:
        """Whether two bits per symbol are given up against clock drift."""
        if self.low_data_rate is not None:
            return self.low_data_rate
        return self.symbol_s >= _LOW_DATA_RATE_SYMBOL_S

    @property
    def preamble_s(self) -> float:
        """Programmed symbols, synchronisation word and start of frame."""
        sync_symbols = 6.25 if self._sx126x_short_symbols else 4.25
        return (self.preamble_symbols + sync_symbols) * self.symbol_s

    def payload_symbols(self, phy_payload_bytes: int) -> int:
        """Symbols of header, payload and CRC."""
        sf = self.spreading_factor
        bits = 8 * phy_payload_bytes - 4 * sf + 16 * self.payload_crc
        if self._sx126x_short_symbols:
            bits += 0 if self.implicit_header else 20
            bits_per_block = 4 * sf
        else:
            bits += 28 - 20 * self.implicit_header
            bits_per_block = 4 * (sf - 2 * self.low_data_rate_optimised)
        blocks = max(math.ceil(bits / bits_per_block), 0)
        return 8 + blocks * (self.coding_rate + 4)

    def time_on_air_s(self, phy_payload_bytes: int) -> float:
        """Seconds that a frame of so many bytes occupies the channel."""
        return self.preamble_s + self.payload_symbols(phy_payload_bytes) * self.symbol_s

    @property
    def _short_symbols(self) -> bool:
        return self.spreading_factor <= _SHORT_SYMBOL_SPREADING_FACTOR

    @property
    def _sx126x_short_symbols(self) -> bool:
        return self._short_symbols and self.chip is LoraChip.SX126X


@dataclass(frozen=True, slots=True, kw_only=True)
class FskFrame:
    """The settings of an FSK transmission (LoRaWAN regional parameters: 50 kbit/s)."""

    bitrate_bps: int
    preamble_bytes: int = 5
    sync_bytes: int = 3
    length_bytes: int = 1
    crc_bytes: int = 2

    def time_on_air_s(self, phy_payload_bytes: int) -> float:
        """Seconds that a frame of so many bytes occupies the channel."""
        framing = self.preamble_bytes + self.sync_bytes + self.length_bytes + self.crc_bytes
        return 8 * (phy_payload_bytes + framing) / self.bitrate_bps


@dataclass(frozen=True, slots=True, kw_only=True)
class LrFhss:
    """Long-range frequency hopping; uplink only, and its time on air is not modelled."""

    occupied_bandwidth_hz: int
    coding_rate: str

    def time_on_air_s(self, phy_payload_bytes: int) -> float:
        """Refuse.

        Raises:
            ImpossibleValueError: always.
        """
        raise ImpossibleValueError(
            "data_rate", f"LR-FHSS frames ({phy_payload_bytes} bytes asked for) are not modelled"
        )


Modulation: TypeAlias = LoraFrame | FskFrame | LrFhss
"""What a LoRaWAN data rate can be."""
