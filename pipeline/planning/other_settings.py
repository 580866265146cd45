"""What other settings of the links would do: every variant with every candidate that fits.

The recommendation is among the settings that were given. Variants stand beside it, the
Pareto-optimal ones first, so that a plan does not drown in rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from link_sim.variants import variants_of
from pipeline.planning.comparison import Comparison, Strategy, compare
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks
from pipeline.planning.pareto import objectives, pareto_optimal
from pipeline.wording import time_text

AS_GIVEN = "as given"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSetting:
    """One candidate on one variant of a link, or on the link as it was given."""

    setting: str
    strategy: Strategy
    changes_reach: bool = False
    """Whether the loss that was given may not hold."""
    pareto: bool = False
    """Whether no other setting or candidate is better in everything, on the same link."""

    @property
    def label(self) -> str:
        """Return the setting, with a question mark where the loss that was given may not hold."""
        return f"{self.setting} ?" if self.changes_reach else self.setting


def other_settings(
    comparison: Comparison, outlooks: Outlooks = IN_THIS_THREAD
) -> tuple[OtherSetting, ...]:
    """Forecast all that fits on every variant, link by link; the given settings come first."""
    fitting = [one for one in comparison.rated if one.fits]
    found: list[OtherSetting] = []
    for column in comparison.columns:
        variants = variants_of(column.link)
        varied = compare(
            fitting,
            [variant.link for variant in variants],
            comparison.spending,
            comparison.circumstances,
            comparison.limits,
            outlooks,
        )
        given = [s for s in comparison.strategies() if s.column is column]
        settings = [OtherSetting(setting=AS_GIVEN, strategy=one) for one in given]
        for variant, its_column in zip(variants, varied.columns, strict=True):
            settings += [
                OtherSetting(
                    setting=variant.setting, strategy=one, changes_reach=variant.changes_reach
                )
                for one in varied.strategies()
                if one.column is its_column
            ]
        found += _marked(settings)
    return tuple(found)


def better_text(comparison: Comparison, settings: Sequence[OtherSetting]) -> str | None:
    """Return which setting would do better than the recommendation, where the loss given holds."""
    best = comparison.best()
    better = [
        one
        for one in settings
        if not one.changes_reach
        and not one.strategy.broken
        and one.strategy.forecast.success_share > 0
        and (best is None or one.strategy.order < best.order)
    ]
    if not better:
        return None
    one = min(better, key=lambda setting: setting.strategy.order)
    forecast = one.strategy.forecast
    return (
        f"other settings: {one.strategy.label} with {one.setting} would be done in "
        f"{time_text(forecast.campaign_s)} and reach {100 * forecast.success_share:.1f} %"
    )


def _marked(settings: Sequence[OtherSetting]) -> list[OtherSetting]:
    optimal = pareto_optimal([objectives(s.strategy.rated, s.strategy.forecast) for s in settings])
    return [replace(one, pareto=keeps) for one, keeps in zip(settings, optimal, strict=True)]
