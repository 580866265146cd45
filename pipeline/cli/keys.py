"""`airdelta keys`: making keys, saying what a key is, handing over to the next."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from device_apply.wire.delivery import MAX_U32
from pipeline.cli.options import (
    AsJson,
    PassphraseFile,
    load_signing_key,
    new_passphrase,
    passphrase_for,
    witness_folder,
)
from pipeline.cli.output import emit, facts_table, note
from pipeline.cli.signing_options import SigningKey, leaving_requests
from pipeline.encryption.recipients import is_pem, read_shared_key
from pipeline.errors import InputError
from pipeline.json_document import Json
from pipeline.keys.key_description import describe_key
from pipeline.keys.key_files import is_public_key, load_public_key
from pipeline.keys.lms_key import LmsKey, state_path
from pipeline.keys.new_keys import KeyAlgorithm, create_key_pair, create_lms_key, create_shared_key
from pipeline.keys.rotation import key_change
from pipeline.packaging.file_set import write_files

app = typer.Typer(help="Make, show and hand over keys.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="keys")


@app.callback()
def _group() -> None:
    """Make, show and hand over keys."""


@app.command()
def new(
    key: Annotated[
        Path, typer.Argument(metavar="KEY.pem", help="File for the private key (mode 0600).")
    ],
    algorithm: Annotated[
        KeyAlgorithm,
        typer.Option(
            help="ed25519 is fast on Cortex-M4; p256 is small on M0+, and what payloads are "
            "encrypted for; ml-dsa-* and hss-lms withstand quantum computers; a128 is a shared key "
            "to encrypt for; the others sign images only."
        ),
    ] = KeyAlgorithm.ED25519,
    passphrase_file: PassphraseFile = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the key unprotected: for tests only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key pair: KEY.pem to sign or decrypt with, KEY.pub.pem to trust or encrypt for.

    A shared key (a128) is one file without a passphrase, in hex digits: it is for a device's
    provisioning, so keep it where that is.

    **Examples**

    `airdelta keys new release.pem`

    `airdelta keys new ci.pem --algorithm p256 --passphrase-file secret.txt`

    `airdelta keys new fleet.key --algorithm a128`

    `airdelta keys new release.lms --algorithm hss-lms`
    """
    if key.name in ("", ".", ".."):
        raise InputError(f"{key}: give the name of a file for the key")
    if no_passphrase and passphrase_file is not None:
        raise InputError("--no-passphrase and --passphrase-file: give only one of them")
    if algorithm is KeyAlgorithm.A128:
        _new_shared_key(key, passphrase_file, as_json=as_json)
        return
    passphrase = None if no_passphrase else new_passphrase(passphrase_file)
    if algorithm is KeyAlgorithm.HSS_LMS:
        _new_lms_key(key, passphrase, as_json=as_json)
        return
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


@app.command()
def show(
    key: Annotated[
        Path, typer.Argument(metavar="KEY", help="A public, private or shared key in a file.")
    ],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what a key is: its algorithm, its fingerprint, its name in encrypted packages.

    Nothing secret is printed. A private key is asked for its public half.

    **Example**

    `airdelta keys show release.pub.pem`
    """
    if not is_pem(key):
        shared = read_shared_key(key)
        facts = {"algorithm": "A128KW, shared", "key id": shared.key_id.hex()}
    else:
        passphrase = None if is_public_key(key) else passphrase_for(key, passphrase_file)
        facts = describe_key(key, passphrase)
    emit(
        {"key": str(key), **{name.replace(" ", "_"): value for name, value in facts.items()}},
        lambda console: console.print(facts_table({"key": str(key), **facts}), ""),
        as_json=as_json,
    )


@app.command()
def rotate(
    next_key: Annotated[
        Path, typer.Argument(metavar="NEXT.pub.pem", help="Public key that devices believe next.")
    ],
    key: SigningKey,
    number: Annotated[
        int,
        typer.Option(min=1, max=MAX_U32, help="Number of the next key: one more than today's."),
    ],
    vendor: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Vendor of the devices, as in their profile.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The message for devices.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Hand over to the next key: devices that take the message believe it, and no longer this one.

    The key of today signs, so hand over while you have it. Devices take keys in the order of their
    numbers, one message each; keep all messages for those that were away. Packages of the old key
    are refused from then on.

    **Example**

    `airdelta keys rotate next.pub.pem --key release.pem --number 2 --vendor example.com
    --out key-2.cose`
    """
    signer = load_signing_key(key, passphrase_file, out.parent)
    with leaving_requests(as_json=as_json):
        message = key_change(load_public_key(next_key), number, vendor, signer)
    write_files({out: message})
    document: dict[str, Json] = {"message": str(out), "number": number, "size_bytes": len(message)}
    text = f"{out}: {len(message)} bytes; key {number} is the next one of {vendor}"
    emit(document, lambda console: console.print(text), as_json=as_json)


def _new_shared_key(key: Path, passphrase_file: Path | None, *, as_json: bool) -> None:
    if passphrase_file is not None:
        raise InputError("--passphrase-file: a shared key's file has none: protect its place")
    created = create_shared_key(key)
    document: dict[str, Json] = {"algorithm": KeyAlgorithm.A128.value, "shared_key": str(created)}
    text = f"shared key   {created}   (keep it; devices get it when they are made)"
    emit(document, lambda console: console.print(text), as_json=as_json)


def _new_lms_key(key: Path, passphrase: bytes | None, *, as_json: bool) -> None:
    note("making a tree of 1,024 signatures takes a while")
    made = LmsKey.generate()
    public_path = create_lms_key(key, made, passphrase, witness_folder())
    document: dict[str, Json] = {
        "algorithm": KeyAlgorithm.HSS_LMS.value,
        "private_key": str(key),
        "state": str(state_path(key)),
        "public_key": str(public_path),
        "signatures": len(made.leaves),
        "encrypted": passphrase is not None,
    }

    def render(console: Console) -> None:
        console.print(f"private key  {key}   (signs {len(made.leaves)} times)")
        console.print(f"state        {state_path(key)}   (never restore an older one)")
        console.print(f"public key   {public_path}   (devices trust it)")

    emit(document, render, as_json=as_json)
