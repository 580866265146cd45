"""A token in software: SoftHSM with keys that never leave it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PIN = "648219"
TOKEN = "release token"  # noqa: S105 (a label)
_MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@dataclass(frozen=True)
class SoftToken:
    """An initialised token with a P-256 and an Ed25519 key pair."""

    module: str

    def uri(self, label: str) -> str:
        return f"pkcs11:token=release%20token;object={label}?module-path={self.module}"


@contextmanager
def soft_token(folder: Path) -> Iterator[SoftToken]:
    """Make a token in `folder`; SoftHSM finds it through the environment."""
    module = next((path for path in _MODULES if Path(path).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("needs the Debian package softhsm2")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN]
    subprocess.run([*command, "--pin", PIN, "--so-pin", PIN], check=True, capture_output=True)
    _make_keys(module)
    yield SoftToken(module)
    del os.environ["SOFTHSM2_CONF"]


def _make_keys(module: str) -> None:
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    library = pkcs11.lib(module)
    library.reinitialize()
    with library.get_token(token_label=TOKEN).open(rw=True, user_pin=PIN) as session:
        for label, kind, curve in (
            ("p256", pkcs11.KeyType.EC, encode_named_curve_parameters("secp256r1")),
            ("ed25519", pkcs11.KeyType.EC_EDWARDS, b"\x13\x0cedwards25519"),
            ("p384", pkcs11.KeyType.EC, encode_named_curve_parameters("secp384r1")),
        ):
            parameters = session.create_domain_parameters(
                kind, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
            )
            template = {
                pkcs11.Attribute.EXTRACTABLE: False,
                pkcs11.Attribute.SENSITIVE: True,
            }
            parameters.generate_keypair(
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
                if kind is pkcs11.KeyType.EC_EDWARDS
                else pkcs11.Mechanism.EC_KEY_PAIR_GEN,
                store=True,
                label=label,
                private_template=template,
            )


def read_private_value(token: SoftToken, label: str) -> bytes:
    """Try to take the private key out of the token."""
    import pkcs11

    with pkcs11.lib(token.module).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
        return bytes(key[pkcs11.Attribute.VALUE])
