"""The files that `airdelta plan` writes beside what it prints: report, tables, figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import optional_extra
from pipeline.packaging.file_set import write_files
from pipeline.planning.figures import figures, standalone
from pipeline.planning.page import to_html
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.plan_rows import to_csv, to_markdown

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE.html", help="Also write a report with charts there."),
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE.csv", help="Also write a row per strategy there."),
]
Markdown = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE.md", help="Also write what fits as a table there."),
]
Figures = Annotated[
    Path | None,
    typer.Option("--figures", metavar="DIR", help="Also write the charts there, as SVG."),
]
Png = Annotated[bool, typer.Option("--png", help="With --figures: as PNG, too (airdelta\\[png]).")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """Where to write what; None is not written."""

    html: Path | None
    csv: Path | None
    markdown: Path | None
    figures: Path | None
    png: bool

    @property
    def need_sweeps(self) -> bool:
        """Whether something shows how the plan changes with the loss."""
        return self.html is not None or self.figures is not None

    @property
    def are_for_a_pair(self) -> bool:
        """Whether there are some that a fleet's plan does not have."""
        return self.png or any((self.csv, self.markdown, self.figures))


def write_plan_files(report: PlanReport, files: PlanFiles) -> None:
    """Write all that was asked for, or nothing.

    Raises:
        EnvironmentProblem: pictures were asked for and the library for them is not installed.
    """
    contents: dict[Path, bytes] = {}
    if files.html is not None:
        contents[files.html] = to_html(report).encode()
    if files.csv is not None:
        contents[files.csv] = to_csv(report).encode()
    if files.markdown is not None:
        contents[files.markdown] = to_markdown(report).encode()
    if files.figures is not None:
        contents |= dict(_figure_files(report, files.figures, png=files.png))
    if contents:
        write_files(contents)


def _figure_files(report: PlanReport, folder: Path, *, png: bool) -> Iterator[tuple[Path, bytes]]:
    for figure in figures(report):
        svg = standalone(figure, report.origin)
        yield folder / f"{figure.slug}.svg", svg.encode()
        if png:
            with optional_extra("png"):
                from pipeline.planning.png import to_png  # noqa: PLC0415 (an optional extra)
            yield folder / f"{figure.slug}.png", to_png(svg)
