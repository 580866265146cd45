"""`airdelta device`: the built-in device profiles, as a starting point for one's own."""

from typing import Annotated

import typer
from rich.console import Console

from device_apply.profile_toml import builtin_profile_names, builtin_profile_text, parse_profile
from pipeline.cli.options import AsJson
from pipeline.cli.output import bytes_text, emit, plain_table

app = typer.Typer(help="Show the built-in device profiles.", no_args_is_help=True)


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

    emit({"profiles": [profile.name for profile in profiles]}, render, as_json=as_json)


@app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Print a built-in profile as TOML: `airdelta device show generic > mine.toml`."""
    typer.echo(builtin_profile_text(name), nl=False)
