"""The plan in a sentence: what to send and why, or which limit leaves nothing to send."""

from pipeline.planning.comparison import Comparison, LinkColumn, Strategy
from pipeline.planning.limits import Limit
from pipeline.wording import cost_text, duration_text, energy_text, time_text


def best_text(comparison: Comparison) -> str | None:
    """Return what to send and why, or None if nothing fits the device and keeps the limits."""
    best = comparison.best()
    if best is None:
        return None
    usable = [s for s in comparison.strategies() if not s.broken]
    text = f"{best.label}: {_how_it_wins(best, usable)}"
    full = comparison.best_full(best.column)
    if full is None or not best.rated.candidate.payload_format.needs_base:
        return text
    instead = best.column.forecasts[comparison.rated.index(full)]
    text += f"; {time_text(best.forecast.campaign_s)} instead of "
    text += f"{time_text(None if instead is None else instead.campaign_s)} for the full image"
    if best.forecast.energy_mj and instead is not None and instead.energy_mj:
        saved = 1 - best.forecast.energy_mj / instead.energy_mj
        text += f", {100 * saved:.0f} % less energy" if saved > 0 else ""
    return text


def _how_it_wins(best: Strategy, usable: list[Strategy]) -> str:
    if len(usable) == 1:
        return "the only one that is left"
    served = round(best.forecast.success_share, 2)
    rivals = [s for s in usable if round(s.forecast.success_share, 2) == served]
    if len(rivals) < len(usable):
        share = f"{100 * best.forecast.success_share:.1f} % of the devices"
        if len(rivals) == 1:
            return f"reaches the most devices of {len(usable)}, {share}"
        return f"the first to be done of the {len(rivals)} of {len(usable)} that reach {share}"
    return f"the first to be done of {len(usable)}"


def refusal_text(comparison: Comparison) -> str:
    """Return why there is nothing to send: no strategy fits, or which limits bind."""
    binding = comparison.binding()
    if not binding:
        return "no strategy fits the device on any of these links"
    names = " and ".join(limit.option for limit in binding)
    verb = "binds" if len(binding) == 1 else "bind together"
    closest = min(
        (s for s in comparison.strategies() if set(s.broken) == set(binding)),
        key=lambda strategy: _amount(strategy, binding[0]),
    )
    amounts = ", ".join(f"{limit.option} {_amount_text(closest, limit)}" for limit in binding)
    return (
        f"no strategy keeps every limit; {names} {verb}: {closest.label} comes closest, "
        f"it needs {amounts}"
    )


def link_text(comparison: Comparison, column: LinkColumn) -> str:
    """Return one sentence: what to send on a link, and what that saves."""
    best, full = comparison.recommend(column), comparison.best_full(column)
    if best is None:
        return f"{column.link.name}: no strategy fits the device"
    mine = column.forecasts[comparison.rated.index(best)]
    fulls = None if full is None else column.forecasts[comparison.rated.index(full)]
    text = f"{column.link.name}: {best.candidate.engine}"
    text += f", {time_text(None if mine is None else mine.campaign_s)}"
    if fulls is not None and best.candidate.payload_format.needs_base:
        text += f" instead of {time_text(fulls.campaign_s)} for the full image"
    return text


def _amount(strategy: Strategy, limit: Limit) -> float:
    forecast = strategy.forecast
    amount = {
        Limit.DEADLINE: forecast.campaign_s,
        Limit.MAX_ENERGY: forecast.energy_mj,
        Limit.RAM: float(strategy.rated.candidate.needs.ram_bytes),
        Limit.BUDGET: forecast.cost,
    }[limit]
    return float("inf") if amount is None else amount


def _amount_text(strategy: Strategy, limit: Limit) -> str:
    amount = _amount(strategy, limit)
    if amount == float("inf"):
        return "unknown" if limit is Limit.MAX_ENERGY else "never"
    if limit is Limit.DEADLINE:
        return duration_text(amount)
    if limit is Limit.MAX_ENERGY:
        return energy_text(amount)
    return f"{amount:,.0f} bytes" if limit is Limit.RAM else cost_text(amount, "").strip()
