"""US 902-928 MHz: 400 ms dwell time on uplinks, which the payload limits respect; no duty cycle."""

from link_sim.lora.region import Region, Revision, SubBand, lora_rate, lr_fhss_rate

US915 = Region(
    name="US915",
    revision=Revision.RP002,
    uplink={
        0: lora_rate(10, 125_000, 19, 19),
        1: lora_rate(9, 125_000, 61, 61),
        2: lora_rate(8, 125_000, 133, 133),
        3: lora_rate(7, 125_000, 250, 250),
        4: lora_rate(8, 500_000, 250, 250),
        5: lr_fhss_rate(1_523_000, "1/3", 58),
        6: lr_fhss_rate(1_523_000, "2/3", 133),
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
        SubBand(name="ISM", low_hz=902_000_000, high_hz=928_000_000, duty_cycle_percent=100.0),
    ),
    rx2_hz=923_300_000,
    rx2_data_rate=8,
)
