"""Encrypted packages from the command line: built and proved for keys that the vendor lacks."""

import json
from pathlib import Path

import pytest

from tests.system.workshop import Workshop, run


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name, algorithm in (("device", "p256"), ("other", "p256"), ("fleet", "a128")):
        protection = () if algorithm == "a128" else ("--no-passphrase",)
        assert run("keys", "new", tmp_path / name, "--algorithm", algorithm, *protection) == 0
    return tmp_path


def build(shop: Workshop, out: Path, *options: object) -> Path:
    images = ("--base", shop.base, "--new", shop.new, "--key", shop.key)
    assert run("build", *images, "--out", out, *options) == 0
    return out / "update.suit"


@pytest.mark.parametrize("cipher", ["a128gcm", "a128ctr"])
@pytest.mark.parametrize(
    ("recipient", "secret"), [("device.pub.pem", "device"), ("fleet", "fleet")]
)
def test_a_package_is_built_for_a_key_and_applied_with_it(
    shop: Workshop, keys: Path, recipient: str, secret: str, cipher: str
) -> None:
    package = build(shop, keys / "out", "--encrypt-to", keys / recipient, "--cipher", cipher)
    rebuilt = keys / "rebuilt.bin"
    inputs = ("--base", shop.base, "--trust", shop.trust, "--decryption-key", keys / secret)

    assert run("verify", package, *inputs) == 0
    assert run("apply", package, *inputs, "--out", rebuilt) == 0
    assert rebuilt.read_bytes() == shop.new.read_bytes()


def test_the_build_record_and_inspect_tell_the_recipients_and_what_they_cost(
    shop: Workshop, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipients = ("--encrypt-to", keys / "device.pub.pem", "--encrypt-to", keys / "fleet")
    package = build(shop, keys / "out", *recipients)
    encryption = json.loads(package.with_suffix(".json").read_text())["manifest"]["encryption"]
    assert encryption["cipher"] == "a128gcm"
    assert [each["agreement"] for each in encryption["recipients"]] == [
        "ecdh-es-a128kw",
        "a128kw",
    ]
    assert encryption["information_bytes"] == 176
    capsys.readouterr()

    assert run("inspect", package) == 0
    assert "a128gcm, for " in capsys.readouterr().out


def test_another_key_and_none_are_refused_with_what_to_do(
    shop: Workshop, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = build(shop, keys / "out", "--encrypt-to", keys / "device.pub.pem")
    inputs = ("--base", shop.base, "--trust", shop.trust)

    assert run("verify", package, *inputs) == 2
    assert "--decryption-key" in capsys.readouterr().err
    assert run("verify", package, *inputs, "--decryption-key", keys / "other") == 1
    assert "for other keys than this one" in capsys.readouterr().err


def test_two_builds_of_one_update_are_encrypted_differently(shop: Workshop, keys: Path) -> None:
    one = build(shop, keys / "one", "--encrypt-to", keys / "fleet")
    other = build(shop, keys / "other-out", "--encrypt-to", keys / "fleet")

    assert len(one.read_bytes()) == len(other.read_bytes())
    assert one.read_bytes() != other.read_bytes()


def test_a_key_that_cannot_be_encrypted_for_is_refused(
    shop: Workshop, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = ("--base", shop.base, "--new", shop.new, "--key", shop.key, "--out", keys / "out")

    assert run("build", *images, "--encrypt-to", shop.trust) == 2
    assert "is not on P-256" in capsys.readouterr().err
    assert run("build", *images, "--encrypt-to", keys / "device") == 2
    assert "is no public key" in capsys.readouterr().err
    external = ("--key", f"external:{shop.trust}", "--encrypt-to", keys / "fleet")
    assert run("build", *images[:4], *external, "--out", keys / "out") == 2
    assert "encrypts anew" in capsys.readouterr().err


def test_a_shared_key_that_others_can_read_is_refused(
    shop: Workshop, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (keys / "fleet").chmod(0o644)
    images = ("--base", shop.base, "--new", shop.new, "--key", shop.key, "--out", keys / "out")

    assert run("build", *images, "--encrypt-to", keys / "fleet") == 2
    assert "others can read" in capsys.readouterr().err


def test_show_says_what_a_key_is_and_nothing_secret(
    shop: Workshop, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = {}
    for name in ("device", "device.pub.pem", "fleet"):
        capsys.readouterr()
        assert run("keys", "show", keys / name, "--json") == 0
        shown[name] = json.loads(capsys.readouterr().out)
    assert shown["device"]["fingerprint"] == shown["device.pub.pem"]["fingerprint"]
    assert shown["device"]["key_id"] == shown["device.pub.pem"]["key_id"]
    assert (keys / "fleet").read_text().strip() not in json.dumps(shown)
    assert run("keys", "show", shop.trust) == 0
    assert "Ed25519" in capsys.readouterr().out
