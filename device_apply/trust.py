"""Who a device believes: public keys, each bound to exactly one algorithm.

The header of a signature never chooses how it is checked (attack: algorithm confusion): it selects
among the trusted keys, and the key's own type decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from device_apply.errors import Rejected
from device_apply.hss_lms import HssLmsPublicKey
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm

_HALF: Final = SIGNATURE_BYTES // 2

VerifyingKey: TypeAlias = (
    ed25519.Ed25519PublicKey
    | ec.EllipticCurvePublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
    | HssLmsPublicKey
)
"""What verifies packages; elliptic curves are P-256 here."""


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

    key: VerifyingKey

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm that the key's type fixes."""
        return algorithm_of(self.key)

    def accepts(self, signed_bytes: bytes, signature: bytes) -> bool:
        """Whether this key made `signature`, in the form that COSE carries."""
        try:
            match self.key:
                case HssLmsPublicKey() as key:
                    return key.accepts(signed_bytes, signature)
                case ec.EllipticCurvePublicKey() as key:
                    r = int.from_bytes(signature[:_HALF], "big")
                    s = int.from_bytes(signature[_HALF:], "big")
                    der = encode_dss_signature(r, s)
                    key.verify(der, signed_bytes, ec.ECDSA(hashes.SHA256()))
                case key:
                    key.verify(signature, signed_bytes)
        except InvalidSignature:
            return False
        return True

    def to_pem(self) -> bytes:
        """Return it as SubjectPublicKeyInfo in PEM; `from_pem(k.to_pem())` is the same key."""
        if isinstance(self.key, HssLmsPublicKey):
            return self.key.to_pem()
        return self.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a SubjectPublicKeyInfo in PEM.

        Raises:
            ValueError: not a public key, or of a kind that verifies no packages.
        """
        try:
            key = serialization.load_pem_public_key(pem)
        except UnsupportedAlgorithm:
            return cls(HssLmsPublicKey.from_pem(pem))
        match key:
            case ec.EllipticCurvePublicKey() if key.curve.name != ec.SECP256R1.name:
                raise ValueError(f"the curve {key.curve.name} is not supported, P-256 is")
            case _ if isinstance(key, VerifyingKey):
                return cls(key)
            case _:
                raise ValueError("neither an Ed25519, P-256, ML-DSA nor HSS/LMS key")


def algorithm_of(key: VerifyingKey) -> CoseAlgorithm:
    """Return the one algorithm that a key's type fixes."""
    return next(algorithm for kind, algorithm in _ALGORITHMS if isinstance(key, kind))


_ALGORITHMS: Final = (
    (ed25519.Ed25519PublicKey, CoseAlgorithm.ED25519),
    (ec.EllipticCurvePublicKey, CoseAlgorithm.ESP256),
    (mldsa.MLDSA44PublicKey, CoseAlgorithm.ML_DSA_44),
    (mldsa.MLDSA65PublicKey, CoseAlgorithm.ML_DSA_65),
    (mldsa.MLDSA87PublicKey, CoseAlgorithm.ML_DSA_87),
    (HssLmsPublicKey, CoseAlgorithm.HSS_LMS),
)


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
