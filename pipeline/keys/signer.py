"""What signs an update: a key, and the one algorithm it is for."""

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from device_apply.trust import algorithm_of
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm
from pipeline.errors import EnvironmentProblem

_COORDINATE_BYTES: Final = SIGNATURE_BYTES // 2

PrivateKey: TypeAlias = (
    ed25519.Ed25519PrivateKey
    | ec.EllipticCurvePrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)


class Signer(Protocol):
    """Makes signatures with one private key, wherever that key is."""

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm of its signatures."""
        ...

    @property
    def public_key_pem(self) -> bytes:
        """The key that verifies them, as SubjectPublicKeyInfo (RFC 5280) in PEM."""
        ...

    def sign(self, to_be_signed: bytes) -> bytes:
        """Return a signature over `to_be_signed` in the form that COSE carries."""
        ...


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A signer whose private key is in this process.

    Signatures repeat: Ed25519 (RFC 8032) by its definition, ECDSA with nonces from RFC 6979. So
    the same build makes the same package, and no bad random number can give the key away. Those of
    ML-DSA are hedged with random numbers of the operating system (FIPS 204, 3.4) and differ.
    """

    key: PrivateKey
    """An Ed25519 or ML-DSA key, or one on the curve P-256."""

    def __post_init__(self) -> None:
        if not isinstance(self.key, ec.EllipticCurvePrivateKey):
            return
        if self.key.curve.name != ec.SECP256R1.name:
            raise ValueError(f"the curve {self.key.curve.name} is not supported, P-256 is")

    @property
    def algorithm(self) -> CoseAlgorithm:
        """The algorithm that the key's type fixes."""
        return algorithm_of(self.key.public_key())

    @property
    def public_key_pem(self) -> bytes:
        """The key that verifies the signatures, as SubjectPublicKeyInfo in PEM."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, to_be_signed: bytes) -> bytes:
        """Return a signature; of ECDSA r and s (RFC 9053, 2.1).

        Raises:
            EnvironmentProblem: the OpenSSL on this machine cannot do RFC 6979.
        """
        if not isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(to_be_signed)
        try:
            der = self.key.sign(to_be_signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm as problem:
            raise EnvironmentProblem(
                "P-256 signatures by RFC 6979 need OpenSSL 3.2 or later: install `cryptography`"
                " from a wheel, which brings its own, or use an Ed25519 key"
            ) from problem
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
