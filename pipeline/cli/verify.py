"""`airdelta verify`: is a package what the owner of this key signed?"""

from pathlib import Path
from typing import Annotated

import typer

from device_apply.admission import expect_counter
from pipeline.cli.encryption_options import DecryptionKeyFile, decryption_key
from pipeline.cli.inspect import Package
from pipeline.cli.options import AsJson, DeviceCounter, PassphraseFile, Trust, load_trust, naming
from pipeline.cli.output import emit
from pipeline.images.reader import read_image
from pipeline.json_document import Json
from pipeline.packaging.applying import apply_package
from pipeline.packaging.build_record import manifest_json
from pipeline.packaging.update_package import read_package, verify_package


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    package: Package,
    trust: Trust,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", metavar="IMAGE", help="Also apply it to this base image, in memory."
        ),
    ] = None,
    device_counter: DeviceCounter = None,
    decryption_key_file: DecryptionKeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Check signature and payload, and with a base image that it decodes to the signed new one.

    What only a device knows (its class, appliers, memory) `simulate` checks.

    **Examples**

    `airdelta verify out/update.suit --trust release.pub.pem`

    `airdelta verify out/update.suit --trust release.pub.pem --base v1.0.0.elf`
    """
    base_image = None if base is None else read_image(base)
    read = read_package(package, b"" if base_image is None else base_image.sha256)
    checks = ["envelope", "signature", "payload digest"]
    with naming(package):
        verify_package(read, load_trust(trust))
        if device_counter is not None:
            expect_counter(read.head, device_counter)
            checks.append("security counter")
        if base_image is not None:
            key = decryption_key(decryption_key_file, passphrase_file)
            apply_package(read, base_image, key)
            checks += ["base image"] if read.head.manifest.base_digest else []
            checks.append("new image")
    document: dict[str, Json] = {
        "package": str(package),
        "verified": True,
        "checks": [*checks],
        "manifest": manifest_json(read.head.manifest),
    }
    text = f"{package}: verified ({', '.join(checks)})"
    emit(document, lambda console: console.print(text), as_json=as_json)
