"""`airdelta keys`: making signing keys."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.options import AsJson, PassphraseFile, new_passphrase
from pipeline.cli.output import emit
from pipeline.errors import InputError
from pipeline.json_document import Json
from pipeline.keys.key_files import KeyAlgorithm, create_key_pair

app = typer.Typer(help="Make signing keys.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="keys")


@app.callback()
def _group() -> None:
    """Make signing keys."""


@app.command()
def new(
    key: Annotated[
        Path, typer.Argument(metavar="KEY.pem", help="File for the private key (mode 0600).")
    ],
    algorithm: Annotated[
        KeyAlgorithm,
        typer.Option(
            help="ed25519 is fast on Cortex-M4; p256 is small on M0+; the others sign images only."
        ),
    ] = KeyAlgorithm.ED25519,
    passphrase_file: PassphraseFile = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the key unprotected: for tests only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key pair: KEY.pem to sign with, KEY.pub.pem for devices to trust.

    **Examples**

    `airdelta keys new release.pem`

    `airdelta keys new ci.pem --algorithm p256 --passphrase-file secret.txt`
    """
    if key.name in ("", ".", ".."):
        raise InputError(f"{key}: give the name of a file for the key")
    if no_passphrase and passphrase_file is not None:
        raise InputError("--no-passphrase and --passphrase-file: give only one of them")
    passphrase = None if no_passphrase else new_passphrase(passphrase_file)
    pair = create_key_pair(key, algorithm, passphrase)

    def render(console: Console) -> None:
        console.print(f"private key  {pair.private_path}   (keep it; it signs updates)")
        console.print(f"public key   {pair.public_path}   (devices trust it)")

    document: dict[str, Json] = {
        "algorithm": algorithm.value,
        "private_key": str(pair.private_path),
        "public_key": str(pair.public_path),
        "encrypted": passphrase is not None,
    }
    emit(document, render, as_json=as_json)
