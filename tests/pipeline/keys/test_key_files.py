import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st

from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.keys.key_files import load_public_key, load_signer, private_key_is_encrypted
from pipeline.keys.new_keys import KeyAlgorithm, create_key_pair

PASSPHRASE = b"correct horse"
UNENCRYPTED = serialization.NoEncryption()


def new_key(
    folder: Path, passphrase: bytes | None = None, algorithm: KeyAlgorithm = KeyAlgorithm.ED25519
) -> Path:
    return create_key_pair(folder / "release.pem", algorithm, passphrase).private_path


def private_file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "encrypted"])
@pytest.mark.parametrize(
    ("algorithm", "cose"),
    [(KeyAlgorithm.ED25519, CoseAlgorithm.ED25519), (KeyAlgorithm.P256, CoseAlgorithm.ESP256)],
)
def test_a_new_pair_signs_and_verifies(
    tmp_path: Path, algorithm: KeyAlgorithm, cose: CoseAlgorithm, passphrase: bytes | None
) -> None:
    files = create_key_pair(tmp_path / "release.pem", algorithm, passphrase)

    signer = load_signer(files.private_path, passphrase)
    public_key = load_public_key(files.public_path)

    assert files.public_path == tmp_path / "release.pub.pem"
    assert signer.algorithm is public_key.algorithm is cose
    assert public_key.accepts(b"manifest", signer.sign(b"manifest"))
    assert signer.public_key_pem == files.public_path.read_bytes()
    assert private_key_is_encrypted(files.private_path) is (passphrase is not None)


def test_only_the_owner_may_read_the_private_key(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        files = create_key_pair(tmp_path / "release.pem", KeyAlgorithm.ED25519, None)
    finally:
        os.umask(old_mask)

    assert stat.S_IMODE(files.private_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.public_path.stat().st_mode) == 0o644


def test_a_key_without_the_extension_gets_it_for_its_public_half(tmp_path: Path) -> None:
    files = create_key_pair(tmp_path / "release", KeyAlgorithm.ED25519, None)

    assert files.public_path.name == "release.pub.pem"


@pytest.mark.parametrize("existing", ["release.pem", "release.pub.pem"])
def test_no_file_is_overwritten_and_none_is_left_behind(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_bytes(b"precious")

    with pytest.raises(InputError, match=rf"{existing}: exists, and keys are not overwritten"):
        new_key(tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {existing: b"precious"}


@pytest.mark.parametrize("failing_call", [1, 2])
def test_a_full_disk_leaves_neither_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing_call: int
) -> None:
    calls = 0

    def sync(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing_call:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", sync)

    with pytest.raises(EnvironmentProblem, match=r"cannot be written \(No space left on device\)"):
        new_key(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_neither_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)

    with pytest.raises(KeyboardInterrupt):
        new_key(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its folder does not exist: create it first"):
        new_key(tmp_path / "nowhere")


def test_an_empty_passphrase_does_not_pass_for_protection(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the passphrase is empty"):
        new_key(tmp_path, b"")

    assert list(tmp_path.iterdir()) == []


def test_the_right_passphrase_is_needed(tmp_path: Path) -> None:
    path = new_key(tmp_path, PASSPHRASE)

    with pytest.raises(InputError, match=r"release\.pem: wrong passphrase, or the file is damaged"):
        load_signer(path, b"wrong")
    for absent in (None, b""):
        with pytest.raises(InputError, match="is protected by a passphrase: give it with"):
            load_signer(path, absent)


def test_a_passphrase_that_is_not_needed_is_ignored(tmp_path: Path) -> None:
    path = new_key(tmp_path)

    assert load_signer(path, PASSPHRASE).algorithm is CoseAlgorithm.ED25519


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_private_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = new_key(tmp_path)
    path.chmod(mode)

    with pytest.raises(
        InputError, match=f"others can read this private key: run `chmod 600 {path}`"
    ):
        load_signer(path, None)


def test_the_halves_of_a_pair_are_not_taken_for_each_other(tmp_path: Path) -> None:
    path = new_key(tmp_path)
    public_path = tmp_path / "release.pub.pem"

    with pytest.raises(InputError, match="is a public key: signing needs the private one"):
        load_signer(public_path, None)
    with pytest.raises(
        InputError, match=r"is a private key, .*: give the public one, as in release\.pub\.pem"
    ):
        load_public_key(path)


@pytest.mark.parametrize("load", [lambda path: load_signer(path, None), load_public_key])
@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 100, b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"],
)
def test_what_is_no_key_is_refused(tmp_path: Path, load: object, data: bytes) -> None:
    path = private_file(tmp_path / "key.pem", data)

    assert callable(load)
    with pytest.raises(InputError, match=r"key\.pem: is not a (private|public) key in PEM"):
        load(path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    for load in (load_public_key, private_key_is_encrypted):
        with pytest.raises(InputError, match=r"nowhere\.pem: no such file"):
            load(tmp_path / "nowhere.pem")


UNSUPPORTED: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey] = {
    "rsa": rsa.generate_private_key(65537, 1024),  # noqa: S505 (never signs anything)
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "x25519": x25519.X25519PrivateKey.generate(),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_keys_of_other_kinds_are_refused(tmp_path: Path, name: str) -> None:
    key = UNSUPPORTED[name]
    private = private_file(
        tmp_path / "key.pem",
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, UNENCRYPTED
        ),
    )
    public = private_file(
        tmp_path / "key.pub.pem",
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    )

    with pytest.raises(InputError, match=r"make one with `airdelta keys new`"):
        load_signer(private, None)
    with pytest.raises(InputError, match="is no public key that verifies packages"):
        load_public_key(public)


def test_a_kind_of_key_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    der = bytes.fromhex("302e02010030050603 2b65 5f 04220420") + bytes(32)
    body = base64.b64encode(der).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"

    with pytest.raises(InputError, match="a key of this kind is not supported"):
        load_signer(private_file(tmp_path / "key.pem", pem.encode()), None)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["plain", "encrypted"])
def test_keys_that_openssl_wrote_in_the_older_form_are_read(
    tmp_path: Path, passphrase: bytes | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else UNENCRYPTED
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, encryption
    )
    path = private_file(tmp_path / "key.pem", pem)

    assert private_key_is_encrypted(path) is (passphrase is not None)
    assert load_signer(path, passphrase).algorithm is CoseAlgorithm.ESP256


def test_scrypt_parameters_that_cannot_be_are_damage(tmp_path: Path) -> None:
    path = new_key(tmp_path, PASSPHRASE)
    _, *lines, _ = path.read_text().splitlines()
    der = base64.b64decode("".join(lines)).replace(bytes.fromhex("02024000"), b"\2\2\x40\1")
    body = base64.b64encode(der).decode()
    label = "ENCRYPTED PRIVATE KEY-----"
    path.write_text(f"-----BEGIN {label}\n{body}\n-----END {label}\n")

    with pytest.raises(InputError, match="wrong passphrase, or the file is damaged"):
        load_signer(path, PASSPHRASE)


@given(position=st.integers(0, 10_000), change=st.binary(max_size=3), removed=st.integers(0, 3))
@pytest.mark.parametrize("name", ["release.pem", "release.pub.pem"])
def test_a_damaged_key_file_is_a_key_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    position: int,
    change: bytes,
    removed: int,
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    path = new_key(folder).with_name(name)
    pem = path.read_bytes()
    at = position % len(pem)
    damaged = private_file(folder / "damaged.pem", pem[:at] + change + pem[at + removed :])

    for load in (load_public_key, lambda path: load_signer(path, None)):
        try:
            loaded = load(damaged)
        except InputError as refusal:
            problem = refusal
        else:
            assert loaded.algorithm is CoseAlgorithm.ED25519
            continue
        assert str(problem).startswith(str(damaged))
