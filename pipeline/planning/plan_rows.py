"""The plan as flat rows: a CSV file for one's own analysis, and Markdown for a page of a wiki."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, LinkColumn
from pipeline.planning.forecast import Forecast
from pipeline.planning.other_settings import AS_GIVEN
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.spending import Spending
from pipeline.planning.verdict import best_text, refusal_text
from pipeline.wording import energy_text, memory_text, time_text

CSV_COLUMNS: Final = (
    "link",
    "setting",
    "engine",
    "fits",
    "obstacle",
    "package_bytes",
    "ram_bytes",
    "flash_bytes",
    "flash_erases",
    "fragments",
    "median_s",
    "p95_s",
    "campaign_s",
    "success_share",
    "energy_mj",
    "battery_share",
    "cost",
    "gateway_on_air_s",
    "broken",
    "pareto",
    "recommended",
)


def to_csv(report: PlanReport) -> str:
    """Return a row for every strategy on every link, and on other settings if there are some.

    What nobody knows is empty. Limits that are broken are separated by spaces.
    """
    text = StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(report))
    return text.getvalue()


def to_markdown(report: PlanReport) -> str:
    """Return the recommendation, a table of what fits, and where the figures come from."""
    comparison = report.comparison
    lines = [f"## {report.title}", ""]
    lines += [_escaped(best_text(comparison) or refusal_text(comparison)), "", report.circumstances]
    lines += ["", "| strategy | link | bytes | median | p95 | served | energy | RAM | verdict |"]
    lines += ["|---|---|--:|--:|--:|--:|--:|--:|---|"]
    for s in sorted(comparison.strategies(), key=lambda s: (s.column.link.name, s.order)):
        forecast = s.forecast
        is_best = s.rated is comparison.recommend(s.column)
        cells = (
            s.rated.candidate.engine,
            s.column.link.name,
            f"{s.rated.package_bytes:,}",
            time_text(forecast.median_s),
            time_text(forecast.p95_s),
            f"{100 * forecast.success_share:.1f} %",
            "" if forecast.energy_mj is None else energy_text(forecast.energy_mj),
            memory_text(s.rated.candidate.needs.ram_bytes),
            "**best**" if is_best else f"breaks {', '.join(s.broken)}" if s.broken else "yes",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"`{report.origin.replace('`', '')}`", ""])


def _rows(report: PlanReport) -> Iterator[dict[str, object]]:
    comparison = report.comparison
    for column in comparison.columns:
        for index, rated in enumerate(comparison.rated):
            forecast = column.forecasts[index]
            yield {
                **_of_candidate(rated, comparison.spending),
                **_of_forecast(forecast),
                "link": column.link.name,
                "setting": AS_GIVEN,
                "broken": " ".join(column.broken[index]),
                "pareto": int(column.pareto[index]),
                "recommended": int(_is_best(comparison, column, rated)),
            }
    for one in report.settings:
        if one.setting == AS_GIVEN:
            continue
        yield {
            **_of_candidate(one.strategy.rated, one.spending),
            **_of_forecast(one.strategy.forecast),
            "link": one.strategy.column.link.name,
            "setting": one.setting,
            "broken": " ".join(one.strategy.broken),
            "pareto": int(one.pareto),
            "recommended": 0,
        }


def _of_candidate(rated: RatedCandidate, spending: Spending) -> dict[str, object]:
    return {
        "engine": rated.candidate.engine,
        "fits": int(rated.fits),
        "obstacle": "" if rated.obstacle is None else str(rated.obstacle),
        "package_bytes": rated.package_bytes,
        "ram_bytes": rated.candidate.needs.ram_bytes,
        "flash_bytes": spending.flash_bytes(rated.candidate),
        "flash_erases": spending.flash_erases(rated.candidate),
    }


def _of_forecast(forecast: Forecast | None) -> dict[str, object]:
    if forecast is None:
        return {}
    return {
        "fragments": forecast.fragments,
        "median_s": forecast.median_s,
        "p95_s": forecast.p95_s,
        "campaign_s": forecast.campaign_s,
        "success_share": forecast.success_share,
        "energy_mj": forecast.energy_mj,
        "battery_share": forecast.battery_share,
        "cost": forecast.cost,
        "gateway_on_air_s": forecast.gateway_on_air_s,
    }


def _is_best(comparison: Comparison, column: LinkColumn, rated: RatedCandidate) -> bool:
    best = comparison.best()
    return best is not None and best.column is column and best.rated is rated


def _escaped(sentence: str) -> str:
    return sentence.replace("|", "\\|").replace("<", "&lt;")
