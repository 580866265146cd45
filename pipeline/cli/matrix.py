"""`airdelta matrix`: all updates between the released versions of a product."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.build import Out, SecurityCounter
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import AsJson, Device, PassphraseFile, load_profile, load_signing_key
from pipeline.cli.output import emit, plain_table, progress
from pipeline.cli.signing_options import SigningKey
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError
from pipeline.images.releases import (
    Release,
    parse_release,
    read_releases,
    release_files_by_variant,
    split_variant,
    version_key,
)
from pipeline.json_document import Json
from pipeline.matrix.building import CellResult, Fate, MatrixRequest, build_matrix
from pipeline.matrix.cells import plan_cells
from pipeline.wording import bytes_text

Named = Annotated[
    list[str] | None,
    typer.Option(
        "--release",
        metavar="[VARIANT/]VERSION=IMAGE",
        help="A released version; repeat for each.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--releases",
        metavar="DIR",
        help="A folder of them instead: VERSION.elf, or VARIANT/VERSION.elf.",
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="VERSION|all",
        help="Version to update to; repeat for several. Default: the newest.",
    ),
]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Build all anew, also what is still good.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(matrix)


def matrix(
    key: SigningKey,
    out: Out,
    release: Named = None,
    releases: Folder = None,
    to: To = None,
    device: Device = None,
    security_counter: SecurityCounter = 0,
    rebuild: Rebuild = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Build the updates from every older release to the newest, for every variant of a product.

    A package whose inputs did not change is kept. Where no patch is smaller than the full image,
    there is none, with a note; the full image is there for every base. DIR/matrix.json lists all.

    **Examples**

    `airdelta matrix --releases releases --key release.pem --out updates`

    `airdelta matrix --release 1.0.0=v1.elf --release 1.1.0=v11.elf --release 2.0.0=v2.elf
    --to all --key release.pem --out updates`
    """
    variants = _variants(release or [], releases)
    versions = {one.version for found in variants.values() for one in found}
    cells = plan_cells(variants, sorted(versions, key=version_key) if to == ["all"] else to)
    request = MatrixRequest(
        cells=cells,
        profile=load_profile(device),
        security_counter=security_counter,
        folder=out,
        rebuild=rebuild,
    )
    signer = load_signing_key(key, passphrase_file, out)
    with process_executor() as executor, progress("building", len(cells)) as advance:
        results = build_matrix(request, signer, executor, lambda done: advance(done.cell.label))
    updates: list[Json] = [{**one.entry.to_json(), "fate": one.fate.value} for one in results]
    emit({"updates": updates}, lambda console: _render(console, results), as_json=as_json)
    if any(result.fate.is_failure for result in results):
        raise typer.Exit(ExitCode.REJECTED)


def _variants(named: list[str], folder: Path | None) -> dict[str, tuple[Release, ...]]:
    if bool(named) == (folder is not None):
        raise InputError("--release or --releases: give one of both")
    found = release_files_by_variant(folder) if folder else [parse_release(text) for text in named]
    paths: dict[str, list[tuple[str, Path]]] = {}
    for name, path in found:
        variant, version = split_variant(name)
        paths.setdefault(variant, []).append((version, path))
    return {variant: read_releases(paths[variant]) for variant in sorted(paths)}


def _render(console: Console, results: list[CellResult]) -> None:
    table = plain_table("update", ">bytes", "engine", "this run")
    for result in results:
        entry = result.entry
        table.add_row(
            result.cell.label,
            "" if entry.air_bytes is None else bytes_text(entry.air_bytes),
            entry.engine or "",
            result.fate.value,
            style="bold red" if result.fate.is_failure else "",
        )
    console.print(table)
    for result in results:
        if result.entry.note is not None:
            console.print(f"{result.cell.label}: {result.entry.note}", soft_wrap=True)
    counts = Counter(result.fate for result in results)
    told = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
    console.print(f"{len(results)} updates: {told}", style="bold")
