"""A key store whose key is nowhere: it comes from the chip itself at every start (a PUF).

The start-up value of SRAM is a fingerprint of the chip, with a share of noisy bits. At enrolment
helper data is made that corrects the noise: a secret in a repetition code, added to the fingerprint
(Dodis, Ostrovsky, Reyzin and Smith, "Fuzzy extractors", 2008, the code-offset construction). Each
bit of the secret is spread over many cells; their majority decides. The simulation has no bias:
cells of real parts that prefer one value leak through a repetition code and need debiasing first.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from device_apply.key_store import SimulatedSecureElement

REPETITIONS: Final = 31
"""With 10 % of noise the binomial tail beyond 15 of 31 cells is 7e-9: a start fails in 2e-6."""
SECRET_BYTES: Final = 32
FINGERPRINT_BYTES: Final = SECRET_BYTES * REPETITIONS
"""What of the SRAM is read before anything else uses it."""

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SCALAR_BYTES: Final = 48
"""Reducing 384 bits leaves a bias of less than 2^-128 (FIPS 186-5, A.2.1)."""


def enrol(fingerprint: bytes, secret: bytes) -> bytes:
    """Return the helper data for a chip; `secret` is random and kept by nobody.

    Raises:
        ValueError: sizes that do not belong together.
    """
    if len(secret) != SECRET_BYTES or len(fingerprint) != FINGERPRINT_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes, a fingerprint {FINGERPRINT_BYTES}")
    return _xor(fingerprint, secret * REPETITIONS)


def start_from_puf(fingerprint: bytes, helper_data: bytes) -> SimulatedSecureElement:
    """Return the store that a chip has after a start, from its fingerprint and the helper data.

    Raises:
        ValueError: sizes that do not belong together.
    """
    if len(fingerprint) != FINGERPRINT_BYTES or len(helper_data) != FINGERPRINT_BYTES:
        raise ValueError(f"fingerprint and helper data have {FINGERPRINT_BYTES} bytes each")
    return SimulatedSecureElement(
        private_key=_private_key(_majority(_xor(fingerprint, helper_data)))
    )


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _majority(copies: bytes) -> bytes:
    """Return the secret of which these are copies, one after the other, each with its own noise."""
    secret = bytearray(SECRET_BYTES)
    for bit in range(8 * SECRET_BYTES):
        at, mask = bit // 8, 1 << bit % 8
        ones = sum(1 for start in range(0, len(copies), SECRET_BYTES) if copies[start + at] & mask)
        if 2 * ones > REPETITIONS:
            secret[at] |= mask
    return bytes(secret)


def _private_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    wide = HKDF(hashes.SHA256(), _SCALAR_BYTES, salt=None, info=b"airdelta decryption key 1")
    scalar = int.from_bytes(wide.derive(secret), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())
