"""`airdelta check-size`: fails the change that makes the update too big or too slow to deliver."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli.exit_codes import EXPECTED_ERRORS, ExitCode
from pipeline.cli.options import AsJson, Device
from pipeline.cli.output import emit, note, progress, stderr
from pipeline.cli.size_gate_inputs import (
    GateOptions,
    find_baseline,
    measure_inputs,
    read_gate_inputs,
)
from pipeline.cli.size_report import print_size_report
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError
from pipeline.packaging.file_set import write_files
from pipeline.size_gate.baseline import baseline_of
from pipeline.size_gate.formats.annotations import error_command, to_annotations
from pipeline.size_gate.formats.benchmark_json import to_benchmark_json
from pipeline.size_gate.formats.junit import to_junit
from pipeline.size_gate.formats.markdown import to_markdown
from pipeline.size_gate.formats.report_json import to_json
from pipeline.size_gate.formats.sarif import to_sarif
from pipeline.size_gate.judging import Outcome, Report, judge, with_reasons

_EXIT_CODES: Final = {
    Outcome.WITHIN: ExitCode.OK,
    Outcome.OVER: ExitCode.REJECTED,
    Outcome.NO_BASELINE: ExitCode.USAGE,
}

Config = Annotated[Path, typer.Option("--config", metavar="FILE.toml", help="The budget file.")]
NewImage = Annotated[
    Path | None,
    typer.Option("--new", metavar="IMAGE", help="Firmware to judge. Default: as the file says."),
]
Releases = Annotated[
    list[str] | None,
    typer.Option(
        "--release",
        metavar="VERSION=IMAGE",
        help="Firmware that devices run; repeat for several. Default: as the file says.",
    ),
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FILE.json|git:REF|FOLDER",
        help="What growth is measured from: a baseline file, that file at the merge base with a "
        "git ref, or a folder of releases, of which the newest counts.",
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        "--write-baseline", metavar="FILE.json", help="Measure and write a baseline, judge nothing."
    ),
]
Today = Annotated[
    str | None,
    typer.Option(
        "--today",
        envvar="AIRDELTA_TODAY",
        metavar="YYYY-MM-DD",
        help="The day that decides which overrides have expired. Default: today, in UTC.",
    ),
]


def _file(name: str, what: str) -> object:
    return typer.Option(name, metavar="FILE", help=f"Also write {what} there.")


Markdown = Annotated[Path | None, _file("--markdown", "Markdown")]
Junit = Annotated[Path | None, _file("--junit", "JUnit XML")]
Sarif = Annotated[Path | None, _file("--sarif", "SARIF 2.1.0")]
BenchmarkJson = Annotated[
    Path | None, _file("--benchmark-json", "github-action-benchmark's customSmallerIsBetter")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="check-size")(check_size)


def check_size(
    config: Config = Path("airdelta.toml"),
    new: NewImage = None,
    device: Device = None,
    release: Releases = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaseline = None,
    today: Today = None,
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
    benchmark_json: BenchmarkJson = None,
    as_json: AsJson = False,
) -> None:
    """Hold image, update and delivery time against the budgets of a file in the repository.

    Exit codes: 0 within budget, 1 over, 2 wrong usage or no baseline, 3 could not measure. On
    GitHub the verdicts are also annotations and, through $GITHUB_STEP_SUMMARY, the job's summary.

    **Examples**

    `airdelta check-size --new build/app.elf --baseline git:origin/main`

    `airdelta check-size --new build/app.elf --write-baseline size-baseline.json`
    """
    options = GateOptions(
        config=config, new=new, device=device, releases=release or (), baseline=baseline
    )
    with _annotated_errors():
        if write_baseline is not None:
            _write_baseline(options, write_baseline)
            return
        report = _judge(options, _day(today))
        files = {markdown: to_markdown, junit: to_junit, sarif: to_sarif}
        _write_reports(report, {**files, benchmark_json: to_benchmark_json})
    _tell_github(report)
    emit(to_json(report), lambda console: print_size_report(console, report), as_json=as_json)
    if report.outcome is not Outcome.WITHIN:
        raise typer.Exit(_EXIT_CODES[report.outcome])


def _judge(options: GateOptions, today: date) -> Report:
    inputs = read_gate_inputs(options)
    with process_executor() as executor, progress("measuring", None) as advance:
        advance("baseline")
        baseline = find_baseline(inputs, executor)
        measured = measure_inputs(inputs, executor, advance)
        report = judge(inputs.plan, measured, inputs.versions, baseline, today)
        advance("reasons")
        return with_reasons(report, measured)


def _write_baseline(options: GateOptions, path: Path) -> None:
    inputs = read_gate_inputs(options)
    with process_executor() as executor, progress("measuring", None) as advance:
        measured = measure_inputs(inputs, executor, advance)
    write_files({path: baseline_of(measured, str(path)).to_bytes()})
    note(f"{path}: baseline of {measured.new.name} written; nothing was judged")


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--today {text}: not a date like 2027-01-31") from error


def _write_reports(report: Report, wanted: Mapping[Path | None, Callable[[Report], str]]) -> None:
    write_files({path: to_text(report).encode() for path, to_text in wanted.items() if path})


@contextmanager
def _annotated_errors() -> Iterator[None]:
    """Show on the pull request why nothing could be judged."""
    try:
        yield
    except EXPECTED_ERRORS as error:
        if _on_github():
            _print_command(error_command(str(error)))
        raise


def _tell_github(report: Report) -> None:
    """Annotate, and append to the job's summary; neither can change the verdict."""
    if _on_github():
        for command in to_annotations(report):
            _print_command(command)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        return
    try:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(to_markdown(report))
    except OSError as error:
        note(f"$GITHUB_STEP_SUMMARY: cannot be written ({error.strerror}); the verdict stands")


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _print_command(command: str) -> None:
    """The runner reads workflow commands from both streams; stdout may hold JSON."""
    stderr().print(command, soft_wrap=True)
