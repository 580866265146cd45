"""AU 915-928 MHz: dwell time limited on uplinks by default and not on downlinks; no duty cycle."""

from link_sim.lora.region import Region, Revision, SubBand, lora_rate

AU915 = Region(
    name="AU915",
    revision=Revision.RP002,
    uplink={
        0: lora_rate(12, 125_000, 59, 0),
        1: lora_rate(11, 125_000, 59, 0),
        2: lora_rate(10, 125_000, 59, 19),
        3: lora_rate(9, 125_000, 123, 61),
        4: lora_rate(8, 125_000, 250, 133),
        5: lora_rate(7, 125_000, 250, 250),
        6: lora_rate(8, 500_000, 250, 250),
    },
    downlink={
        8: lora_rate(12, 500_000, 61),
        9: lora_rate(11, 500_000, 137),
        10: lora_rate(10, 500_000, 250),
        11: lora_rate(9, 500_000, 250),
        12: lora_rate(8, 500_000, 250),
        13: lora_rate(7, 500_000, 250),
    },
    sub_bands=(
        SubBand(name="ISM", low_hz=915_000_000, high_hz=928_000_000, duty_cycle_percent=100.0),
    ),
    rx2_hz=923_300_000,
    rx2_data_rate=8,
)
