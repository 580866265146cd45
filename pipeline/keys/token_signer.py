"""Signing with a key in a token (PKCS#11): an HSM, a smart card, SoftHSM. The key stays there.

Needs the optional extra `airdelta[pkcs11]`. Ed25519 by CKM_EDDSA, P-256 by CKM_ECDSA over a digest
made here (PKCS#11 3.0, 2.3): the token sees no more than it has to. Tokens choose their own nonces,
so P-256 packages differ from build to build.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.keys.token_uri import TokenUri

_OCTET_STRING = 0x04
_P256_POINT_BYTES = 65
_ED25519_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """A signer whose private key is in a token; every signature is a session of its own."""

    uri: TokenUri
    pin: str
    public_key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm that the key's type fixes."""
        if isinstance(self.public_key, ed25519.Ed25519PublicKey):
            return CoseAlgorithm.ED25519
        return CoseAlgorithm.ESP256

    @property
    def public_key_pem(self) -> bytes:
        """The key that verifies the signatures, as SubjectPublicKeyInfo in PEM."""
        return self.public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, to_be_signed: bytes) -> bytes:
        """Return 64 bytes from the token.

        Raises:
            InputError: the token, the PIN or the key is not the right one.
            EnvironmentProblem: the module or the token does not work.
        """
        with _session(self.uri, self.pin) as (pkcs11, session):
            key = _key(pkcs11, session, self.uri, pkcs11.ObjectClass.PRIVATE_KEY)
            if self.algorithm is CoseAlgorithm.ED25519:
                return bytes(key.sign(to_be_signed, mechanism=pkcs11.Mechanism.EDDSA))
            digest = hashlib.sha256(to_be_signed).digest()
            return bytes(key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))


def open_token_signer(uri: TokenUri, pin: str) -> TokenSigner:
    """Find a key pair in a token and make a signer of it.

    Raises:
        InputError: no such token or key, a wrong PIN, or a key of another kind.
        EnvironmentProblem: the extra is not installed, or the module or token does not work.
    """
    with _session(uri, pin) as (pkcs11, session):
        _key(pkcs11, session, uri, pkcs11.ObjectClass.PRIVATE_KEY)
        public = _key(pkcs11, session, uri, pkcs11.ObjectClass.PUBLIC_KEY)
        point = _unwrapped(bytes(public[pkcs11.Attribute.EC_POINT]))
    if len(point) == _ED25519_KEY_BYTES:
        return TokenSigner(uri, pin, ed25519.Ed25519PublicKey.from_public_bytes(point))
    if len(point) == _P256_POINT_BYTES:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return TokenSigner(uri, pin, key)
    raise InputError("the key in the token is neither an Ed25519 nor a P-256 key")


def _unwrapped(point: bytes) -> bytes:
    """Take a point out of the OCTET STRING that PKCS#11 2.40 puts around it; some tokens do not."""
    wrapped = len(point) in {_ED25519_KEY_BYTES + 2, _P256_POINT_BYTES + 2}
    return point[2:] if wrapped and point[0] == _OCTET_STRING else point


# PKCS#11's objects and exceptions are made at run time: there is no type to name.
@contextmanager
def _session(uri: TokenUri, pin: str) -> Iterator[tuple[ModuleType, Any]]:
    pkcs11 = _library()
    problems = pkcs11.exceptions
    try:
        token = _module(pkcs11, uri).get_token(token_label=uri.token, token_serial=uri.serial)
        with token.open(user_pin=pin) as session:
            yield pkcs11, session
    except problems.NoSuchToken as problem:
        raise InputError(f"no token {uri.token!r} behind {uri.module_path}") from problem
    except problems.MultipleTokensReturned as problem:
        raise InputError(
            f"several tokens behind {uri.module_path}: name one with token= or serial="
        ) from problem
    except (problems.PinIncorrect, problems.PinInvalid, problems.PinLenRange) as problem:
        raise InputError(
            f"wrong PIN for token {uri.token!r}: the token locks after a few tries"
        ) from problem
    except problems.PinLocked as problem:
        raise InputError(f"the PIN of token {uri.token!r} is locked: unlock it first") from problem
    except problems.PKCS11Error as problem:
        name = type(problem).__name__
        raise EnvironmentProblem(f"token {uri.token!r}: {problem or name} ({name})") from problem


def _module(pkcs11: ModuleType, uri: TokenUri) -> Any:  # noqa: ANN401
    try:
        return pkcs11.lib(str(uri.module_path))
    except (pkcs11.exceptions.PKCS11Error, RuntimeError) as problem:
        raise EnvironmentProblem(
            f"{uri.module_path}: cannot be loaded as a PKCS#11 module ({problem})"
        ) from problem


def _library() -> ModuleType:
    try:
        import pkcs11  # noqa: PLC0415 (an optional extra)
        import pkcs11.exceptions  # noqa: PLC0415
    except ImportError as problem:
        raise EnvironmentProblem(
            "keys in tokens need the optional extra: `pip install 'airdelta[pkcs11]'`"
        ) from problem
    return pkcs11


def _key(pkcs11: ModuleType, session: Any, uri: TokenUri, kind: object) -> Any:  # noqa: ANN401
    name = uri.object_label or (uri.object_id or b"").hex()
    try:
        return session.get_key(object_class=kind, label=uri.object_label, id=uri.object_id)
    except pkcs11.exceptions.NoSuchKey as problem:
        half = "private" if kind == pkcs11.ObjectClass.PRIVATE_KEY else "public"
        raise InputError(f"token {uri.token!r} holds no {half} key {name!r}") from problem
    except pkcs11.exceptions.MultipleObjectsReturned as problem:
        raise InputError(
            f"token {uri.token!r} holds several keys {name!r}: name one with id="
        ) from problem
