"""How a plan changes with the loss, and with deltas that turn out larger or smaller."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from link_sim.loss.model import Bernoulli, LossModel, NoLoss
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, Strategy
from pipeline.planning.forecast import Delivery, Forecast
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks
from pipeline.planning.spending import delivery_of

LOSSES: Final = (0.0, 0.05, 0.1, 0.2, 0.3)
"""Independent losses: what a sweep can vary with one number."""
SCALES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Of the bytes of each delta; full images stay as they are."""
_MOST_DEVICES: Final = 1000
"""Enough for a median; sweeps ask for many campaigns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeps:
    """All of one link: that of the recommended strategy."""

    link: str
    devices: int
    by_loss: dict[str, tuple[Forecast | None, ...]]
    """By engine, one forecast per loss of `LOSSES`."""
    winners: tuple[tuple[str | None, ...], ...]
    """Per scale of `SCALES` and loss of `LOSSES` the engine to use; None if none keeps limits."""


def sweep_size(comparison: Comparison, best: Strategy) -> int:
    """Return how many forecasts a sweep takes."""
    return len(SCALES) * len(LOSSES) * len(_fitting(comparison, best))


def sweep(comparison: Comparison, best: Strategy, outlooks: Outlooks = IN_THIS_THREAD) -> Sweeps:
    """Forecast all that fits on the link of `best`, at every loss and with every scale."""
    fitting = _fitting(comparison, best)
    devices = min(comparison.circumstances.devices, _MOST_DEVICES)
    cases = list(product(SCALES, LOSSES, fitting))
    found = outlooks.of([_delivery(comparison, best, *case, devices) for case in cases])
    strategies: dict[tuple[float, float], list[Strategy]] = {}
    by_loss: dict[str, list[Forecast | None]] = {one.candidate.engine: [] for one in fitting}
    for (scale, loss, one), outlook in zip(cases, found, strict=True):
        if scale == 1:
            by_loss[one.candidate.engine].append(outlook.forecast)
        if outlook.forecast is not None:
            broken = comparison.limits.broken(one.candidate.needs.ram_bytes, outlook.forecast)
            strategies.setdefault((scale, loss), []).append(
                replace(best, rated=one, forecast=outlook.forecast, broken=broken)
            )
    return Sweeps(
        link=best.column.link.name,
        devices=devices,
        by_loss={engine: tuple(forecasts) for engine, forecasts in by_loss.items()},
        winners=tuple(
            tuple(_winner(strategies.get((scale, loss), [])) for loss in LOSSES) for scale in SCALES
        ),
    )


def _fitting(comparison: Comparison, best: Strategy) -> list[RatedCandidate]:
    return [s.rated for s in comparison.strategies() if s.column is best.column]


def _delivery(
    comparison: Comparison,
    best: Strategy,
    scale: float,
    loss: float,
    rated: RatedCandidate,
    devices: int,
) -> Delivery:
    model: LossModel = Bernoulli(loss) if loss else NoLoss()
    met = replace(comparison.circumstances, loss=model, loss_text=f"{loss:g}", devices=devices)
    spending = comparison.spending
    recipient = spending.recipient(spending.device_on(best.column.link), rated.candidate)
    delivery = delivery_of(rated, met, recipient)
    if not rated.candidate.payload_format.needs_base:
        return delivery
    return replace(delivery, payload_bytes=max(round(scale * delivery.payload_bytes), 1))


def _winner(strategies: list[Strategy]) -> str | None:
    kept = [s for s in strategies if not s.broken and s.forecast.success_share > 0]
    winner = min(kept, key=lambda strategy: strategy.order, default=None)
    return None if winner is None else winner.rated.candidate.engine
