"""AS 923 MHz in two revisions, which disagree about the payload of DR2.

LoRaWAN itself imposes 1 % on 923.0 to 923.5 MHz; what holds elsewhere is up to each country.
"""

from collections.abc import Mapping
from dataclasses import replace

from link_sim.lora.modulation import FskFrame
from link_sim.lora.region import DataRate, Region, Revision, SubBand, lora_rate

_DATA_RATES: Mapping[int, DataRate] = {
    0: lora_rate(12, 125_000, 59, 0),
    1: lora_rate(11, 125_000, 59, 0),
    2: lora_rate(10, 125_000, 123, 19),
    3: lora_rate(9, 125_000, 123, 61),
    4: lora_rate(8, 125_000, 250, 133),
    5: lora_rate(7, 125_000, 250, 250),
    6: lora_rate(7, 250_000, 250, 250),
    7: DataRate(
        modulation=FskFrame(bitrate_bps=50_000),
        max_mac_payload_bytes=250,
        max_mac_payload_dwell_bytes=250,
    ),
}

AS923 = Region(
    name="AS923",
    revision=Revision.RP002,
    uplink=_DATA_RATES,
    downlink=_DATA_RATES,
    sub_bands=(
        SubBand(name="below", low_hz=915_000_000, high_hz=923_000_000, duty_cycle_percent=100.0),
        SubBand(name="join", low_hz=923_000_000, high_hz=923_500_000, duty_cycle_percent=1.0),
        SubBand(name="above", low_hz=923_500_000, high_hz=928_000_000, duty_cycle_percent=100.0),
    ),
    rx2_hz=923_200_000,
    rx2_data_rate=2,
)

_OLDER_DATA_RATES = {**_DATA_RATES, 2: lora_rate(10, 125_000, 59, 19)}

AS923_RP001_1_0_2_B = replace(
    AS923,
    revision=Revision.RP001_1_0_2_B,
    uplink=_OLDER_DATA_RATES,
    downlink=_OLDER_DATA_RATES,
)
