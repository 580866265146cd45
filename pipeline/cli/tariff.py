"""`airdelta tariff`: how operators bill, as a starting point for one's own, and reading one."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from link_sim.errors import LinkError
from link_sim.tariff import Tariff, load_tariff, parse_tariff, tariff_names, tariff_text
from pipeline.cli.options import AsJson
from pipeline.cli.output import emit, plain_table
from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.json_document import Json

_MAX_TEXT_BYTES: Final = 1 << 20
_PROFILE_SUFFIX: Final = ".toml"

TariffOption = Annotated[
    str | None,
    typer.Option(
        "--tariff",
        metavar="NAME|FILE.toml",
        help="What a byte costs: one of `airdelta tariff list`, or a file of your own. "
        "Default: no cost is counted.",
    ),
]

app = typer.Typer(help="Show how operators bill.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="tariff")


@app.command(name="list")
def list_tariffs(as_json: AsJson = False) -> None:
    """List the built-in tariffs."""
    tariffs = [load_tariff(name) for name in tariff_names()]

    def render(console: Console) -> None:
        table = plain_table("name", ">per MB", ">rounded to", "what it is")
        for tariff in tariffs:
            table.add_row(
                tariff.name,
                f"{tariff.price_per_mb:g} {tariff.currency}",
                f"{tariff.granule_bytes:,}",
                tariff.description,
            )
        console.print(table)

    emit({"tariffs": [_tariff_json(tariff) for tariff in tariffs]}, render, as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE.toml")], as_json: AsJson = False
) -> None:
    """Print a tariff as TOML: `airdelta tariff show olivia > mine.toml`."""
    tariff = read_tariff(name)
    if as_json:
        emit(_tariff_json(tariff), lambda _console: None, as_json=True)
    elif name.endswith(_PROFILE_SUFFIX):
        typer.echo(_read_text(name), nl=False)
    else:
        typer.echo(tariff_text(name), nl=False)


def read_tariff(name: str) -> Tariff:
    """Return a built-in tariff, or the one that a file of the user's describes.

    Raises:
        InputError: the file cannot be read, or is no tariff; the message names it.
        LinkError: no such tariff.
    """
    if not name.endswith(_PROFILE_SUFFIX):
        return load_tariff(name)
    try:
        return parse_tariff(_read_text(name))
    except LinkError as error:
        raise InputError(f"{name}: {error}") from error


def _read_text(name: str) -> str:
    try:
        return read_input_file(Path(name), "tariff", _MAX_TEXT_BYTES).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not a text file") from error


def _tariff_json(tariff: Tariff) -> dict[str, Json]:
    return {
        "name": tariff.name,
        "description": tariff.description,
        "source": tariff.source,
        "currency": tariff.currency,
        "price_per_mb": tariff.price_per_mb,
        "granule_bytes": tariff.granule_bytes,
        "record_h": tariff.record_h,
        "minimum_charge": tariff.minimum_charge,
        "assumptions": [*tariff.assumptions],
    }
