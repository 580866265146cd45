"""`airdelta inspect`: what a package claims, without trusting it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device_apply.wire.manifest import Manifest
from pipeline.cli.options import AsJson
from pipeline.cli.output import bytes_text, emit, plain_table
from pipeline.json_document import Json
from pipeline.packaging.build_record import manifest_json
from pipeline.packaging.update_package import UpdatePackage, read_package

Package = Annotated[Path, typer.Argument(metavar="PACKAGE", help="The update package.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(package: Package, as_json: AsJson = False) -> None:
    """Show what a package claims: images, payload, signature. Nothing is verified.

    **Example**

    `airdelta inspect out/update.suit`
    """
    read = read_package(package)
    document: dict[str, Json] = {
        "package": str(package),
        "air_bytes": read.air_bytes,
        "envelope_bytes": len(read.head_bytes),
        "integrated": read.is_integrated,
        "signature_algorithm": read.head.algorithm.label,
        "manifest": manifest_json(read.head.manifest),
        "verified": False,
    }
    emit(document, lambda console: _render(console, package, read), as_json=as_json)


def _render(console: Console, path: Path, package: UpdatePackage) -> None:
    manifest = package.head.manifest
    table = plain_table("", "")
    table.show_header = False
    where = "inside the envelope" if package.is_integrated else f"in {manifest.payload_uri}"
    rows = {
        "package": f"{path}, {bytes_text(package.air_bytes)} bytes over the air",
        "envelope": f"{len(package.head_bytes)} bytes, signed with {package.head.algorithm.label}",
        "payload": f"{manifest.payload_format.label}, {bytes_text(manifest.payload.size)} bytes, "
        f"{where}",
        "base image": _base_text(manifest),
        "base sha256": manifest.base_image.digest.hex() if manifest.base_image else "",
        "new image": f"{bytes_text(manifest.new_image.size)} bytes",
        "new sha256": manifest.new_image.digest.hex(),
        "counter": str(manifest.security_counter),
        "vendor id": manifest.vendor_id.hex(),
        "class id": manifest.class_id.hex(),
        "slot": "any" if manifest.slot is None else "AB"[manifest.slot],
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, value)
    console.print(table)
    console.print("Nothing was verified: `airdelta verify` does.", style="dim")


def _base_text(manifest: Manifest) -> str:
    base = manifest.base_image
    if base is None:
        return "any (full image)"
    return f"{bytes_text(base.size)} bytes"
