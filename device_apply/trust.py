"""Who a device believes: public keys, each bound to exactly one algorithm.

The header of a signature never chooses how it is checked (attack: algorithm confusion): it selects
among the trusted keys, and the key's own type decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from device_apply.errors import Rejected
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm

_HALF: Final = SIGNATURE_BYTES // 2


class SignatureVerifier(Protocol):
    """The one function that a device needs of a cryptographic library."""

    def verify(self, algorithm: CoseAlgorithm, signed_bytes: bytes, signature: bytes) -> None:
        """Return if a trusted key made `signature` over `signed_bytes`.

        Raises:
            device_apply.errors.Rejected: no trusted key did.
        """
        ...


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and the one algorithm it verifies."""

    key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm that the key's type fixes."""
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            return CoseAlgorithm.ED25519
        return CoseAlgorithm.ESP256

    def accepts(self, signed_bytes: bytes, signature: bytes) -> bool:
        """Whether this key made `signature`, 64 bytes as COSE carries it."""
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, signed_bytes)
            else:
                r = int.from_bytes(signature[:_HALF], "big")
                s = int.from_bytes(signature[_HALF:], "big")
                der = encode_dss_signature(r, s)
                self.key.verify(der, signed_bytes, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a SubjectPublicKeyInfo in PEM.

        Raises:
            ValueError: not a public key, or neither Ed25519 nor P-256.
        """
        try:
            key = serialization.load_pem_public_key(pem)
        except UnsupportedAlgorithm as error:
            raise ValueError(f"unsupported key: {error}") from error
        if isinstance(key, ed25519.Ed25519PublicKey):
            return cls(key)
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            return cls(key)
        raise ValueError("neither an Ed25519 nor a P-256 key")


class TrustAnchors:
    """A set of public keys, at least one; any of them may sign an update."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        """Take the keys.

        Raises:
            ValueError: there are none; an empty set must never come to mean "trust all".
        """
        self._keys = tuple(keys)
        if not self._keys:
            raise ValueError("a device needs at least one trusted key")

    def verify(self, algorithm: CoseAlgorithm, signed_bytes: bytes, signature: bytes) -> None:
        """Return if a trusted key made `signature` over `signed_bytes`.

        Raises:
            device_apply.errors.Rejected: no trusted key has this algorithm, or none made it.
        """
        candidates = [key for key in self._keys if key.algorithm is algorithm]
        if not candidates:
            held = ", ".join(sorted({key.algorithm.label for key in self._keys}))
            raise Rejected(
                f"signature: made with {algorithm.label}, but the trusted keys are {held}"
            )
        if not any(key.accepts(signed_bytes, signature) for key in candidates):
            raise Rejected("signature: not made by a trusted key over this manifest")
