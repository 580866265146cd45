"""`airdelta inspect`: what a package claims, without trusting it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device_apply.wire.encryption import EncryptionInfo
from device_apply.wire.envelope import EnvelopeHead
from pipeline.cli.options import AsJson
from pipeline.cli.output import emit, facts_table
from pipeline.json_document import Json
from pipeline.packaging.build_record import manifest_json
from pipeline.packaging.update_package import read_head
from pipeline.wording import bytes_text

Package = Annotated[Path, typer.Argument(metavar="PACKAGE", help="The update package.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(package: Package, as_json: AsJson = False) -> None:
    """Show what a package claims: images, payload, signature. Nothing is verified.

    **Example**

    `airdelta inspect out/update.suit`
    """
    head = read_head(package)
    document: dict[str, Json] = {
        "package": str(package),
        "air_bytes": _air_bytes(head),
        "envelope_bytes": len(head.to_bytes()),
        "integrated": head.integrated_payload_size is not None,
        "signature_algorithm": head.algorithm.label,
        "manifest": manifest_json(head.manifest),
        "verified": False,
    }
    emit(document, lambda console: _render(console, package, head), as_json=as_json)


def _air_bytes(head: EnvelopeHead) -> int:
    return len(head.to_bytes()) + head.manifest.payload.size


def _render(console: Console, path: Path, head: EnvelopeHead) -> None:
    manifest = head.manifest
    integrated = head.integrated_payload_size is not None
    where = "inside the envelope" if integrated else f"in {manifest.payload_uri}"
    base = manifest.base_digest
    encryption = manifest.encryption
    facts = {
        "package": f"{path}, {bytes_text(_air_bytes(head))} bytes over the air",
        "envelope": f"{len(head.to_bytes())} bytes, signed with {head.algorithm.label}",
        "payload": f"{manifest.payload_format.label}, {bytes_text(manifest.payload.size)} bytes, "
        f"{where}",
        "encryption": "none" if encryption is None else _encryption_text(encryption),
        "base image": "any (full image)" if base is None else f"sha256 {base.hex()}",
        **{
            f"for {patch.base_digest.hex()[:8]}…": f"{patch.payload_format.label}, "
            f"{bytes_text(patch.payload.size)} bytes, in {patch.payload_uri}"
            for patch in manifest.patches
        },
        "new image": f"{bytes_text(manifest.new_image.size)} bytes",
        "new sha256": manifest.new_image.digest.hex(),
        "counter": str(manifest.security_counter),
        "class id": manifest.class_id.hex(),
        "slot": "any" if manifest.slot is None else "AB"[manifest.slot],
    }
    console.print(facts_table(facts))
    console.print("Nothing was verified: `airdelta verify` does.", style="dim")


def _encryption_text(encryption: EncryptionInfo) -> str:
    names = ", ".join(
        f"{each.key_id.hex() or 'any'} ({each.agreement.label})" for each in encryption.recipients
    )
    return f"{encryption.cipher.label}, for {names}; {len(encryption.to_bytes())} bytes"
