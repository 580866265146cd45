"""Trust anchors: the key decides how a signature is checked, never the header."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from device_apply.errors import Rejected
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.cose import CoseAlgorithm

ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = generate_private_key(SECP256R1())
MESSAGE = b"what was signed"


def esp256(message: bytes) -> bytes:
    r, s = decode_dss_signature(P256.sign(message, ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def both() -> TrustAnchors:
    return TrustAnchors([PublicKey(ED25519.public_key()), PublicKey(P256.public_key())])


def test_signatures_of_both_algorithms_are_accepted() -> None:
    both().verify(CoseAlgorithm.ED25519, MESSAGE, ED25519.sign(MESSAGE))
    both().verify(CoseAlgorithm.ESP256, MESSAGE, esp256(MESSAGE))


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_a_signature_with_one_flipped_bit_is_rejected(bit: int) -> None:
    for algorithm, signature in (
        (CoseAlgorithm.ED25519, ED25519.sign(MESSAGE)),
        (CoseAlgorithm.ESP256, esp256(MESSAGE)),
    ):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Rejected, match="not made by a trusted key"):
            both().verify(algorithm, MESSAGE, bytes(flipped))


def test_an_empty_signature_of_zeros_is_rejected() -> None:
    for algorithm in CoseAlgorithm:
        with pytest.raises(Rejected):
            both().verify(algorithm, MESSAGE, bytes(64))


def test_another_message_is_rejected() -> None:
    with pytest.raises(Rejected):
        both().verify(CoseAlgorithm.ED25519, MESSAGE + b"!", ED25519.sign(MESSAGE))


def test_the_header_cannot_choose_the_algorithm() -> None:
    only_ed25519 = TrustAnchors([PublicKey(ED25519.public_key())])

    with pytest.raises(Rejected, match="made with ESP256, but the trusted keys are Ed25519"):
        only_ed25519.verify(CoseAlgorithm.ESP256, MESSAGE, ED25519.sign(MESSAGE))


def test_a_key_that_is_not_trusted_is_rejected() -> None:
    other = Ed25519PrivateKey.generate()

    with pytest.raises(Rejected):
        both().verify(CoseAlgorithm.ED25519, MESSAGE, other.sign(MESSAGE))


def test_no_keys_never_mean_trust_in_all() -> None:
    with pytest.raises(ValueError, match="at least one"):
        TrustAnchors([])


def test_keys_of_other_types_are_refused() -> None:
    for key in (generate_private_key(SECP384R1()), generate_rsa(65537, 2048)):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(ValueError, match=r"neither an Ed25519|is not supported, P-256"):
            PublicKey.from_pem(pem)


def test_bytes_that_are_no_key_are_refused() -> None:
    with pytest.raises(ValueError, match="PEM"):
        PublicKey.from_pem(b"not a key")


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def test_an_ed25519_signature_with_the_group_s_order_added_is_rejected() -> None:
    """RFC 8032, 5.1.7: s is below the order, or one signature would have several forms."""
    signature = ED25519.sign(MESSAGE)
    shifted = int.from_bytes(signature[32:], "little") + ED25519_ORDER

    with pytest.raises(Rejected):
        both().verify(
            CoseAlgorithm.ED25519, MESSAGE, signature[:32] + shifted.to_bytes(32, "little")
        )


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER), (2**256 - 1, 2**256 - 1)]
)
def test_ecdsa_numbers_outside_the_group_are_rejected(r: int, s: int) -> None:
    with pytest.raises(Rejected):
        both().verify(CoseAlgorithm.ESP256, MESSAGE, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_the_twin_of_an_ecdsa_signature_says_nothing_new() -> None:
    """ECDSA holds for n - s too; nothing here takes a signature for the name of what it signs."""
    signature = esp256(MESSAGE)
    twin = signature[:32] + (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")

    both().verify(CoseAlgorithm.ESP256, MESSAGE, twin)
    with pytest.raises(Rejected):
        both().verify(CoseAlgorithm.ESP256, MESSAGE + b"!", twin)
