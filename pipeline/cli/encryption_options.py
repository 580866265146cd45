"""Options about encryption: whom to encrypt for, and with which key to decrypt."""

from enum import StrEnum, unique
from pathlib import Path
from typing import Annotated

import typer

from device_apply.wire.encryption import ContentCipher
from pipeline.cli.options import passphrase_for
from pipeline.encryption.decryption import DecryptionKey, load_decryption_key
from pipeline.encryption.payload_encryption import EncryptionWish
from pipeline.encryption.recipients import is_pem, load_recipient
from pipeline.errors import InputError
from pipeline.keys.external_signer import ExternalSigner
from pipeline.keys.signer import Signer


@unique
class CipherName(StrEnum):
    """Content encryption, by the names that the command line uses."""

    A128GCM = ContentCipher.A128GCM.label
    A128CTR = ContentCipher.A128CTR.label


EncryptTo = Annotated[
    list[Path] | None,
    typer.Option(
        "--encrypt-to",
        metavar="KEY",
        help="Encrypt the payload for this key of devices: a P-256 KEY.pub.pem, or a shared AES "
        "key (`airdelta keys new --algorithm a128`); repeat for several.",
    ),
]
Cipher = Annotated[
    CipherName,
    typer.Option("--cipher", help="With --encrypt-to: a128ctr is 16 bytes smaller."),
]
DecryptionKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--decryption-key",
        metavar="KEY",
        help="Key of a recipient, for an encrypted payload: a P-256 KEY.pem, or a shared AES key.",
    ),
]


def encryption_wish(
    recipients: list[Path], cipher: CipherName, signer: Signer
) -> EncryptionWish | None:
    """Return how payloads are encrypted; None without recipients.

    Raises:
        InputError: a key is none to encrypt for, or the signer works in two runs.
    """
    if not recipients:
        return None
    if isinstance(signer, ExternalSigner):
        raise InputError(
            "--encrypt-to: an external signer signs between two runs, and each run encrypts anew:"
            " sign with a key file or a token"
        )
    return EncryptionWish(
        cipher=ContentCipher[cipher.name],
        recipients=tuple(load_recipient(path) for path in recipients),
    )


def decryption_key(path: Path | None, passphrase_file: Path | None) -> DecryptionKey | None:
    """Return the key that `--decryption-key` names, asking for its passphrase if need be."""
    if path is None:
        return None
    passphrase = passphrase_for(path, passphrase_file) if is_pem(path) else None
    return load_decryption_key(path, passphrase)
