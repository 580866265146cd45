"""From a payload to its ciphertext, and what lets the recipients decrypt it.

Content key, nonce and ephemeral keys are drawn from the operating system for every payload: a nonce
that comes twice under one key gives both payloads away, so nothing here can be seeded. That makes
these packages differ from build to build.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from device_apply.key_agreement import coordinates, wrapping_key
from device_apply.wire.encryption import (
    CONTENT_KEY_BYTES,
    MAX_RECIPIENTS,
    ContentCipher,
    EncryptionInfo,
    Recipient,
    additional_data,
)
from pipeline.encryption.recipients import DeviceKey, RecipientKey, SharedKey
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedPayload:
    """What travels, and what the manifest says about it."""

    ciphertext: bytes
    info: EncryptionInfo
    content_key: bytes
    """For the proof, which has no device's private key; it is written nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionWish:
    """How payloads are to be encrypted, and for whom."""

    cipher: ContentCipher
    recipients: tuple[RecipientKey, ...]

    def __post_init__(self) -> None:
        """Refuse what no device could tell apart.

        Raises:
            InputError: too many recipients, or two of one name.
        """
        if len(self.recipients) > MAX_RECIPIENTS:
            raise InputError(f"--encrypt-to: at most {MAX_RECIPIENTS} recipients fit a package")
        names = [recipient.key_id for recipient in self.recipients]
        if len(set(names)) != len(names):
            raise InputError("--encrypt-to: the same key twice, or two whose ids are the same")


def encrypt_payload(payload: bytes, wish: EncryptionWish) -> EncryptedPayload:
    """Encrypt a payload with a new content key, and wrap that for every recipient."""
    content_key = os.urandom(CONTENT_KEY_BYTES)
    iv = os.urandom(wish.cipher.iv_bytes)
    info = EncryptionInfo(
        cipher=wish.cipher,
        iv=iv,
        recipients=tuple(_wrapped_for(recipient, content_key) for recipient in wish.recipients),
    )
    ciphertext = _encrypted(payload, content_key, info)
    return EncryptedPayload(ciphertext=ciphertext, info=info, content_key=content_key)


def information_bytes(recipients: Sequence[RecipientKey], cipher: ContentCipher) -> int:
    """Return how many bytes the encryption information for these recipients takes."""
    wish = EncryptionWish(cipher=cipher, recipients=tuple(recipients))
    return len(encrypt_payload(b"", wish).info.to_bytes())


def _encrypted(payload: bytes, content_key: bytes, info: EncryptionInfo) -> bytes:
    if info.cipher is ContentCipher.A128GCM:
        return AESGCM(content_key).encrypt(info.iv, payload, additional_data(info.cipher))
    encryptor = Cipher(AES128(content_key), CTR(info.iv)).encryptor()
    return encryptor.update(payload) + encryptor.finalize()


def _wrapped_for(recipient: RecipientKey, content_key: bytes) -> Recipient:
    match recipient:
        case SharedKey(key=key):
            return Recipient(key_id=recipient.key_id, wrapped_key=aes_key_wrap(key, content_key))
        case DeviceKey(key=public_key):
            ephemeral = ec.generate_private_key(ec.SECP256R1())
            wrapping = wrapping_key(ephemeral.exchange(ec.ECDH(), public_key))
            return Recipient(
                key_id=recipient.key_id,
                wrapped_key=aes_key_wrap(wrapping, content_key),
                ephemeral_key=coordinates(ephemeral.public_key()),
            )
