"""`airdelta authorise-rollback`: let devices go back to one older image."""

from pathlib import Path
from typing import Annotated

import typer

from device_apply.wire.delivery import MAX_U32
from device_apply.wire.rollback import DEVICE_ID_BYTES
from pipeline.cli.options import AsJson, PassphraseFile, load_signing_key
from pipeline.cli.output import emit, facts_table
from pipeline.cli.signing_options import SigningKey, leaving_requests
from pipeline.errors import InputError
from pipeline.packaging.file_set import write_files
from pipeline.packaging.rollback import RollbackPermission, authorise_rollback
from pipeline.packaging.update_package import read_package


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("authorise-rollback")(authorise)


def authorise(
    package: Annotated[
        Path, typer.Argument(metavar="PACKAGE.suit", help="The older release, for these devices.")
    ],
    key: SigningKey,
    highest_counter: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_U32,
            help="Security counter of the newest release that devices may leave in this way.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The package with its authorisation.")
    ],
    device_id: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="Only this device: its 16 bytes in hex."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign that devices of a package's class may go back to its image.

    Devices refuse images with a lower security counter than their own, except with such an
    authorisation: for this very image, for the class of the package or one device of it, and until
    they have seen a release with a counter above --highest-counter. Manifest and payload stay as
    they were signed.

    **Example**

    `airdelta authorise-rollback v1.suit --key release.pem --highest-counter 4 --out back.suit`
    """
    permission = RollbackPermission(
        highest_replaced_counter=highest_counter, device_id=_device_id(device_id)
    )
    signer = load_signing_key(key, passphrase_file, out.parent)
    with leaving_requests(as_json=as_json):
        authorised = authorise_rollback(read_package(package), permission, signer)
    write_files({out: authorised.envelope_file})
    manifest = authorised.head.manifest
    devices = "the device class" if device_id is None else f"device {device_id.lower()}"
    facts = {
        "package": str(out),
        "image": f"{manifest.new_image.short}…, security counter {manifest.security_counter}",
        "may replace": f"security counters up to {highest_counter}, on {devices}",
    }
    emit(
        {
            "package": str(out),
            "image_sha256": manifest.new_image.digest.hex(),
            "security_counter": manifest.security_counter,
            "highest_replaced_counter": highest_counter,
            "device_id": None if device_id is None else device_id.lower(),
        },
        lambda console: console.print(facts_table(facts), ""),
        as_json=as_json,
    )


def _device_id(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        device_id = bytes.fromhex(text)
    except ValueError as error:
        raise InputError(f"--device-id {text}: not hexadecimal") from error
    if len(device_id) != DEVICE_ID_BYTES:
        raise InputError(f"--device-id {text}: {len(device_id)} bytes, not {DEVICE_ID_BYTES}")
    return device_id
