"""Stateful signatures: right by another implementation, and never two with one leaf."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyhsslms.pyhsslms as other
import pytest

from device_apply.hss_lms import HssLmsPublicKey
from device_apply.trust import PublicKey
from device_apply.wire.cose import CoseAlgorithm
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.keys.lms_key import (
    LmsKey,
    LmsSigner,
    is_lms_key,
    lms_key_is_encrypted,
    load_lms_key,
    state_path,
)
from pipeline.keys.new_keys import create_lms_key

KEY = LmsKey.generate(height=5)
MESSAGE = b"what was signed"


@pytest.fixture
def signer(tmp_path: Path) -> LmsSigner:
    folder = tmp_path / "keys"
    folder.mkdir()
    create_lms_key(folder / "release.lms", KEY, None, tmp_path / "witness")
    return LmsSigner(key=KEY, path=folder / "release.lms", witness_folder=tmp_path / "witness")


def leaf_of(signature: bytes) -> int:
    return int.from_bytes(signature[4:8], "big")


def test_pyhsslms_accepts_what_we_sign() -> None:
    public = other.HssPublicKey.deserialize(KEY.public_key.to_bytes())
    for leaf in (0, 1, 17, 31):
        signature = KEY.sign(leaf, MESSAGE)
        assert public.verify(MESSAGE, signature)
        assert not public.verify(MESSAGE + b"!", signature)


@pytest.mark.parametrize(
    "one_time", [other.lmots_sha256_n32_w8, other.lmots_sha256_n32_w4, other.lmots_sha256_n32_w2]
)
def test_we_accept_what_pyhsslms_signs(one_time: Any) -> None:  # noqa: ANN401
    theirs = other.HssPrivateKey(levels=1, lms_type=other.lms_sha256_m32_h5, lmots_type=one_time)
    ours = HssLmsPublicKey.from_bytes(theirs.publicKey().serialize())
    for _ in range(2):
        signature = theirs.sign(MESSAGE)
        assert len(signature) == ours.signature_bytes
        assert ours.accepts(MESSAGE, signature)
        assert not ours.accepts(MESSAGE + b"!", signature)


def test_every_changed_byte_of_a_signature_is_noticed() -> None:
    signature = KEY.sign(3, MESSAGE)
    for at in range(0, len(signature), 7):
        changed = bytearray(signature)
        changed[at] ^= 0x40
        assert not KEY.public_key.accepts(MESSAGE, bytes(changed)), at
    assert not KEY.public_key.accepts(MESSAGE, signature[:-1])
    assert not KEY.public_key.accepts(MESSAGE, signature + b"\0")


def test_a_public_key_survives_pem_and_fixes_its_algorithm() -> None:
    read = PublicKey.from_pem(KEY.public_key.to_pem())

    assert read.key == KEY.public_key
    assert read.algorithm is CoseAlgorithm.HSS_LMS
    with pytest.raises(ValueError, match="HSS/LMS"):
        HssLmsPublicKey.from_bytes(bytes(HssLmsPublicKey.SIZE))


def test_each_signature_takes_the_next_leaf(signer: LmsSigner) -> None:
    signatures = [signer.sign(MESSAGE) for _ in range(3)]

    assert [leaf_of(signature) for signature in signatures] == [0, 1, 2]
    assert all(KEY.public_key.accepts(MESSAGE, signature) for signature in signatures)


def test_the_leaf_is_used_up_on_disk_before_the_signature_exists(
    signer: LmsSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    witness = next(signer.witness_folder.iterdir())

    def sign(_key: LmsKey, leaf: int, _message: bytes) -> bytes:
        states = (
            json.loads(path.read_text())["next_leaf"] for path in (state_path(signer.path), witness)
        )
        seen.append((leaf, min(states)))
        raise KeyboardInterrupt

    monkeypatch.setattr(LmsKey, "sign", sign)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            signer.sign(MESSAGE)
    assert seen == [(0, 1), (1, 2)]


def test_an_older_state_is_refused(signer: LmsSigner) -> None:
    """As a backup of the folder brings it back."""
    backup = state_path(signer.path).read_bytes()
    signer.sign(MESSAGE)
    signer.sign(MESSAGE)
    state_path(signer.path).write_bytes(backup)

    with pytest.raises(InputError, match="2 signatures were made since"):
        signer.sign(MESSAGE)


def test_a_cut_between_the_two_writes_costs_one_leaf_and_nothing_else(
    signer: LmsSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:  # file and folder of the state, then the witness
            raise KeyboardInterrupt
        real(descriptor)

    monkeypatch.setattr("pipeline.keys.lms_key.os.fsync", fsync)
    with pytest.raises(KeyboardInterrupt):
        signer.sign(MESSAGE)

    assert leaf_of(signer.sign(MESSAGE)) == 1


def test_a_machine_that_never_signed_is_refused_without_the_witness(signer: LmsSigner) -> None:
    stranger = replace(signer, witness_folder=signer.witness_folder / "elsewhere")

    with pytest.raises(InputError, match="Bring it along from the machine that signed last"):
        stranger.sign(MESSAGE)


def test_a_key_signs_as_often_as_it_has_leaves(signer: LmsSigner) -> None:
    for _ in range(32):
        signer.sign(MESSAGE)

    with pytest.raises(InputError, match="all 32 signatures are used up"):
        signer.sign(MESSAGE)


def test_signers_at_the_same_time_never_share_a_leaf(signer: LmsSigner) -> None:
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(signer.sign, [MESSAGE] * 12))

    assert sorted(leaf_of(signature) for signature in signatures) == list(range(12))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b'{"schema": "airdelta-lms-state-1", "next_leaf": -1}']
)
def test_a_damaged_state_is_refused(signer: LmsSigner, content: bytes) -> None:
    state_path(signer.path).write_bytes(content)

    with pytest.raises(InputError, match="newest one"):
        signer.sign(MESSAGE)


def test_a_state_that_cannot_be_written_gives_no_signature(
    signer: LmsSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.keys.lms_key.os.fsync", refuse)

    with pytest.raises(EnvironmentProblem, match="no signature was made"):
        signer.sign(MESSAGE)


class TestFiles:
    def test_a_key_is_read_back_with_its_passphrase_and_no_other(self, tmp_path: Path) -> None:
        path = tmp_path / "a.lms"
        create_lms_key(path, KEY, b"secret", tmp_path / "witness")

        assert is_lms_key(path)
        assert lms_key_is_encrypted(path)
        assert KEY.seed.hex() not in path.read_text()
        assert load_lms_key(path, b"secret") == KEY
        with pytest.raises(InputError, match="wrong passphrase"):
            load_lms_key(path, b"wrong")
        with pytest.raises(InputError, match="is protected by a passphrase"):
            load_lms_key(path, None)

    def test_a_key_that_others_can_read_is_refused(self, signer: LmsSigner) -> None:
        signer.path.chmod(0o640)

        with pytest.raises(InputError, match="others can read"):
            load_lms_key(signer.path, None)

    @pytest.mark.parametrize("change", [{"height": 6}, {"leaves": "AA=="}, {"identifier": "x"}])
    def test_a_damaged_key_is_refused(self, signer: LmsSigner, change: dict[str, object]) -> None:
        document = json.loads(signer.path.read_text())
        signer.path.write_text(json.dumps(document | change))

        with pytest.raises(InputError, match="is damaged"):
            load_lms_key(signer.path, None)

    def test_files_that_exist_are_not_overwritten(self, signer: LmsSigner) -> None:
        with pytest.raises(InputError, match="keys are not overwritten"):
            create_lms_key(signer.path, KEY, None, signer.witness_folder)
