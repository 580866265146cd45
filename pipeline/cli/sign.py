"""`airdelta sign` and `airdelta verify-image`: detached signatures of image files."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from pipeline.cli.options import AsJson, PassphraseFile, passphrase_for
from pipeline.cli.output import emit, facts_table
from pipeline.input_files import read_input_file
from pipeline.keys.image_signature import (
    HashName,
    openssl_command,
    scheme_text,
    sign_image,
    verify_image,
)
from pipeline.keys.key_files import (
    load_image_public_key,
    load_image_signing_key,
    public_path_of,
)
from pipeline.packaging.file_set import write_files

_MAX_IMAGE_BYTES: Final = 1 << 30
_MAX_SIGNATURE_BYTES: Final = 4096
_SUFFIX: Final = ".sig"

Image = Annotated[Path, typer.Argument(metavar="IMAGE", help="The image file, as it is shipped.")]
Hash = Annotated[
    HashName | None,
    typer.Option("--hash", help="Hash for ECDSA and RSA-PSS; sha256 if not given."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(sign)
    app.command("verify-image")(verify)


def sign(
    image: Image,
    key: Annotated[
        Path,
        typer.Option("--key", metavar="KEY.pem", help="Ed25519, P-256, P-384 or RSA key."),
    ],
    hash_name: Hash = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Signature file. Default: IMAGE.sig."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign an image file; the signature goes into a file beside it.

    For chains that verify images with tools of their own; update packages are signed by `build`.
    The command that checks the signature with OpenSSL is printed.

    **Examples**

    `airdelta sign v2.bin --key release.pem`

    `airdelta sign v2.bin --key rsa.pem --hash sha3-384 --out v2.bin.pss`
    """
    data = read_input_file(image, "image", _MAX_IMAGE_BYTES)
    private_key = load_image_signing_key(key, passphrase_for(key, passphrase_file))
    path = out or image.with_name(image.name + _SUFFIX)
    signature = sign_image(private_key, data, hash_name)
    write_files({path: signature})
    command = openssl_command(private_key, hash_name, (image, path, public_path_of(key)))
    scheme = scheme_text(private_key, hash_name)

    def render(console: Console) -> None:
        size = f"{path}, {len(signature)} bytes, {scheme}"
        console.print(facts_table({"signature": size, "check with": command}), "")

    emit(
        {"signature": str(path), "scheme": scheme, "openssl_command": command},
        render,
        as_json=as_json,
    )


def verify(
    image: Image,
    signature: Annotated[
        Path, typer.Option("--signature", metavar="FILE", help="Signature of the image.")
    ],
    trust: Annotated[
        Path, typer.Option("--trust", metavar="KEY.pub.pem", help="Key that must have signed.")
    ],
    hash_name: Hash = None,
    as_json: AsJson = False,
) -> None:
    """Check an image file against its signature; exit code 1 if it does not match.

    **Example**

    `airdelta verify-image v2.bin --signature v2.bin.sig --trust release.pub.pem`
    """
    data = read_input_file(image, "image", _MAX_IMAGE_BYTES)
    signature_bytes = read_input_file(signature, "signature", _MAX_SIGNATURE_BYTES)
    key = load_image_public_key(trust)
    verify_image(key, data, signature_bytes, hash_name)
    scheme = scheme_text(key, hash_name)
    emit(
        {"image": str(image), "valid": True, "scheme": scheme},
        lambda console: console.print(
            f"{image}: signed by {trust} ({scheme})", highlight=False, soft_wrap=True
        ),
        as_json=as_json,
    )
