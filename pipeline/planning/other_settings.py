"""What other settings would do: changed links and layouts, with every candidate that fits.

The recommendation is among the settings that were given. Others stand beside it, the
Pareto-optimal ones first, so that a plan does not drown in rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from link_sim.changed_links import changed_links
from link_sim.link import Link
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, Strategy, compare
from pipeline.planning.outlooks import IN_THIS_THREAD, Outlooks
from pipeline.planning.pareto import objectives, pareto_optimal
from pipeline.planning.spending import Spending
from pipeline.wording import time_text

AS_GIVEN = "as given"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSetting:
    """One candidate on a link with one setting changed, or on the link as it was given."""

    setting: str
    strategy: Strategy
    spending: Spending
    """Of the device, which another layout changes."""
    changes_reach: bool = False
    """Whether the loss that was given may not hold."""
    pareto: bool = False
    """Whether no other setting or candidate is better in everything, on the same link."""

    @property
    def label(self) -> str:
        """Return the setting, with a question mark where the loss that was given may not hold."""
        return f"{self.setting} ?" if self.changes_reach else self.setting


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLayout:
    """The same device with its flash divided otherwise, and what fits it then."""

    setting: str
    rated: tuple[RatedCandidate, ...]
    spending: Spending


def other_settings(
    comparison: Comparison,
    layouts: Sequence[OtherLayout] = (),
    outlooks: Outlooks = IN_THIS_THREAD,
) -> tuple[OtherSetting, ...]:
    """Forecast all that fits on every changed link; the given settings come first.

    Other layouts are tried on the links as they were given.
    """
    found: list[OtherSetting] = []
    for column in comparison.columns:
        link, spending = column.link, comparison.spending
        settings = [
            OtherSetting(setting=AS_GIVEN, strategy=one, spending=spending)
            for one in comparison.strategies()
            if one.column is column
        ]
        changed = changed_links(link)
        links = [each.link for each in changed]
        varied = _compare(comparison, comparison.rated, links, spending, outlooks)
        for each, its_column in zip(changed, varied.columns, strict=True):
            settings += [
                OtherSetting(
                    setting=each.setting,
                    strategy=one,
                    spending=spending,
                    changes_reach=each.changes_reach,
                )
                for one in varied.strategies()
                if one.column is its_column
            ]
        for layout in layouts:
            laid = _compare(comparison, layout.rated, [link], layout.spending, outlooks)
            settings += [
                OtherSetting(setting=layout.setting, strategy=one, spending=layout.spending)
                for one in laid.strategies()
            ]
        found += _marked(settings)
    return tuple(found)


def _compare(
    comparison: Comparison,
    rated: Sequence[RatedCandidate],
    links: Sequence[Link],
    spending: Spending,
    outlooks: Outlooks,
) -> Comparison:
    fitting = [one for one in rated if one.fits]
    return compare(fitting, links, spending, comparison.circumstances, comparison.limits, outlooks)


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
    optimal = pareto_optimal(
        [
            (
                *objectives(one.strategy.rated, one.strategy.forecast),
                one.spending.flash_bytes(one.strategy.rated.candidate),
            )
            for one in settings
        ]
    )
    return [replace(one, pareto=keeps) for one, keeps in zip(settings, optimal, strict=True)]
