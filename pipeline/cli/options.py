"""Options that several commands share, so that they are spelt and explained once."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Annotated, Final

import typer

from device_apply.errors import ProfileError, Rejected
from device_apply.flash_model.power_cuts import PowerCutPlan, parse_cuts
from device_apply.profile import DeviceProfile
from device_apply.profile_toml import (
    builtin_profile_names,
    builtin_profile_text,
    parse_profile,
)
from device_apply.trust import TrustAnchors
from device_apply.wire.delivery import MAX_U32
from pipeline.cli.output import note
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.images.entropy import looks_encrypted_or_compressed
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image
from pipeline.input_files import read_input_file
from pipeline.keys.external_signer import SCHEME as EXTERNAL_SCHEME
from pipeline.keys.external_signer import ExternalSigner
from pipeline.keys.key_files import load_public_key, load_signer, private_key_is_encrypted
from pipeline.keys.lms_key import LmsSigner, is_lms_key, lms_key_is_encrypted, load_lms_key
from pipeline.keys.signer import Signer
from pipeline.keys.token_signer import open_token_signer
from pipeline.keys.token_uri import SCHEME as TOKEN_SCHEME
from pipeline.keys.token_uri import parse_token_uri

GENERIC_PROFILE: Final = "generic"
PASSPHRASE_VARIABLE: Final = "AIRDELTA_PASSPHRASE"  # noqa: S105 (a name, not a secret)
_MAX_PASSPHRASE_BYTES: Final = 1024
_MAX_PROFILE_BYTES: Final = 1 << 20

Base = Annotated[
    Path, typer.Option("--base", help="Firmware that devices run now.", metavar="IMAGE")
]
New = Annotated[Path, typer.Option("--new", help="Firmware they will run.", metavar="IMAGE")]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        help="Device profile: a TOML file or a built-in name (`airdelta device list`). "
        "Default: generic.",
        metavar="PROFILE",
    ),
]
Trust = Annotated[
    Path, typer.Option("--trust", help="Public key that must have signed.", metavar="KEY.pub.pem")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="File with the key's passphrase or the token's PIN. "
        f"Without it: ${PASSPHRASE_VARIABLE}, then a prompt.",
        metavar="FILE",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
DeviceCounter = Annotated[
    int | None,
    typer.Option(
        "--device-counter",
        min=0,
        max=MAX_U32,
        help="Security counter that the device holds; packages with a lower one are rejected.",
    ),
]


def load_profile(device: str | None) -> DeviceProfile:
    """Return the device profile that `--device` names; without it the generic one, and say so.

    Raises:
        InputError: the file cannot be read.
        device_apply.errors.ProfileError: it is not a valid profile; the message names the file.
    """
    if device is None:
        note(f"no --device given: the built-in {GENERIC_PROFILE!r} profile stands in")
        return parse_profile(builtin_profile_text(GENERIC_PROFILE))
    return parse_profile(read_profile_text(device))


def read_profile_text(device: str) -> str:
    """Return the TOML of a built-in profile, or of a file of the user's, which is valid.

    Raises:
        InputError: the file cannot be read.
        device_apply.errors.ProfileError: no built-in profile of that name, or the file is not a
            valid one; the message names it.
    """
    path = Path(device)
    is_name = not path.suffix and not path.exists()
    if is_name or device in builtin_profile_names():
        return builtin_profile_text(device)
    data = read_input_file(path, "device profile", _MAX_PROFILE_BYTES)
    try:
        text = data.decode()
        parse_profile(text)
    except UnicodeDecodeError as error:
        raise ProfileError(f"{device}: not a text file") from error
    except ProfileError as error:
        raise ProfileError(f"{device}: {error}") from error
    return text


def read_firmware(path: Path) -> FirmwareImage:
    """Read a firmware image; tell what was cut off, and if no delta of it can be small.

    Raises:
        InputError: the file is not an image.
    """
    image = read_image(path)
    if image.container is not None and image.trimmed_bytes:
        note(
            f"{path}: {image.trimmed_bytes} bytes of padding behind the {image.container.kind}"
            " image are left out"
        )
    if image.container is not None and image.container.delta_obstacle is not None:
        note(f"{path}: {image.container.delta_obstacle}")
    elif looks_encrypted_or_compressed(image.data):
        note(
            f"{path}: looks encrypted or compressed; a delta saves nothing on such images, "
            "make it before encryption or compression"
        )
    return image


def read_cuts(text: str) -> tuple[PowerCutPlan, ...]:
    """Return the power cuts that `--replay` names.

    Raises:
        InputError: it names none.
    """
    try:
        return parse_cuts(text)
    except ValueError as error:
        raise InputError(f"--replay: {error}") from error


@contextmanager
def optional_extra(name: str) -> Iterator[None]:
    """Import inside this what only an extra of the distribution installs.

    Raises:
        EnvironmentProblem: it is not installed; the message says how to get it.
    """
    try:
        yield
    except ImportError as problem:
        raise EnvironmentProblem(
            f"this command needs an optional extra: `pip install 'airdelta[{name}]'`"
        ) from problem


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let a rejection say which package was rejected."""
    try:
        yield
    except Rejected as error:
        raise Rejected(f"{path}: {error}") from error


def load_trust(trust: Path) -> TrustAnchors:
    """Return the trusted key that `--trust` names."""
    return TrustAnchors([load_public_key(trust)])


def load_signing_key(key: str, passphrase_file: Path | None, exchange: Path) -> Signer:
    """Return the signer that `--key` names: a key file, a key in a token, or somebody elsewhere.

    A passphrase or PIN is asked for only if it is needed. `exchange` is the folder for requests to
    an external signer and for its signatures.
    """
    if key.startswith(TOKEN_SCHEME):
        uri = parse_token_uri(key)
        pin = given_passphrase(passphrase_file) or _prompt(f"PIN of token {uri.token or ''}: ")
        return open_token_signer(uri, pin.decode())
    if key.startswith(EXTERNAL_SCHEME):
        public_key = load_public_key(Path(key.removeprefix(EXTERNAL_SCHEME)))
        return ExternalSigner(public_key, exchange)
    path = Path(key)
    if is_lms_key(path):
        passphrase = None
        if lms_key_is_encrypted(path):
            passphrase = given_passphrase(passphrase_file) or _prompt(f"Passphrase for {key}: ")
        loaded = load_lms_key(path, passphrase)
        return LmsSigner(key=loaded, path=path, witness_folder=witness_folder())
    return load_signer(path, passphrase_for(path, passphrase_file))


def witness_folder() -> Path:
    """Return where the witnesses of stateful keys are: the user's state folder (XDG)."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "airdelta" / "lms"


def passphrase_for(key: Path, passphrase_file: Path | None) -> bytes | None:
    """Return the passphrase of a key file, asked for if need be; None if it needs none."""
    if not private_key_is_encrypted(key):
        return None
    return given_passphrase(passphrase_file) or _prompt(f"Passphrase for {key}: ")


def given_passphrase(passphrase_file: Path | None) -> bytes | None:
    """Return the passphrase from the file or the environment, if one is given there."""
    if passphrase_file is not None:
        data = read_input_file(passphrase_file, "passphrase file", _MAX_PASSPHRASE_BYTES)
        passphrase = data.rstrip(b"\r\n")
        if not passphrase:
            raise InputError(f"{passphrase_file}: holds no passphrase")
        return passphrase
    return os.fsencode(os.environ.get(PASSPHRASE_VARIABLE, "")) or None


def new_passphrase(passphrase_file: Path | None) -> bytes:
    """Return the passphrase for a new key; a typed one is asked for twice.

    Raises:
        InputError: none was given, or the two entries differ.
    """
    passphrase = given_passphrase(passphrase_file)
    if passphrase is not None:
        return passphrase
    first = _prompt("Passphrase for the new key: ")
    if not first:
        raise InputError("the passphrase is empty; use --no-passphrase for an unprotected key")
    if first != _prompt("The same again: "):
        raise InputError("the two passphrases differ; no key was written")
    return first


def _prompt(question: str) -> bytes:
    if not sys.stdin.isatty():
        raise InputError(
            f"a passphrase is needed: use --passphrase-file or ${PASSPHRASE_VARIABLE}, "
            "or run in a terminal"
        )
    return getpass(question).encode()
