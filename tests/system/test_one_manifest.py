"""`build --one-manifest`: one envelope for many bases, from the command line to the new image."""

import json
from pathlib import Path

import pytest

from device_apply.wire.envelope import EnvelopeHead
from tests.system.workshop import Workshop, edited, make_workshop, run


@pytest.fixture(name="shop")
def a_shop_with_one_manifest(tmp_path: Path) -> Workshop:
    shop = make_workshop(tmp_path)
    arguments: list[object] = ["--base", shop.base]
    for number in (1, 2):
        base = tmp_path / f"base-{number}.bin"
        base.write_bytes(edited(shop.base.read_bytes(), seed=10 + number))
        arguments += ["--base", base]
    out = ("--out", shop.package.parent)
    assert (
        run("build", *arguments, "--new", shop.new, "--key", shop.key, *out, "--one-manifest") == 0
    )
    return shop


def test_three_bases_share_one_envelope_and_have_a_payload_each(shop: Workshop) -> None:
    manifest = EnvelopeHead.from_bytes(shop.package.read_bytes()).manifest
    files = {path.name for path in shop.package.parent.iterdir()}

    assert len(manifest.patches) == 3
    assert {patch.payload_uri for patch in manifest.patches} < files
    assert manifest.payload_uri == "update-full.payload"
    assert [name for name in files if name.endswith(".suit")] == ["update.suit"]


@pytest.mark.parametrize("base", ["base.bin", "base-1.bin", "base-2.bin"])
def test_each_base_becomes_the_new_image(shop: Workshop, base: str) -> None:
    arguments = ("--base", shop.folder / base, "--trust", shop.trust)
    rebuilt = shop.folder / "rebuilt.bin"

    assert run("apply", shop.package, *arguments, "--out", rebuilt) == 0
    assert rebuilt.read_bytes() == shop.new.read_bytes()


def test_another_base_takes_the_full_image(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    other = shop.folder / "other.bin"
    other.write_bytes(b"something else")
    capsys.readouterr()

    assert run("verify", shop.package, "--base", other, "--trust", shop.trust, "--json") == 0
    manifest = json.loads(capsys.readouterr().out)["manifest"]
    assert manifest["payload_uri"] == "update-full.payload"
    assert manifest["base_image"] is None


def test_over_the_air_go_the_envelope_and_one_payload(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run("inspect", shop.package, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    full = shop.package.with_name("update-full.payload").stat().st_size

    assert document["air_bytes"] == shop.package.stat().st_size + full
    assert len(document["manifest"]["patches"]) == 3
