"""What build, verify, apply, seal and sign leave on disk."""

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from device_apply.wire.envelope import split_package
from tests.system.workshop import (
    Workshop,
    build,
    edited,
    printed_json,
    run,
)


class TestTheWholeJob:
    """keys new, build, verify, apply yield the new image bit for bit."""

    def test_apply_gives_the_new_image(self, shop: Workshop, tmp_path: Path) -> None:
        out = tmp_path / "image.bin"

        assert run("verify", shop.package, "--trust", shop.trust, "--base", shop.base) == 0
        assert (
            run("apply", shop.package, "--base", shop.base, "--trust", shop.trust, "--out", out)
            == 0
        )
        assert out.read_bytes() == shop.new.read_bytes()

    def test_a_p256_key_with_a_passphrase_signs_too(
        self, shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIRDELTA_PASSPHRASE", "correct horse")
        key = tmp_path / "p256.pem"
        assert run("keys", "new", key, "--algorithm", "p256") == 0
        assert (
            run("build", "--base", shop.base, "--new", shop.new, "--key", key, "--out", tmp_path)
            == 0
        )
        trust = tmp_path / "p256.pub.pem"

        assert run("verify", tmp_path / "update.suit", "--trust", trust) == 0

    def test_a_detached_payload_lies_beside_the_package(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, tmp_path, "--detached", "--json") == 0
        (document,) = json.loads(capsys.readouterr().out)["packages"]
        assert document["payload_path"] == str(tmp_path / "update.payload")
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "update.json", "update.payload", "update.suit",
        ]  # fmt: skip
        package = tmp_path / "update.suit"

        assert run("verify", package, "--trust", shop.trust, "--base", shop.base) == 0
        (tmp_path / "update.payload").write_bytes(b"other")
        assert run("verify", package, "--trust", shop.trust) == 1

    def test_several_bases_give_one_package_each(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = tmp_path / "other.bin"
        other.write_bytes(edited(shop.base.read_bytes(), seed=9))
        out = tmp_path / "out"

        assert build(shop, out, "--base", other, "--json") == 0
        packages = printed_json(capsys)["packages"]
        assert isinstance(packages, list)
        for base, package in zip((shop.base, other), packages, strict=True):
            digest = package["record"]["inputs"]["base"]["sha256"]
            assert Path(package["path"]).name == f"update-from-{digest[:8]}.suit"
            arguments = ("--trust", shop.trust, "--base", base)
            assert run("verify", package["path"], *arguments) == 0

    def test_the_same_build_gives_the_same_bytes(self, shop: Workshop, tmp_path: Path) -> None:
        for name in ("one", "two"):
            assert build(shop, tmp_path / name) == 0

        for file in ("update.suit", "update.json"):
            one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
            assert one == two

    def test_the_record_explains_the_choice(self, shop: Workshop) -> None:
        record = json.loads((shop.package.parent / "update.json").read_text())

        engines = {candidate["engine"] for candidate in record["candidates"]}
        assert {"full", "bsdiff4", "detools-in-place", "zstd-patch"} <= engines
        fitting = [c for c in record["candidates"] if c["fits"]]
        assert record["winner"]["engine"] == fitting[0]["engine"]
        assert record["package"]["size_bytes"] == shop.package.stat().st_size
        assert all(c["fits"] or c["obstacle"] for c in record["candidates"])
        unsafe = next(c for c in record["candidates"] if c["engine"] == "detools-in-place")
        assert unsafe["obstacle"].startswith("unsafe")

    def test_chunk_hashes_are_built_where_asked_for_and_explained_where_not(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        assert build(shop, tmp_path, "--chunks", "64") == 0
        record = json.loads((tmp_path / "update.json").read_text())
        count = -(-record["manifest"]["payload"]["size_bytes"] // 64)
        assert record["manifest"]["chunks"] == {
            "chunk_bytes": 64, "hash_bytes": 8, "count": count,
        }  # fmt: skip
        assert record["chunk_hashes"] == {"chunk_bytes": 64, "reason": "asked for by size"}
        package = tmp_path / "update.suit"
        assert run("verify", package, "--trust", shop.trust, "--base", shop.base) == 0

        record = json.loads((shop.package.parent / "update.json").read_text())
        assert record["manifest"]["chunks"] is None
        assert record["chunk_hashes"]["reason"].startswith("hashes cost more than they save; ")

    @pytest.mark.parametrize("chunks", ["some", "0", "-1", "65", "1.5"])
    def test_a_size_of_chunks_that_is_none_is_refused(
        self, shop: Workshop, tmp_path: Path, chunks: str
    ) -> None:
        expected = 0 if chunks == "65" else 2

        assert build(shop, tmp_path, "--chunks", chunks) == expected

    def test_an_engine_can_be_chosen(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, tmp_path, "--engine", "full-heatshrink") == 0
        capsys.readouterr()

        assert run("inspect", tmp_path / "update.suit", "--json") == 0
        manifest = printed_json(capsys)["manifest"]
        assert isinstance(manifest, dict)
        assert manifest["payload_format"] == "full-heatshrink"
        assert manifest["base_image"] is None


class TestSeal:
    def test_a_sealed_image_is_the_image_and_a_trailer_that_the_key_signed(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "sealed.bin"
        assert run("seal", shop.new, "--key", shop.key, "--security-counter", 7, "--out", out) == 0
        assert "80 of them trailer" in capsys.readouterr().out
        sealed, code = out.read_bytes(), shop.new.read_bytes()
        trailer = sealed[len(code) :]
        digest = hashlib.sha256(sealed[:-64]).digest()
        (tmp_path / "message").write_bytes(b"airdelta image 1" + digest)
        (tmp_path / "signature").write_bytes(sealed[-64:])

        assert sealed.startswith(code)
        assert trailer[:16] == struct.pack("<4sIIi", b"ADSI", len(code), 7, -19)
        arguments = ("--signature", tmp_path / "signature", "--trust", shop.trust)
        assert run("verify-image", tmp_path / "message", *arguments) == 0

    def test_updates_are_built_between_sealed_images(self, shop: Workshop, tmp_path: Path) -> None:
        for name in ("base", "new"):
            image, out = shop.folder / f"{name}.bin", tmp_path / f"{name}.bin"
            assert run("seal", image, "--key", shop.key, "--out", out) == 0
        images = ("--base", tmp_path / "base.bin", "--new", tmp_path / "new.bin")

        assert run("build", *images, "--key", shop.key, "--out", tmp_path / "out") == 0
        sealed = len((tmp_path / "new.bin").read_bytes())
        plain = len(shop.new.read_bytes())
        assert sealed == plain + 80


class TestRollback:
    def test_devices_go_back_with_an_authorisation_and_not_without(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        older, back = shop.package, tmp_path / "back.suit"
        trusted = ("--base", shop.base, "--trust", shop.trust)
        device = ("--link", "ble-1m", *trusted, "--device-counter", 9)
        assert run("simulate", older, *device) == 1
        authorise = ("authorise-rollback", older, "--key", shop.key, "--out", back)
        assert run(*authorise, "--highest-counter", 9) == 0
        assert "security counters up to 9, on the device class" in capsys.readouterr().out

        assert run("simulate", back, *device) == 0
        assert run("verify", back, *trusted, "--device-counter", 9) == 0
        assert run("simulate", back, *device[:-1], 10) == 1
        assert run("verify", back, *trusted, "--device-counter", 10) == 1

    def test_an_authorisation_for_one_device_names_it(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        back = tmp_path / "back.suit"
        authorise = ("authorise-rollback", shop.package, "--key", shop.key, "--out", back)
        one = (*authorise, "--highest-counter", 9, "--device-id")
        assert run(*one, "00" * 15) == 2
        assert run(*one, "no hex") == 2
        assert run(*one, "AB" * 16, "--json") == 0
        assert printed_json(capsys)["device_id"] == "ab" * 16

        device = ("--link", "ble-1m", "--base", shop.base, "--trust", shop.trust)
        assert run("simulate", back, *device, "--device-counter", 9) == 1

    def test_an_authorisation_of_another_package_is_refused_on_the_host(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        back = tmp_path / "back.suit"
        authorise = ("authorise-rollback", shop.package, "--key", shop.key, "--out", back)
        assert run(*authorise, "--highest-counter", 9) == 0
        head, _, _ = split_package(back.read_bytes())
        assert build(shop, tmp_path / "other", "--engine", "full", "--security-counter", "4") == 0
        other, _, payload = split_package((tmp_path / "other" / "update.suit").read_bytes())
        mixed = replace(other, rollback=head.rollback).to_bytes() + (payload or b"")
        (tmp_path / "mixed.suit").write_bytes(mixed)

        assert run("verify", tmp_path / "mixed.suit", "--trust", shop.trust) == 1

    def test_where_nothing_is_older_nothing_is_authorised(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        assert build(shop, tmp_path, "--security-counter", "3") == 0
        out = tmp_path / "back.suit"
        authorise = ("authorise-rollback", tmp_path / "update.suit", "--key", shop.key)

        assert run(*authorise, "--highest-counter", 3, "--out", out) == 2
        assert not out.exists()


def test_sign_and_verify_image_agree_and_refuse_a_changed_image(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(shop.new.read_bytes())
    signature = tmp_path / "image.bin.sig"
    check = ("verify-image", image, "--signature", signature, "--trust", shop.trust)

    assert run("sign", image, "--key", shop.key) == 0
    assert "openssl pkeyutl -verify" in capsys.readouterr().out
    assert run(*check) == 0
    image.write_bytes(b"another image")
    assert run(*check) == 1
    assert "no Ed25519 signature of this key" in capsys.readouterr().err
    assert run(*check, "--hash", "sha256") == 2
