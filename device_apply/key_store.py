"""Where a device keeps the keys that decrypt updates: they do what they are for and never leave.

A store takes the content key out of the part of a package that was wrapped for one of its keys,
and keeps that too: what comes out is one encrypted block at a time, which is all that counter mode
needs. The library asks for the same through `airdelta_keys.h`.
"""

from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

from device_apply.key_agreement import (
    content_key_by_private_key,
    content_key_by_shared_key,
    public_key_id,
    shared_key_id,
)
from device_apply.wire.encryption import CONTENT_KEY_BYTES, Recipient

BLOCK_BYTES: Final = 16


class KeyStore(Protocol):
    """What a device's secure element, or what stands for it, does for updates."""

    def unwrap(self, recipient: Recipient) -> bool:
        """Whether the content key was wrapped for a key of this store; it is kept if so."""
        ...

    def encrypt_block(self, block: bytes) -> bytes:
        """Encrypt 16 bytes with the content key that was unwrapped last (AES-128).

        Raises:
            RuntimeError: none was.
        """
        ...


class ContentKeySlot:
    """The content key of the update under way: blocks go in and come out encrypted."""

    def __init__(self, content_key: bytes | None = None) -> None:
        """Keep a content key, or none yet."""
        self._cipher: Cipher[ECB] | None = None
        self._keep(content_key)

    def encrypt_block(self, block: bytes) -> bytes:
        """Encrypt 16 bytes with the content key.

        Raises:
            RuntimeError: there is none.
        """
        if self._cipher is None:
            raise RuntimeError("no content key was unwrapped")
        encryptor = self._cipher.encryptor()
        return encryptor.update(block) + encryptor.finalize()

    def _keep(self, content_key: bytes | None) -> bool:
        """Replace the content key; whether there is one now."""
        # single blocks: counter mode is what the library makes of them
        self._cipher = None if content_key is None else Cipher(AES128(content_key), ECB())  # noqa: S305
        return self._cipher is not None


class OpenedStore(ContentKeySlot):
    """A store that has the content key already: for the proof of a package, not for devices."""

    def __init__(self, content_key: bytes) -> None:
        """Keep the content key of the one package that this is for."""
        super().__init__(content_key)

    def unwrap(self, recipient: Recipient) -> bool:
        """Whether there is a recipient; which one, makes no difference here."""
        return bool(recipient.wrapped_key)


class SimulatedSecureElement(ContentKeySlot):
    """A secure element with one shared key, one P-256 key, or both. No method gives them away."""

    def __init__(
        self,
        shared_key: bytes | None = None,
        private_key: ec.EllipticCurvePrivateKey | None = None,
    ) -> None:
        """Take the keys, for good.

        Raises:
            ValueError: a key of the wrong size or on another curve.
        """
        super().__init__()
        if shared_key is not None and len(shared_key) != CONTENT_KEY_BYTES:
            raise ValueError(f"a shared key has {CONTENT_KEY_BYTES} bytes")
        if private_key is not None and private_key.curve.name != ec.SECP256R1.name:
            raise ValueError("a key that decrypts has to be on P-256")
        self.__shared_key = shared_key
        self.__private_key = private_key

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey | None:
        """The public half of the P-256 key, for the vendor to encrypt to."""
        return None if self.__private_key is None else self.__private_key.public_key()

    def unwrap(self, recipient: Recipient) -> bool:
        """Whether the content key was wrapped for a key of this store; it is kept if so."""
        content_key = None
        if self.__shared_key is not None and recipient.key_id == shared_key_id(self.__shared_key):
            content_key = content_key_by_shared_key(self.__shared_key, recipient)
        elif self.__private_key is not None and recipient.key_id in (
            b"",
            public_key_id(self.__private_key.public_key()),
        ):
            content_key = content_key_by_private_key(self.__private_key, recipient)
        return self._keep(content_key)
