"""Keys in a token: signatures that devices accept, keys that stay, errors that help."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.keys.token_signer import open_token_signer
from pipeline.keys.token_uri import parse_token_uri
from tests.pipeline.keys.soft_token import PIN, SoftToken, read_private_value, soft_token

MESSAGE = b"the bytes of a Sig_structure" * 20


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    with soft_token(tmp_path_factory.mktemp("token")) as made:
        yield made


@pytest.mark.parametrize(
    ("label", "algorithm"), [("p256", CoseAlgorithm.ESP256), ("ed25519", CoseAlgorithm.ED25519)]
)
def test_a_device_accepts_what_the_token_signs(
    token: SoftToken, label: str, algorithm: CoseAlgorithm
) -> None:
    signer = open_token_signer(parse_token_uri(token.uri(label)), PIN)

    signature = signer.sign(MESSAGE)

    trust = TrustAnchors([PublicKey.from_pem(signer.public_key_pem)])
    assert signer.algorithm is algorithm
    assert load_pem_public_key(signer.public_key_pem) == signer.public_key
    trust.verify(algorithm, MESSAGE, signature)


@pytest.mark.parametrize("label", ["p256", "ed25519"])
def test_the_private_key_cannot_be_taken_out(token: SoftToken, label: str) -> None:
    import pkcs11

    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        read_private_value(token, label)


def test_a_wrong_pin_is_named_before_it_locks_the_token(token: SoftToken) -> None:
    with pytest.raises(InputError, match="wrong PIN for token 'release token'"):
        open_token_signer(parse_token_uri(token.uri("p256")), "000000")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("object=p256", "object=p257"), "holds no private key 'p257'"),
        (("token=release%20token", "token=other"), "no token 'other'"),
        (("object=p256", "object=p384"), "neither an Ed25519 nor a P-256 key"),
    ],
)
def test_what_is_not_there_is_named(token: SoftToken, change: tuple[str, str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        open_token_signer(parse_token_uri(token.uri("p256").replace(*change)), PIN)


def test_a_file_that_is_no_module_is_the_environments_problem(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.write_bytes(b"no library")

    with pytest.raises(EnvironmentProblem, match="cannot be loaded as a PKCS#11 module"):
        open_token_signer(parse_token_uri(f"pkcs11:token=t;object=o?module-path={module}"), PIN)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("pkcs11:token=t;object=o", "names no module-path"),
        ("pkcs11:token=t?module-path=m", "names no object"),
        ("pkcs11:token=t;object=o?module-path=m&pin-value=1", "seen by everybody"),
        ("pkcs11:token=t;colour=red?module-path=m", "'colour=red' is not understood"),
        ("pkcs11:token=t;token=u;object=o?module-path=m", "'token=u' is not understood"),
        ("pkcs11:token=%ff;object=o?module-path=m", "not UTF-8"),
        ("pkcs11:", "names no module-path"),
    ],
)
def test_a_uri_that_cannot_be_used_says_why(uri: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse_token_uri(uri)


def test_identifiers_may_be_bytes() -> None:
    uri = parse_token_uri("pkcs11:serial=ab%00;id=%01%ff?module-path=/m.so")

    assert uri.object_id == b"\x01\xff"
    assert uri.serial == b"ab\0"
    assert uri.token is None
