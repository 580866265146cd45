"""`airdelta device`: the built-in device profiles, as a starting point for one's own."""

import tomllib
from typing import Annotated

import typer
from rich.console import Console

from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_names, builtin_profile_text, parse_profile
from pipeline.cli.options import AsJson, read_profile_text
from pipeline.cli.output import emit, plain_table
from pipeline.json_document import Json
from pipeline.wording import bytes_text

app = typer.Typer(help="Show device profiles, read one's own.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="device")


@app.command(name="list")
def list_profiles(as_json: AsJson = False) -> None:
    """List the built-in device profiles."""
    profiles = [parse_profile(builtin_profile_text(name)) for name in builtin_profile_names()]

    def render(console: Console) -> None:
        table = plain_table("name", "architecture", ">slot bytes", ">applier RAM", "slots")
        for profile in profiles:
            table.add_row(
                profile.name,
                profile.architecture,
                bytes_text(profile.slot_bytes),
                bytes_text(profile.applier_ram_bytes),
                profile.layout.slot_addressing,
            )
        console.print(table)

    document: list[Json] = [_summary_json(profile) for profile in profiles]
    emit({"profiles": document}, render, as_json=as_json)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE.toml", help="A built-in profile or your own.")
    ],
    as_json: AsJson = False,
) -> None:
    """Print a profile as TOML: `airdelta device show generic > mine.toml`.

    A profile of your own is checked: `airdelta device show mine.toml`.
    """
    text = read_profile_text(name)
    # JSON has the keys of the TOML: what it says is what the profile's documentation explains.
    emit(
        tomllib.loads(text),
        lambda _console: typer.echo(text, nl=False),
        as_json=as_json,
    )


def _summary_json(profile: DeviceProfile) -> dict[str, Json]:
    return {
        "name": profile.name,
        "architecture": profile.architecture,
        "device_class": profile.device_class,
        "slot_bytes": profile.slot_bytes,
        "slot_addressing": profile.layout.slot_addressing,
        "applier_ram_bytes": profile.applier_ram_bytes,
        "radio": profile.radio,
    }
