"""EU 863-870 MHz: data rates of RP002, sub-bands of ETSI EN 300 220 under the names K to R.

A downlink of an update belongs into sub-band P: it is the only one with 10 %.
"""

from link_sim.lora.modulation import FskFrame
from link_sim.lora.region import DataRate, Region, Revision, SubBand, lora_rate, lr_fhss_rate

_BOTH_WAYS = {
    0: lora_rate(12, 125_000, 59),
    1: lora_rate(11, 125_000, 59),
    2: lora_rate(10, 125_000, 59),
    3: lora_rate(9, 125_000, 123),
    4: lora_rate(8, 125_000, 250),
    5: lora_rate(7, 125_000, 250),
    6: lora_rate(7, 250_000, 250),
    7: DataRate(modulation=FskFrame(bitrate_bps=50_000), max_mac_payload_bytes=250),
}

_LR_FHSS_UPLINK = {
    8: lr_fhss_rate(137_000, "1/3", 58),
    9: lr_fhss_rate(137_000, "2/3", 123),
    10: lr_fhss_rate(336_000, "1/3", 58),
    11: lr_fhss_rate(336_000, "2/3", 123),
}

EU868 = Region(
    name="EU868",
    revision=Revision.RP002,
    uplink=_BOTH_WAYS | _LR_FHSS_UPLINK,
    downlink=_BOTH_WAYS,
    sub_bands=(
        SubBand(name="K", low_hz=863_000_000, high_hz=865_000_000, duty_cycle_percent=0.1),
        SubBand(name="L", low_hz=865_000_000, high_hz=868_000_000, duty_cycle_percent=1.0),
        SubBand(name="M", low_hz=868_000_000, high_hz=868_600_000, duty_cycle_percent=1.0),
        SubBand(name="N", low_hz=868_700_000, high_hz=869_200_000, duty_cycle_percent=0.1),
        SubBand(name="P", low_hz=869_400_000, high_hz=869_650_000, duty_cycle_percent=10.0),
        SubBand(name="R", low_hz=869_700_000, high_hz=870_000_000, duty_cycle_percent=1.0),
    ),
    rx2_hz=869_525_000,
    rx2_data_rate=0,
)
