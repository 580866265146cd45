"""`airdelta link`: the links that `simulate` and `plan` know by name."""

from typing import Annotated

import typer
from rich.console import Console

from link_sim.links import link_names, load_link
from pipeline.cli.options import AsJson
from pipeline.cli.output import bytes_text, duration_text, emit, plain_table
from pipeline.json_document import Json

_SAMPLE_BYTES = 10_000

app = typer.Typer(help="Show the links that are known by name.", no_args_is_help=True)


@app.command(name="list")
def list_links(as_json: AsJson = False) -> None:
    """List the links, with the time that 10 kB take without loss."""
    links = [load_link(name) for name in link_names()]

    def render(console: Console) -> None:
        table = plain_table("name", ">fragment", ">10 kB", "what it is")
        for link in links:
            table.add_row(
                link.name,
                str(link.max_fragment_bytes),
                duration_text(link.estimate(_SAMPLE_BYTES).duration_s),
                link.description,
            )
        console.print(table)

    document: list[Json] = [{"name": one.name, "description": one.description} for one in links]
    emit({"links": document}, render, as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    size: Annotated[int, typer.Option(min=1, help="Bytes of the transfer.")] = _SAMPLE_BYTES,
    as_json: AsJson = False,
) -> None:
    """Show one link: fragment size, and what a transfer takes without loss.

    **Example**

    `airdelta link show eu868-dr3 --size 4321`
    """
    link = load_link(name)
    estimate = link.estimate(size)

    def render(console: Console) -> None:
        table = plain_table("", "")
        table.show_header = False
        table.add_row("link", f"{link.name}: {link.description}")
        table.add_row("fragment", f"at most {link.max_fragment_bytes} bytes")
        table.add_row(f"{bytes_text(size)} bytes", f"{estimate.fragments} fragments")
        table.add_row("duration", duration_text(estimate.duration_s))
        table.add_row("time on air", duration_text(estimate.time_on_air_s))
        table.add_row("bytes on air", bytes_text(estimate.bytes_on_air))
        for assumption in link.assumptions:
            table.add_row("assumed", assumption)
        console.print(table)

    document: dict[str, Json] = {
        "name": link.name,
        "description": link.description,
        "max_fragment_bytes": link.max_fragment_bytes,
        "size_bytes": size,
        "fragments": estimate.fragments,
        "duration_s": estimate.duration_s,
        "time_on_air_s": estimate.time_on_air_s,
        "bytes_on_air": estimate.bytes_on_air,
        "assumptions": [*link.assumptions],
    }
    emit(document, render, as_json=as_json)
