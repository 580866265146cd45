"""All cross-check models by name."""

from collections.abc import Mapping

from link_sim.crosscheck import (
    ble_models,
    bumble_models,
    cellular_models,
    fuota_models,
    lora_models,
    loss_models,
    transport_models,
    ts004_models,
)
from link_sim.crosscheck.result import Model

MODELS: Mapping[str, Model] = {
    **lora_models.MODELS,
    **fuota_models.MODELS,
    **ts004_models.MODELS,
    **ble_models.MODELS,
    **bumble_models.MODELS,
    **cellular_models.MODELS,
    **transport_models.MODELS,
    **loss_models.MODELS,
}
"""What a case file may name."""
