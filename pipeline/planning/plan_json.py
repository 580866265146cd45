"""The plan as `--json` prints it; docs/schemas/airdelta-plan-1.json describes it."""

from collections.abc import Sequence
from typing import Final

from pipeline.json_document import Json
from pipeline.packaging.build_record import candidate_json
from pipeline.packaging.selection import full_compressed_bytes
from pipeline.planning.comparison import Comparison, LinkColumn
from pipeline.planning.forecast import Circumstances, Forecast
from pipeline.planning.limits import Limits
from pipeline.planning.other_settings import OtherSetting
from pipeline.planning.verdict import best_text, refusal_text
from pipeline.rehearsal.billing import bill_json

SCHEMA: Final = "airdelta-plan-1"


def plan_json(comparison: Comparison, settings: Sequence[OtherSetting] = ()) -> dict[str, Json]:
    """Return a comparison as a document, with other settings of the links if there are some."""
    spending = comparison.spending
    full = full_compressed_bytes(comparison.rated)
    strategies: list[Json] = [
        {
            **candidate_json(rated, full),
            "flash_erases": spending.flash_erases(rated.candidate),
            "flash_bytes": spending.flash_bytes(rated.candidate),
            "links": {column.link.name: _on_link(column, i) for column in comparison.columns},
        }
        for i, rated in enumerate(comparison.rated)
    ]
    recommended: dict[str, Json] = {}
    for column in comparison.columns:
        one = comparison.recommend(column)
        recommended[column.link.name] = None if one is None else one.candidate.engine
    best = comparison.best()
    return {
        "schema": SCHEMA,
        **circumstances_json(comparison.circumstances, comparison.limits),
        "strategies": strategies,
        "recommended": recommended,
        "best": None
        if best is None
        else {
            "engine": best.rated.candidate.engine,
            "link": best.column.link.name,
            "reason": best_text(comparison),
        },
        "other_settings": [_setting(one) for one in settings],
        "binding": [limit.value for limit in comparison.binding()],
        "refusal": refusal_text(comparison) if best is None else None,
        "assumed": {column.link.name: [*column.notes] for column in comparison.columns},
    }


def _setting(one: OtherSetting) -> Json:
    return {
        "link": one.strategy.column.link.name,
        "setting": one.setting,
        "changes_reach": one.changes_reach,
        "engine": one.strategy.rated.candidate.engine,
        "package_bytes": one.strategy.rated.package_bytes,
        "flash_erases": one.spending.flash_erases(one.strategy.rated.candidate),
        "flash_bytes": one.spending.flash_bytes(one.strategy.rated.candidate),
        "forecast": forecast_json(one.strategy.forecast),
        "broken": [limit.value for limit in one.strategy.broken],
        "pareto": one.pareto,
    }


def circumstances_json(circumstances: Circumstances, limits: Limits) -> dict[str, Json]:
    """Return what a plan was asked for."""
    return {
        "loss": circumstances.loss_text,
        "devices": circumstances.devices,
        "gateways": circumstances.gateways,
        "seed": circumstances.seed,
        "limits": {
            "deadline_s": limits.deadline_s,
            "energy_mj": limits.energy_mj,
            "ram_bytes": limits.ram_bytes,
            "budget": limits.budget,
        },
    }


def _on_link(column: LinkColumn, index: int) -> Json:
    estimate, cost = column.estimates[index], column.costs[index]
    if estimate is None or cost is None:
        return None
    forecast = column.forecasts[index]
    return {
        "duration_s": estimate.duration_s,
        "fragments": estimate.fragments,
        "bytes_on_air": estimate.bytes_on_air,
        "time_on_air_s": estimate.time_on_air_s,
        "ip_bytes": estimate.ip_bytes,
        "energy_mj": None if cost.energy is None else cost.energy.total_mj,
        "battery_share": cost.battery_share,
        "cost": bill_json(cost.bill),
        "forecast": None if forecast is None else forecast_json(forecast),
        "broken": [limit.value for limit in column.broken[index]],
        "pareto": column.pareto[index],
    }


def forecast_json(forecast: Forecast) -> Json:
    """Return what is to be expected."""
    return {
        "success_share": forecast.success_share,
        "median_s": forecast.median_s,
        "p95_s": forecast.p95_s,
        "campaign_s": forecast.campaign_s,
        "energy_mj": forecast.energy_mj,
        "battery_share": forecast.battery_share,
        "cost": forecast.cost,
        "gateway_on_air_s": forecast.gateway_on_air_s,
    }
