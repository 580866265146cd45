"""Whether a frame can be heard: sensitivity, path loss, and collisions of unslotted uplinks."""

import math

THERMAL_NOISE_DBM_PER_HZ = -174.0
"""k T at 290 K."""


def sensitivity_dbm(bandwidth_hz: float, noise_figure_db: float, snr_db: float) -> float:
    """Return the weakest signal that reaches `snr_db` over the noise of a receiver."""
    return THERMAL_NOISE_DBM_PER_HZ + 10 * math.log10(bandwidth_hz) + noise_figure_db + snr_db


def log_distance_path_loss_db(
    distance_m: float, *, reference_m: float, reference_loss_db: float, exponent: float
) -> float:
    """Return the mean loss at a distance, given the loss at a reference distance."""
    return reference_loss_db + 10 * exponent * math.log10(distance_m / reference_m)


def pure_aloha_delivery(nodes: int, mean_interval_s: float, time_on_air_s: float) -> float:
    """Return the share of uplinks that meet no other one: exp(-2G).

    G is the offered load, each node being silent for `mean_interval_s` on average between frames.
    """
    load = nodes * time_on_air_s / (mean_interval_s + time_on_air_s)
    return math.exp(-2 * load)
