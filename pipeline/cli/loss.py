"""`--loss`: what a link loses, for every command that simulates one."""

from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.input_files import read_input_file

_MAX_TRACE_BYTES: Final = 16 << 20

Loss = Annotated[
    str,
    typer.Option(
        metavar="P|ge:P,R|trace:FILE",
        help="Lost transmissions: a probability; Gilbert-Elliott bursts (good to bad with P, "
        "back with R); or a trace of times and fates. docs/LINKS.md has more.",
    ),
]


def read_trace(name: str) -> str:
    """Return the text of a trace that `trace:FILE` names.

    Raises:
        pipeline.errors.InputError: the file cannot be read.
    """
    return read_input_file(Path(name), "trace", _MAX_TRACE_BYTES).decode(errors="replace")
