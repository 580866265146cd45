"""GitHub's workflow commands, which put a message beside a line of a file.

Source: GitHub Docs, "Workflow commands for GitHub Actions": data escapes %, CR and LF, properties
also colon and comma.
"""

from collections.abc import Iterator

from pipeline.size_gate.judging import Report, Verdict


def to_annotations(report: Report) -> Iterator[str]:
    """Yield one line for each item that is not within, and for each note about an override."""
    for verdict in report.verdicts:
        if verdict.is_failure:
            yield _command("error", report, verdict, "; ".join(verdict.problems))
        if verdict.notes:
            yield _command("notice", report, verdict, "; ".join(verdict.notes))


def error_command(message: str) -> str:
    """Return the command for an error that has no place in a file."""
    return f"::error title=airdelta check-size::{_data(message)}"


def _command(level: str, report: Report, verdict: Verdict, text: str) -> str:
    place = f"file={_property(report.plan.source)},line={verdict.budget.line}"
    title = _property(f"airdelta check-size: {verdict.budget.name}")
    return f"::{level} {place},title={title}::{_data(f'{verdict.item.label}: {text}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
