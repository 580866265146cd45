"""Packages with signatures that withstand quantum computers, from the command line."""

from pathlib import Path

import pytest

from pipeline.keys.lms_key import LmsKey, state_path
from pipeline.keys.new_keys import create_lms_key
from tests.system.workshop import Workshop, run


def build(shop: Workshop, key: Path, out: Path) -> int:
    images = ("--base", shop.base, "--new", shop.new)
    return run("build", *images, "--key", key, "--out", out)


@pytest.mark.parametrize("algorithm", ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_a_package_is_signed_with_ml_dsa(shop: Workshop, tmp_path: Path, algorithm: str) -> None:
    key, trust = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    assert run("keys", "new", key, "--algorithm", algorithm, "--no-passphrase") == 0
    assert build(shop, key, tmp_path / "out") == 0

    package = tmp_path / "out" / "update.suit"
    assert run("verify", package, "--trust", trust, "--base", shop.base) == 0
    assert run("verify", package, "--trust", shop.trust) == 1


def test_a_package_is_signed_with_a_stateful_key_until_its_state_is_rolled_back(
    shop: Workshop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    key = tmp_path / "release.lms"
    witnesses = tmp_path / "state" / "airdelta" / "lms"
    trust = create_lms_key(key, LmsKey.generate(height=5), None, witnesses)
    backup = state_path(key).read_bytes()

    assert build(shop, key, tmp_path / "out") == 0
    package = tmp_path / "out" / "update.suit"
    assert run("verify", package, "--trust", trust, "--base", shop.base) == 0

    state_path(key).write_bytes(backup)
    assert build(shop, key, tmp_path / "again") == 2
    assert "1 signatures were made since" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


def test_a_signed_image_has_no_room_for_a_long_signature(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key.pem"
    assert run("keys", "new", key, "--algorithm", "ml-dsa-44", "--no-passphrase") == 0

    assert run("seal", shop.new, "--key", key, "--out", tmp_path / "sealed.bin") == 2
    assert "has room for 64 bytes" in capsys.readouterr().err


@pytest.mark.slow
def test_a_stateful_key_is_made_by_the_command(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    key = tmp_path / "release.lms"
    assert run("keys", "new", key, "--algorithm", "hss-lms", "--no-passphrase") == 0
    assert build(shop, key, tmp_path / "out") == 0

    package = tmp_path / "out" / "update.suit"
    assert run("verify", package, "--trust", tmp_path / "release.pub.pem") == 0
