"""`airdelta apply`: the new image as a file, decoded as a device would."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from device_apply.admission import expect_counter
from pipeline.cli.encryption_options import DecryptionKeyFile, decryption_key
from pipeline.cli.inspect import Package
from pipeline.cli.options import (
    AsJson,
    Base,
    DeviceCounter,
    PassphraseFile,
    Trust,
    load_trust,
    naming,
)
from pipeline.cli.output import emit
from pipeline.errors import InputError
from pipeline.images.reader import read_image
from pipeline.json_document import Json
from pipeline.packaging.applying import apply_package
from pipeline.packaging.file_set import write_files
from pipeline.packaging.update_package import read_package, verify_package
from pipeline.wording import bytes_text


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(apply)


def apply(
    package: Package,
    base: Base,
    trust: Trust,
    out: Annotated[
        Path, typer.Option("--out", metavar="IMAGE", help="Where to write the new image (binary).")
    ],
    device_counter: DeviceCounter = None,
    decryption_key_file: DecryptionKeyFile = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Verify a package, apply it to a base image and write the new image.

    **Example**

    `airdelta apply out/update.suit --base v1.bin --trust release.pub.pem --out v2.bin`
    """
    base_image = read_image(base)
    read = read_package(package, base_image.sha256)
    _refuse_input(out, {"--base": base, "the package": package, "--trust": trust})
    with naming(package):
        verify_package(read, load_trust(trust))
        if device_counter is not None:
            expect_counter(read.head, device_counter)
        key = decryption_key(decryption_key_file, passphrase_file)
        new = apply_package(read, base_image, key)
    write_files({out: new})
    digest = read.head.manifest.new_image.digest.hex()
    document: dict[str, Json] = {"image": str(out), "size_bytes": len(new), "sha256": digest}
    text = f"{out}: {bytes_text(len(new))} bytes, sha256 {digest}"
    emit(document, lambda console: console.print(text), as_json=as_json)


def _refuse_input(out: Path, inputs: Mapping[str, Path]) -> None:
    for name, path in inputs.items():
        if out.exists() and path.exists() and out.samefile(path):
            raise InputError(f"--out {out}: is {name} itself; give another file")
