from unittest.mock import Mock

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.errors import Rejected
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem
from pipeline.keys.signer import LocalSigner, Signer

# RFC 6979, A.2.5: the private key, and the signature of "sample" with SHA-256.
P256_SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
P256_SIGNATURE = (
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)
# RFC 8032, 7.1, test 1: the private key, and the signature of nothing.
ED25519_SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"  # noqa: S105 (published)
ED25519_SIGNATURE = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)


def p256_signer() -> LocalSigner:
    return LocalSigner(ec.derive_private_key(P256_SECRET, ec.SECP256R1()))


def ed25519_signer() -> LocalSigner:
    secret = bytes.fromhex(ED25519_SECRET)
    return LocalSigner(ed25519.Ed25519PrivateKey.from_private_bytes(secret))


def test_p256_signatures_are_those_of_rfc_6979() -> None:
    assert p256_signer().sign(b"sample").hex() == P256_SIGNATURE


def test_ed25519_signatures_are_those_of_rfc_8032() -> None:
    assert ed25519_signer().sign(b"").hex() == ED25519_SIGNATURE


def test_the_type_of_the_key_fixes_the_algorithm() -> None:
    assert p256_signer().algorithm is CoseAlgorithm.ESP256
    assert ed25519_signer().algorithm is CoseAlgorithm.ED25519


@pytest.mark.parametrize("signer", [p256_signer(), ed25519_signer()], ids=["p256", "ed25519"])
def test_a_device_that_trusts_the_public_key_accepts_what_was_signed(signer: Signer) -> None:
    trust = TrustAnchors([PublicKey.from_pem(signer.public_key_pem)])
    signature = signer.sign(b"manifest")

    trust.verify(signer.algorithm, b"manifest", signature)
    with pytest.raises(Rejected):
        trust.verify(signer.algorithm, b"Manifest", signature)


def test_r_and_s_always_fill_32_bytes_each() -> None:
    # One signature in 128 has an r or s that starts with a zero byte.
    signer = p256_signer()
    signatures = [signer.sign(bytes([i])) for i in range(256)]

    assert {len(signature) for signature in signatures} == {64}
    assert any(signature[0] == 0 or signature[32] == 0 for signature in signatures)


def test_other_curves_are_refused() -> None:
    key = ec.generate_private_key(ec.SECP384R1())

    with pytest.raises(ValueError, match="the curve secp384r1 is not supported, P-256 is"):
        LocalSigner(key)


def test_an_openssl_without_rfc_6979_is_a_problem_of_the_environment() -> None:
    key = Mock(spec=ec.EllipticCurvePrivateKey, curve=ec.SECP256R1())
    key.sign.side_effect = UnsupportedAlgorithm("ECDSA with deterministic signature")

    with pytest.raises(EnvironmentProblem, match=r"need OpenSSL 3\.2 or later"):
        LocalSigner(key).sign(b"")
