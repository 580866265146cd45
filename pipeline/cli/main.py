"""The entry point: assembles the commands and turns every error into one line and an exit code."""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli import (
    apply,
    build,
    check_size,
    demo,
    device,
    explain,
    inspect,
    keys,
    link,
    matrix,
    plan,
    repository,
    rollback,
    seal,
    sign,
    simulate,
    tariff,
    torture,
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
_PANELS: Final = {
    "Build and prove": (demo, build, matrix, inspect, verify, apply, torture),
    "Plan and simulate": (plan, simulate, link, device, tariff),
    "Understand and guard the size": (explain, check_size),
    "Sign and publish": (keys, sign, seal, rollback, repository),
}


def _register_all() -> None:
    """Give every module's commands to the application, grouped as `--help` shows them."""
    for panel, modules in _PANELS.items():
        known = len(app.registered_commands), len(app.registered_groups)
        for module in modules:
            module.register(app)
        for command in app.registered_commands[known[0] :]:
            command.rich_help_panel = panel
        for group in app.registered_groups[known[1] :]:
            group.rich_help_panel = panel


_register_all()


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
    _make_streams_safe()
    try:
        app(arguments)
    except SystemExit as end:
        # how typer ends every command, and how it reports wrong options: with code 2
        return end.code if isinstance(end.code, int) else ExitCode.BUG if end.code else ExitCode.OK
    except KeyboardInterrupt:
        _print_error("interrupted")
        return ExitCode.INTERRUPTED
    except EXPECTED_ERRORS as error:
        _print_error(str(error))
        return exit_code_of(error)
    except OSError as error:
        _print_error(f"the system refused: {error.strerror or error}")
        return ExitCode.ENVIRONMENT
    except Exception as error:  # noqa: BLE001 (the last line of defence: no traceback for users)
        _print_bug(error)
        return ExitCode.BUG
    return ExitCode.OK


def run() -> None:
    """Run the command line; the console script's entry point."""
    sys.exit(main())


def _make_streams_safe() -> None:
    """Let output never be the reason to fail: closed streams swallow, odd names are escaped."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (stays open)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (stays open)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print_error(message: str) -> None:
    one_line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    with suppress(OSError):  # a full or closed stderr must not change the exit code
        stderr().print(f"error: {one_line}", style="red", soft_wrap=True)


def _print_bug(error: Exception) -> None:
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    _print_error(
        f"this is a bug in airdelta: {type(error).__name__}: {error} "
        f"(set {DEBUG_VARIABLE}=1 for the traceback and report it)"
    )
