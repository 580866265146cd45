"""Loss models: the exact statistics of a Gilbert-Elliott channel."""

from collections.abc import Mapping

from link_sim.crosscheck.result import Model, Result
from link_sim.fields import Fields
from link_sim.loss.gilbert_elliott import GilbertElliott, Start

_MAX_TRANSMISSIONS = 5000
"""The exact distribution takes time with the square of their number."""


def _gilbert_elliott(inputs: Fields) -> Result:
    model = GilbertElliott(
        p=inputs.number("p", maximum=1),
        r=inputs.number("r", maximum=1),
        loss_bad=inputs.number("loss_bad", maximum=1),
        loss_good=inputs.number("loss_good", maximum=1),
        start_state=inputs.choice("start", Start),
    )
    transmissions = inputs.integer("n", minimum=1, maximum=_MAX_TRANSMISSIONS)
    distribution = model.loss_count_distribution(transmissions)
    return {
        "loss": model.mean_loss,
        "mean_bad_sojourn": model.mean_bad_sojourn,
        "p_zero_loss": distribution[0],
        "p_le_10pct": sum(distribution[: transmissions // 10 + 1]),
    }


MODELS: Mapping[str, Model] = {"gilbert_elliott": _gilbert_elliott}
"""By the name that case files use."""
