"""Saying what a key is, for people and scripts, without saying the key."""

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_apply.key_agreement import public_key_id
from pipeline.errors import InputError
from pipeline.keys.image_signature import ImagePrivateKey, ImagePublicKey, scheme_text
from pipeline.keys.key_files import is_public_key, load_image_public_key, load_private_key


def describe_key(path: Path, passphrase: bytes | None) -> dict[str, str]:
    """Return the facts about a public key, or about the public half of a private one.

    The fingerprint is the SHA-256 of its SubjectPublicKeyInfo, as `openssl pkey -pubin` writes it
    with `-outform DER`.

    Raises:
        InputError: no key, or of an unknown kind; the passphrase is wrong or missing.
        pipeline.errors.EnvironmentProblem: the system does not let it be read.
    """
    key = _public_half(path, passphrase)
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    facts = {"algorithm": scheme_text(key, None), "fingerprint": hashlib.sha256(der).hexdigest()}
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == ec.SECP256R1.name:
        facts["key id"] = public_key_id(key).hex()
    return facts


def _public_half(path: Path, passphrase: bytes | None) -> ImagePublicKey:
    if is_public_key(path):
        return load_image_public_key(path)
    key = load_private_key(path, passphrase)
    if not isinstance(key, ImagePrivateKey):
        raise InputError(f"{path}: a key of this kind is not used here")
    return key.public_key()
