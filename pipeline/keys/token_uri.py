"""Naming a key in a token: the URIs of RFC 7512 (`pkcs11:token=...;object=...?module-path=...`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from pipeline.errors import InputError

SCHEME: Final = "pkcs11:"
_EXAMPLE: Final = "pkcs11:token=release;object=firmware?module-path=/usr/lib/.../libsofthsm2.so"
_PATH_ATTRIBUTES: Final = frozenset({"token", "object", "id", "serial", "type"})
_SECRETS: Final = frozenset({"pin-value", "pin-source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUri:
    """Which key of which token, behind which PKCS#11 module."""

    module_path: Path
    token: str | None
    serial: bytes | None
    object_label: str | None
    object_id: bytes | None


def parse_token_uri(uri: str) -> TokenUri:
    """Read a PKCS#11 URI.

    Raises:
        InputError: not such a URI, something in it that is not known here, no module, no object,
            or a PIN, which must not stand on a command line.
    """
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    attributes = _attributes(uri, path, ";", _PATH_ATTRIBUTES)
    queried = _attributes(uri, query, "&", _SECRETS | {"module-path"})
    if _SECRETS & queried.keys():
        raise InputError(
            "--key: a PIN on the command line is seen by everybody on the machine: give it with"
            " --passphrase-file, AIRDELTA_PASSPHRASE or at the prompt"
        )
    if "module-path" not in queried:
        raise InputError(f"--key {uri}: names no module-path, as in {_EXAMPLE}")
    if not {"object", "id"} & attributes.keys():
        raise InputError(f"--key {uri}: names no object, as in {_EXAMPLE}")
    return TokenUri(
        module_path=Path(_text(uri, queried["module-path"])),
        token=_optional_text(uri, attributes.get("token")),
        serial=attributes.get("serial"),
        object_label=_optional_text(uri, attributes.get("object")),
        object_id=attributes.get("id"),
    )


def _attributes(uri: str, text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for pair in filter(None, text.split(separator)):
        name, equals, value = pair.partition("=")
        if not equals or name not in known or name in found:
            raise InputError(f"--key {uri}: {pair!r} is not understood; an example is {_EXAMPLE}")
        found[name] = unquote_to_bytes(value)
    return found


def _optional_text(uri: str, value: bytes | None) -> str | None:
    return None if value is None else _text(uri, value)


def _text(uri: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as problem:
        raise InputError(f"--key {uri}: holds bytes that are not UTF-8") from problem
