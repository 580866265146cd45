"""From the part of a package that is for one key to the content key: what a key store does inside.

AES key wrap (RFC 3394), with a shared key as it is, or with one from ECDH on P-256 and HKDF-SHA-256
without salt over the draft's context (RFC 9053, 6.4.1).
"""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from device_apply.wire.encryption import (
    CONTENT_KEY_BYTES,
    COORDINATE_BYTES,
    Recipient,
    kdf_context,
)

KEY_ID_BYTES: Final = 4
"""Tells the recipients of one package apart, not all keys of the world."""


def content_key_by_shared_key(shared_key: bytes, recipient: Recipient) -> bytes | None:
    """Return the content key; None if it was wrapped with another key, or changed since."""
    if recipient.ephemeral_key is not None:
        return None
    return _unwrapped(shared_key, recipient.wrapped_key)


def content_key_by_private_key(
    private_key: ec.EllipticCurvePrivateKey, recipient: Recipient
) -> bytes | None:
    """Return the content key; None if it was wrapped for another key, or changed since."""
    if recipient.ephemeral_key is None:
        return None
    x, y = (int.from_bytes(coordinate, "big") for coordinate in recipient.ephemeral_key)
    try:
        ephemeral = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:  # a point beside the curve would give the private key away, bit by bit
        return None
    shared_secret = private_key.exchange(ec.ECDH(), ephemeral)
    return _unwrapped(wrapping_key(shared_secret), recipient.wrapped_key)


def wrapping_key(shared_secret: bytes) -> bytes:
    """Return the key that wraps the content key, from what ECDH gave."""
    derivation = HKDF(hashes.SHA256(), CONTENT_KEY_BYTES, salt=None, info=kdf_context())
    return derivation.derive(shared_secret)


def shared_key_id(shared_key: bytes) -> bytes:
    """Return the name of a shared key: the beginning of a SHA-256, which tells nothing about it."""
    return hashlib.sha256(b"airdelta key id" + shared_key).digest()[:KEY_ID_BYTES]


def public_key_id(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the name of a P-256 key: the beginning of the SHA-256 of its coordinates."""
    return hashlib.sha256(b"".join(coordinates(public_key))).digest()[:KEY_ID_BYTES]


def coordinates(public_key: ec.EllipticCurvePublicKey) -> tuple[bytes, bytes]:
    """Return x and y as COSE carries them."""
    numbers = public_key.public_numbers()
    return numbers.x.to_bytes(COORDINATE_BYTES, "big"), numbers.y.to_bytes(COORDINATE_BYTES, "big")


def _unwrapped(key: bytes, wrapped_key: bytes) -> bytes | None:
    try:
        content_key = aes_key_unwrap(key, wrapped_key)
    except (InvalidUnwrap, ValueError):
        return None
    return content_key if len(content_key) == CONTENT_KEY_BYTES else None
