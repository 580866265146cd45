"""Our times beside FUOTASim's, and our collisions beside LoRaSim's: the tables of docs/LINKS.md.

    python bench/simulators.py

The figures of the other two are those of their own runs (FUOTASim a225671, LoRaSim 392d23a). Column
`rebuilt` is their arithmetic put together from our parts: where it equals theirs, the difference to
ours is theirs to explain, and docs/LINKS.md does. Exit code 1 if a rebuilt figure differs.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from link_sim.crosscheck.models import MODELS
from link_sim.fields import Fields
from link_sim.lora.cell import Propagation, UplinkLoad, delivery_ratio, place_devices
from link_sim.lora.duty_cycle import OffTime
from link_sim.lora.frame import LORAWAN_OVERHEAD_BYTES
from link_sim.lora.modulation import LoraFrame
from link_sim.lora.pacing import burst_elapsed_s
from link_sim.lora.radio_budget import pure_aloha_delivery
from link_sim.lora.region import Direction
from link_sim.lora.regions.eu868 import EU868
from link_sim.transports.ts004 import FRAGMENT_HEADER_BYTES

FUOTASIM_HEADER_BYTES: Final = 2
FUOTASIM_CLASS_C: Final = (
    (0, 5000, 50, 10, 3000.410),
    (1, 5000, 50, 10, 1593.676),
    (2, 5000, 50, 10, 750.103),
    (3, 5000, 50, 10, 421.787),
    (5, 5000, 50, 10, 128.814),
    (5, 100_000, 200, 100, 1984.341),
    (3, 10_000, 100, 20, 726.427),
)
"""Data rate, firmware bytes, fragment bytes with its header, redundant fragments, seconds."""
FUOTASIM_CLASS_B: Final = ((5, 5000, 50, 10, 256.123), (3, 5000, 50, 10, 512.823))
LORASIM: Final = (
    (100, 0.7717, 0.8172),
    (250, 0.5199, 0.5926),
    (500, None, 0.3637),
    (1000, 0.0726, 0.1694),
)
"""Nodes, share delivered where any overlap loses both frames, share with capture."""

SF12: Final = LoraFrame(spreading_factor=12, bandwidth_hz=125_000)
LORASIM_BYTES: Final = 20
LORASIM_INTERVAL_S: Final = 1000.0
LORASIM_RADIUS_M: Final = 359.67
"""Where 14 dBm reach LoRaSim's sensitivity of -133.25 dBm."""
CAPTURE_DB: Final = 6.0
FRAMES: Final = 12_000
SAME_S: Final = 0.01


def main() -> int:
    """Print both tables; return 1 if we cannot rebuild a figure of FUOTASim."""
    print("| DR | fw | frag | red | FUOTASim s | rebuilt s | ours s |")
    print("|---|---|---|---|---|---|---|")
    differences = 0
    for data_rate, size, fragment, redundant, theirs in FUOTASIM_CLASS_C:
        rebuilt = _rebuilt("fuotasim_compat_class_c", data_rate, size, fragment, redundant)
        ours = _ours_s(data_rate, size, fragment, redundant)
        differences += abs(rebuilt - theirs) > SAME_S
        print(
            f"| {data_rate} | {size} | {fragment} | {redundant} "
            f"| {theirs:.3f} | {rebuilt:.3f} | {ours:.3f} |"
        )
    for data_rate, size, fragment, redundant, theirs in FUOTASIM_CLASS_B:
        rebuilt = _rebuilt("fuotasim_compat_class_b", data_rate, size, fragment, redundant)
        differences += abs(rebuilt - theirs) > SAME_S
        print(
            f"| {data_rate}, class B | {size} | {fragment} | {redundant} "
            f"| {theirs:.3f} | {rebuilt:.3f} | - |"
        )
    print()
    print("| nodes | LoRaSim, any overlap | ours | LoRaSim, capture | ours |")
    print("|---|---|---|---|---|")
    for row in _lorasim_rows():
        print(f"| {' | '.join(row)} |")
    return 1 if differences else 0


def _rebuilt(model: str, data_rate: int, size: int, fragment: int, redundant: int) -> float:
    """Return FUOTASim's own figure, from the parts of ours that its formula needs."""
    inputs: dict[str, object] = {"dr": data_rate, "fw_size": size, "redundancy_frags": redundant}
    if model.endswith("c"):
        inputs |= {
            "frag_with_2B_header": fragment,
            "mac_overhead": 8,
            "crc": True,
            "off_time": "9*ToA",
        }
    else:
        inputs |= {"frag": fragment, "nodes": 20, "ping_slot_periodicity": 0}
    result = MODELS[model](Fields(inputs))
    if not isinstance(result, float):
        raise TypeError(f"{model} is a time in seconds, not {result!r}")
    return result


def _ours_s(data_rate: int, size: int, fragment: int, redundant: int) -> float:
    """Return the end of as many fragments with the frames that LoRaWAN and TS004 have, at 10 %."""
    data_bytes = fragment - FUOTASIM_HEADER_BYTES
    phy_bytes = data_bytes + FRAGMENT_HEADER_BYTES + LORAWAN_OVERHEAD_BYTES
    rate = EU868.data_rate(data_rate, Direction.DOWNLINK)
    frame_s = rate.time_on_air_s(phy_bytes, Direction.DOWNLINK)
    return burst_elapsed_s(-(-size // data_bytes) + redundant, frame_s, OffTime(0.1))


def _lorasim_rows() -> Iterator[list[str]]:
    on_air_s = SF12.time_on_air_s(LORASIM_BYTES)
    load = UplinkLoad(
        frame=SF12,
        phy_payload_bytes=LORASIM_BYTES,
        mean_interval_s=LORASIM_INTERVAL_S,
        capture_db=CAPTURE_DB,
    )
    for nodes, overlap, capture in LORASIM:
        rng = random.Random(1)
        devices = place_devices(nodes, LORASIM_RADIUS_M, Propagation(shadowing_db=0), rng)
        received_dbm = [device.received_dbm(14) for device in devices]
        aloha = pure_aloha_delivery(nodes, LORASIM_INTERVAL_S, on_air_s)
        yield [
            f"{nodes}",
            "-" if overlap is None else f"{overlap:.4f}",
            f"{aloha:.4f}",
            f"{capture:.4f}",
            f"{delivery_ratio(received_dbm, load, FRAMES, rng):.2f}",
        ]


if __name__ == "__main__":
    sys.exit(main())
