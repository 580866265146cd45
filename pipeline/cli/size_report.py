"""The gate's report in the terminal."""

from typing import Final

from rich.console import Console

from pipeline.cli.output import plain_table
from pipeline.size_gate.judging import Report
from pipeline.size_gate.wording import growth_text, limits_text, short_text

_SHOWN_SYMBOLS: Final = 8


def print_size_report(console: Console, report: Report) -> None:
    """Print verdicts, what is wrong, why, and what grew."""
    table = plain_table("measured", ">value", ">growth", ">%", ">limits", "verdict")
    for verdict in report.verdicts:
        growth, percent = verdict.growth, verdict.growth_percent
        table.add_row(
            verdict.item.label,
            "" if verdict.value is None else short_text(verdict.value, verdict.unit),
            "" if growth is None else growth_text(growth, verdict.unit),
            "" if percent is None else f"{percent:+.1f}",
            limits_text(verdict.limits, verdict.unit),
            verdict.status.value,
            style="bold red" if verdict.is_failure else "",
        )
    console.print(table)
    for verdict in report.verdicts:
        for text in verdict.problems:
            console.print(f"{verdict.item.label}: {text}", style="red", soft_wrap=True)
        for text in verdict.notes:
            console.print(f"{verdict.item.label}: {text}", style="dim", soft_wrap=True)
    _print_reasons(console, report)
    _print_growth(console, report)


def _print_growth(console: Console, report: Report) -> None:
    if report.baseline is not None:
        console.print(f"compared with {report.baseline.source}", style="dim", soft_wrap=True)
    if not report.growth:
        return
    table = plain_table("symbol", ">before", ">now", ">growth", title="What grew in the image")
    for one in report.growth[:_SHOWN_SYMBOLS]:
        table.add_row(
            one.name, f"{one.before_bytes:,}", f"{one.after_bytes:,}", f"{one.growth_bytes:+,}"
        )
    console.print(table)


def _print_reasons(console: Console, report: Report) -> None:
    for reason in report.reasons:
        title = f"Why the patch from {reason.release} has {reason.patch_bytes:,} bytes"
        console.print(title, style="bold")
        for cause in reason.causes:
            console.print(f"- {cause.patch_bytes:,.0f} bytes: {cause.what}", soft_wrap=True)
