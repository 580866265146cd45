"""The entry point: assembles the commands and turns every error into one line and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated

import typer

from pipeline.cli import (
    apply,
    build,
    demo,
    device,
    inspect,
    keys,
    link,
    plan,
    simulate,
    verify,
)
from pipeline.cli.exit_codes import EXPECTED_ERRORS, ExitCode, exit_code_of
from pipeline.cli.output import stderr

DEBUG_VARIABLE = "AIRDELTA_DEBUG"

app = typer.Typer(
    name="airdelta",
    help="Smallest signed firmware updates for LoRa, BLE and NB-IoT, proved before they ship.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (demo, build, inspect, verify, apply, simulate, plan):
    module.register(app)
app.add_typer(keys.app, name="keys")
app.add_typer(device.app, name="device")
app.add_typer(link.app, name="link")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"airdelta {metadata.version('airdelta')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Smallest signed firmware updates for LoRa, BLE and NB-IoT, proved before they ship."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        app(arguments)
    except SystemExit as end:
        # how typer ends every command, and how it reports wrong options: with code 2
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except EXPECTED_ERRORS as error:
        _print_error(str(error))
        return exit_code_of(error)
    except BrokenPipeError:
        # whoever read our output closed it (`| head`); point stdout away so that exit is silent
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 (the last line of defence: no traceback for users)
        _print_bug(error)
        return ExitCode.BUG
    return ExitCode.OK


def run() -> None:
    """Run the command line; the console script's entry point."""
    sys.exit(main())


def _print_error(message: str) -> None:
    one_line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    stderr().print(f"error: {one_line}", style="red", highlight=False, markup=False, soft_wrap=True)


def _print_bug(error: Exception) -> None:
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    _print_error(
        f"this is a bug in airdelta: {type(error).__name__}: {error} "
        f"(set {DEBUG_VARIABLE}=1 for the traceback and report it)"
    )
