"""A cell of LoRa devices: who hears the gateway at which data rate, and whose uplinks collide.

Path loss is log-distance with normal shadowing, drawn once per device: buildings do not move
between two fragments, so that shadowing drawn anew for each (FUOTASim) makes every device average.
Collisions follow LoRaSim's full check: frames on the same spreading factor collide if they overlap
from the fifth-last preamble symbol on, and the stronger one survives from 6 dB on.
"""

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from link_sim.errors import ImpossibleValueError
from link_sim.lora.modulation import LoraFrame
from link_sim.lora.radio_budget import log_distance_path_loss_db, sensitivity_dbm

SNR_FLOOR_DB = {7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
"""By spreading factor (The Things Stack, adr.go)."""
NOISE_FIGURE_DB = 6.0
"""brocaar/lorawan's sensitivity formula."""
CAPTURE_DB = 6.0
"""LoRaSim (Bor et al. 2016)."""
CRITICAL_PREAMBLE_SYMBOLS = 5
"""The last symbols of a preamble, which a receiver needs undisturbed (same source)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagation:
    """How signals fade with distance; the defaults are LoRaSim's measurements."""

    reference_m: float = 40.0
    reference_loss_db: float = 127.41
    exponent: float = 2.08
    shadowing_db: float = 3.57

    def loss_db(self, distance_m: float, rng: random.Random) -> float:
        """Draw the loss to a place; the mean one within the reference distance."""
        mean_db = log_distance_path_loss_db(
            max(distance_m, self.reference_m),
            reference_m=self.reference_m,
            reference_loss_db=self.reference_loss_db,
            exponent=self.exponent,
        )
        return mean_db + rng.gauss(0.0, self.shadowing_db)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedDevice:
    """A device and what its loss to the gateway is, both ways."""

    distance_m: float
    loss_db: float

    def received_dbm(self, power_dbm: float, gain_db: float = 0.0) -> float:
        """Return the strength of a signal sent with this power at the other end."""
        return power_dbm + gain_db - self.loss_db


def place_devices(
    count: int, radius_m: float, propagation: Propagation, rng: random.Random
) -> Sequence[PlacedDevice]:
    """Spread devices evenly over a disc around the gateway."""
    if count < 1 or radius_m <= 0:
        raise ImpossibleValueError("cell", "needs a device and a radius")
    devices = []
    for _ in range(count):
        distance_m = radius_m * math.sqrt(rng.random())
        devices.append(
            PlacedDevice(distance_m=distance_m, loss_db=propagation.loss_db(distance_m, rng))
        )
    return devices


def spreading_factor_for(
    received_dbm: float, bandwidth_hz: int = 125_000, margin_db: float = 0.0
) -> int | None:
    """Return the lowest spreading factor that hears a signal; None if none does."""
    for spreading_factor, snr_db in SNR_FLOOR_DB.items():
        floor_dbm = sensitivity_dbm(bandwidth_hz, NOISE_FIGURE_DB, snr_db)
        if received_dbm >= floor_dbm + margin_db:
            return spreading_factor
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkLoad:
    """Devices that send frames of one kind, each at exponentially distributed intervals."""

    frame: LoraFrame
    phy_payload_bytes: int
    mean_interval_s: float
    capture_db: float | None = CAPTURE_DB
    """None: any overlap loses both frames."""


@dataclass(slots=True)
class _Uplink:
    start_s: float
    received_dbm: float
    lost: bool = False


def delivery_ratio(
    received_dbm: Sequence[float], load: UplinkLoad, frames: int, rng: random.Random
) -> float:
    """Return the share of uplinks that survive collisions, over so many frames.

    Args:
        received_dbm: Strength of each device at the gateway.
        load: What they send, and how often.
        frames: How many frames to look at.
        rng: Chance.
    """
    on_air_s = load.frame.time_on_air_s(load.phy_payload_bytes)
    queue = [
        (rng.expovariate(1 / load.mean_interval_s), device) for device in range(len(received_dbm))
    ]
    heapq.heapify(queue)
    on_air: list[_Uplink] = []
    sent: list[_Uplink] = []
    while len(sent) < frames:
        start_s, device = heapq.heappop(queue)
        uplink = _Uplink(start_s, received_dbm[device])
        on_air = [other for other in on_air if other.start_s + on_air_s > start_s]
        for other in on_air:
            _collide(other, uplink, load, on_air_s)
        on_air.append(uplink)
        sent.append(uplink)
        wait_s = rng.expovariate(1 / load.mean_interval_s)
        heapq.heappush(queue, (start_s + on_air_s + wait_s, device))
    return sum(not uplink.lost for uplink in sent) / frames


def _collide(earlier: _Uplink, later: _Uplink, load: UplinkLoad, on_air_s: float) -> None:
    """Decide what an overlap of two frames on the same channel costs."""
    if load.capture_db is None:
        earlier.lost = later.lost = True
        return
    symbols = load.frame.preamble_symbols - CRITICAL_PREAMBLE_SYMBOLS
    if earlier.start_s + on_air_s <= later.start_s + symbols * load.frame.symbol_s:
        return  # only the first symbols of the later preamble were hit
    difference_db = earlier.received_dbm - later.received_dbm
    if difference_db < load.capture_db:
        earlier.lost = True
    if difference_db > -load.capture_db:
        later.lost = True
