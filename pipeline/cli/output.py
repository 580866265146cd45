"""How commands talk: results on stdout, for people or as JSON; progress and notes on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.json_document import Json

_FALLBACK_WIDTH = 80
"""Columns where stdout is not a terminal, so that logs read the same everywhere."""


class Advance(Protocol):
    """Moves a progress bar on."""

    def __call__(self, what: str, steps: int = 1, /) -> None:
        """Say what was done, and how much of the total it was."""
        ...


def stdout() -> Console:
    """Return the console for results."""
    return _console(sys.stdout.isatty(), stderr=False)


def stderr() -> Console:
    """Return the console for progress, notes and errors."""
    return _console(sys.stderr.isatty(), stderr=True)


def emit(document: Mapping[str, Json], render: Callable[[Console], None], *, as_json: bool) -> None:
    """Print a result: the document as JSON, or what `render` makes of it."""
    try:
        if as_json:
            sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
        else:
            render(stdout())
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); that changes no verdict.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def facts_table(facts: Mapping[str, str]) -> Table:
    """Return names and values without a header; facts without a value are left out."""
    table = plain_table("", "")
    table.show_header = False
    for name, value in facts.items():
        if value:
            table.add_row(name, value)
    return table


def note(text: str) -> None:
    """Tell the user something that is neither result nor error."""
    stderr().print(f"note: {text}", soft_wrap=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Advance]:
    """Show a progress bar on stderr if that is a terminal; yield the function that advances it.

    Without a total the bar only shows that something happens.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=stderr(), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(title, total=total)

        def advance(what: str, steps: int = 1) -> None:
            bar.update(task, advance=steps, description=f"{title}: {what}")

        yield advance


def plain_table(*columns: str, title: str | None = None) -> Table:
    """Return a table in the house style; a column whose name starts with `>` is right-aligned."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
    )
    for column in columns:
        right = column.startswith(">")
        is_name = not table.columns
        table.add_column(column.lstrip(">"), justify="right" if right else "left", no_wrap=is_name)
    return table


class _PatientConsole(Console):
    """A console that leaves a broken pipe to `emit` instead of ending the process with code 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(terminal: bool, *, stderr: bool) -> Console:
    # Names of files and profiles are printed as they are: nothing in them is markup.
    return _PatientConsole(
        stderr=stderr,
        width=None if terminal else _FALLBACK_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
