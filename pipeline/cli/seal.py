"""`airdelta seal`: firmware that carries its own signature, for devices with secure boot."""

from pathlib import Path
from typing import Annotated

import typer

from device_apply.wire.cose import SIGNATURE_BYTES
from device_apply.wire.delivery import MAX_U32
from device_apply.wire.signed_image import TRAILER_BYTES, signed_bytes, with_trailer_head
from pipeline.cli.options import AsJson, PassphraseFile, load_signing_key, read_firmware
from pipeline.cli.output import emit, facts_table
from pipeline.cli.signing_options import SigningKey, leaving_requests
from pipeline.errors import InputError
from pipeline.packaging.file_set import write_files
from pipeline.wording import bytes_text


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(seal)


def seal(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The firmware as it was linked.")],
    key: SigningKey,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The signed image, a .bin.")],
    security_counter: Annotated[
        int, typer.Option(min=0, max=MAX_U32, help="Anti-rollback number of this release.")
    ] = 0,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Append the signature that a device's bootloader verifies at every boot.

    The result is what runs on the device: build updates from and to sealed images. A bootloader is
    sealed in the same way, for the ROM. Devices whose images are signed otherwise (MCUboot) do not
    need this.

    **Example**

    `airdelta seal v2.bin --key release.pem --security-counter 3 --out v2-sealed.bin`
    """
    code = read_firmware(image).data
    signer = load_signing_key(key, passphrase_file, out.parent)
    if signer.algorithm.signature_bytes != SIGNATURE_BYTES:
        raise InputError(
            f"--key: a signed image has room for {SIGNATURE_BYTES} bytes of signature, not for"
            f" {signer.algorithm.label}: seal with an Ed25519 or P-256 key"
        )
    unsigned = with_trailer_head(code, security_counter, signer.algorithm)
    with leaving_requests(as_json=as_json):
        sealed = unsigned + signer.sign(signed_bytes(unsigned))
    write_files({out: sealed})
    facts = {
        "image": f"{out}, {bytes_text(len(sealed))} bytes, {TRAILER_BYTES} of them trailer",
        "signature": signer.algorithm.label,
        "security counter": str(security_counter),
    }
    emit(
        {
            "image": str(out),
            "size_bytes": len(sealed),
            "algorithm": signer.algorithm.label,
            "security_counter": security_counter,
        },
        lambda console: console.print(facts_table(facts), ""),
        as_json=as_json,
    )
