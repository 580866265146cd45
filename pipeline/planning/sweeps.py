"""How a plan changes with the loss, and with deltas that turn out larger or smaller."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from link_sim.loss.model import Bernoulli, NoLoss
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, Strategy, forecast_of
from pipeline.planning.forecast import Circumstances, Forecast, Recipient

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


def sweep(comparison: Comparison, best: Strategy, observe: Callable[[str], None]) -> Sweeps:
    """Forecast all that fits on the link of `best`, at every loss and with every scale."""
    column = best.column
    fitting = [s.rated for s in comparison.strategies() if s.column is column]
    devices = min(comparison.circumstances.devices, _MOST_DEVICES)
    field = _Field(comparison, best, replace(comparison.circumstances, devices=devices))
    rows: list[tuple[str | None, ...]] = []
    by_loss: dict[str, tuple[Forecast | None, ...]] = {}
    known: dict[tuple[str, int, float], Forecast | None] = {}

    def forecast(rated: RatedCandidate, scale: float, loss: float) -> Forecast | None:
        size_bytes = _scaled_bytes(rated, scale)
        key = (rated.candidate.engine, size_bytes, loss)
        if key not in known:
            known[key] = field.forecast(rated, size_bytes, loss)
        return known[key]

    for scale in SCALES:
        row = []
        for loss in LOSSES:
            strategies = [
                replace(
                    best, rated=rated, forecast=found, broken=comparison.limits.broken(rated, found)
                )
                for rated in fitting
                if (found := forecast(rated, scale, loss)) is not None
            ]
            kept = [s for s in strategies if not s.broken and s.forecast.success_share > 0]
            winner = min(kept, key=lambda strategy: strategy.order, default=None)
            row.append(None if winner is None else winner.rated.candidate.engine)
            observe(f"loss {loss:g}, deltas x {scale:g}")
        rows.append(tuple(row))
    for rated in fitting:
        by_loss[rated.candidate.engine] = tuple(forecast(rated, 1.0, loss) for loss in LOSSES)
    return Sweeps(link=column.link.name, devices=devices, by_loss=by_loss, winners=tuple(rows))


@dataclass(frozen=True, slots=True)
class _Field:
    comparison: Comparison
    best: Strategy
    circumstances: Circumstances

    def forecast(self, rated: RatedCandidate, size_bytes: int, loss: float) -> Forecast | None:
        link, spending = self.best.column.link, self.comparison.spending
        recipient = Recipient(
            device=spending.device_on(link),
            work=spending.work(rated.candidate),
            tariff=spending.tariff,
        )
        model = Bernoulli(loss) if loss else NoLoss()
        return forecast_of(
            link, size_bytes, self.circumstances.with_loss(model, f"{loss:g}"), recipient
        )


def _scaled_bytes(rated: RatedCandidate, scale: float) -> int:
    if not rated.candidate.payload_format.needs_base:
        return rated.package_bytes
    payload_bytes = len(rated.candidate.payload)
    return rated.package_bytes - payload_bytes + max(round(scale * payload_bytes), 1)
