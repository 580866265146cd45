"""IN 865-867 MHz: no duty cycle, no dwell time limit, no DR6."""

from link_sim.lora.modulation import FskFrame
from link_sim.lora.region import DataRate, Region, Revision, SubBand, lora_rate

_DATA_RATES = {
    0: lora_rate(12, 125_000, 59),
    1: lora_rate(11, 125_000, 59),
    2: lora_rate(10, 125_000, 59),
    3: lora_rate(9, 125_000, 123),
    4: lora_rate(8, 125_000, 250),
    5: lora_rate(7, 125_000, 250),
    7: DataRate(modulation=FskFrame(bitrate_bps=50_000), max_mac_payload_bytes=250),
}

IN865 = Region(
    name="IN865",
    revision=Revision.RP002,
    uplink=_DATA_RATES,
    downlink=_DATA_RATES,
    sub_bands=(
        SubBand(name="ISM", low_hz=865_000_000, high_hz=867_000_000, duty_cycle_percent=100.0),
    ),
    rx2_hz=866_550_000,
    rx2_data_rate=2,
)
