"""Markdown for job summaries and comments: a table, what is wrong, what grew."""

from collections.abc import Iterator
from typing import Final

from pipeline.size_gate.judging import Outcome, Report, Status, Verdict
from pipeline.size_gate.wording import growth_text, limits_text, short_text

MARKER: Final = "<!-- airdelta check-size -->"
"""First line of the text: how a comment is found again, to be replaced and not repeated."""
MAX_CHARACTERS: Final = 65_000
"""GitHub refuses comments of more than 65,536 characters; a summary takes 1 MiB."""
SHOWN_SYMBOLS: Final = 10

_HEADLINE: Final = {
    Outcome.WITHIN: "✅ Update size: within budget",
    Outcome.OVER: "❌ Update size: over budget",
    Outcome.NO_BASELINE: "⚠️ Update size: cannot be judged without a baseline",
}
_MARK: Final = {
    Status.WITHIN: "✅",
    Status.OVER: "❌",
    Status.NO_BASELINE: "⚠️",
    Status.NOT_NEEDED: "💤",
}


def to_markdown(report: Report) -> str:
    """Return the report, at most `MAX_CHARACTERS` long."""
    lines = [*_lines(report), *_reasons(report), *_growth(report)]
    kept: list[str] = []
    room = MAX_CHARACTERS
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept.append("(shortened)")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield MARKER
    yield f"### {_HEADLINE[report.outcome]}"
    yield ""
    yield f"`{_code(report.image_name)}` (sha256 `{report.image_sha256[:12]}`), " + (
        "no baseline"
        if report.baseline is None
        else f"compared with {_cell(report.baseline.source)}"
    )
    yield ""
    yield "| | budget | measured | value | growth | limits |"
    yield "|---|---|---|---:|---:|---:|"
    for verdict in report.verdicts:
        yield _row(verdict)
    yield ""
    for verdict in report.verdicts:
        for text in (*verdict.problems, *verdict.notes):
            yield f"- **{_cell(verdict.item.label)}**: {_cell(text)}"


def _row(verdict: Verdict) -> str:
    value = "" if verdict.value is None else short_text(verdict.value, verdict.unit)
    growth = "" if verdict.growth is None else growth_text(verdict.growth, verdict.unit)
    if verdict.growth and verdict.growth_percent is not None:
        growth += f" ({verdict.growth_percent:+.2f} %)"
    cells = (
        _MARK[verdict.status],
        _cell(verdict.budget.name),
        _cell(verdict.item.label),
        value,
        growth,
        limits_text(verdict.limits, verdict.unit),
    )
    return f"| {' | '.join(cells)} |"


def _reasons(report: Report) -> Iterator[str]:
    for reason in report.reasons:
        yield ""
        yield f"**Why the patch from {_cell(reason.release)} has {reason.patch_bytes:,} bytes**"
        yield ""
        for cause in reason.causes:
            yield f"- {cause.patch_bytes:,.0f} bytes: {_cell(cause.what)}. {_cell(cause.advice)}"


def _growth(report: Report) -> Iterator[str]:
    if not report.growth:
        return
    yield ""
    yield "<details><summary>What grew in the image</summary>"
    yield ""
    yield "| symbol | before | now | growth |"
    yield "|---|---:|---:|---:|"
    for one in report.growth[:SHOWN_SYMBOLS]:
        yield (
            f"| `{_code(one.name)}` | {one.before_bytes:,} | {one.after_bytes:,} "
            f"| {one.growth_bytes:+,} |"
        )
    yield ""
    yield "</details>"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _code(text: str) -> str:
    """Names come from files: nothing in them may end the code span or the cell."""
    return _cell(text).replace("`", "'")
