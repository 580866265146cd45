"""Keys that are not in files: packages signed in a token, and behind an air gap."""

import json
import subprocess
from pathlib import Path

import pytest

from pipeline.keys.token_signer import open_token_signer
from pipeline.keys.token_uri import parse_token_uri
from tests.pipeline.keys.soft_token import PIN, soft_token
from tests.system.workshop import Workshop, edited, make_workshop, run


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return make_workshop(tmp_path)


@pytest.mark.parametrize("label", ["p256", "ed25519"])
def test_a_package_signed_in_a_token_is_accepted_and_its_pin_is_nowhere(
    workshop: Workshop, label: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pin_file, trust = workshop.folder / "pin", workshop.folder / "token.pub.pem"
    pin_file.write_text(PIN + "\n")
    out = workshop.package.parent
    with soft_token(workshop.folder) as token:
        key = token.uri(label)
        trust.write_bytes(open_token_signer(parse_token_uri(key), PIN).public_key_pem)
        images = ("--base", workshop.base, "--new", workshop.new)
        built = run("build", *images, "--key", key, "--passphrase-file", pin_file, "--out", out)

    assert built == 0
    assert run("verify", workshop.package, "--trust", trust) == 0
    assert run("verify", workshop.package, "--trust", workshop.trust) == 1
    told = capsys.readouterr()
    assert PIN not in told.out + told.err
    assert PIN not in (out / "update.json").read_text()


def test_two_packages_wait_for_signatures_and_are_finished_by_the_same_command(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    second = workshop.folder / "second.bin"
    second.write_bytes(edited(workshop.base.read_bytes(), seed=9))
    out = workshop.package.parent
    command = (
        *("build", "--base", workshop.base, "--base", second, "--new", workshop.new),
        *("--key", f"external:{workshop.trust}", "--out", out),
    )

    assert run(*command, "--json") == 4
    requests = json.loads(capsys.readouterr().out)["signatures_wanted"]
    assert sorted(requests) == sorted(str(path) for path in out.iterdir())
    assert len(requests) == 2
    for request in requests:
        answer = Path(request).with_suffix(".sig")
        sign = ("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", workshop.key)
        subprocess.run([*sign, "-in", request, "-out", answer], check=True)

    assert run(*command) == 0
    packages = sorted(out.glob("*.suit"))
    assert len(packages) == 2
    assert all(run("verify", package, "--trust", workshop.trust) == 0 for package in packages)


def sign_elsewhere(workshop: Workshop, request: str) -> None:
    sign = ("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", workshop.key)
    answer = Path(request).with_suffix(".sig")
    subprocess.run([*sign, "-in", request, "-out", answer], check=True)


def test_an_image_is_sealed_in_a_token_and_behind_an_air_gap(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    pin_file = workshop.folder / "pin"
    pin_file.write_text(PIN + "\n")
    by_token, by_hand = workshop.folder / "token.bin", workshop.folder / "hand" / "sealed.bin"
    with soft_token(workshop.folder) as token:
        command = ("seal", workshop.new, "--key", token.uri("ed25519"), "--out", by_token)
        assert run(*command, "--passphrase-file", pin_file) == 0
    assert len(by_token.read_bytes()) == len(workshop.new.read_bytes()) + 80

    command = ("seal", workshop.new, "--key", f"external:{workshop.trust}", "--out", by_hand)
    capsys.readouterr()
    assert run(*command, "--json") == 4
    (request,) = json.loads(capsys.readouterr().out)["signatures_wanted"]
    sign_elsewhere(workshop, request)
    assert run(*command) == 0

    by_file = workshop.folder / "file.bin"
    assert run("seal", workshop.new, "--key", workshop.key, "--out", by_file) == 0
    assert by_hand.read_bytes() == by_file.read_bytes()


def test_a_rollback_is_authorised_behind_an_air_gap(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    images = ("--base", workshop.base, "--new", workshop.new, "--key", workshop.key)
    assert run("build", *images, "--out", workshop.package.parent) == 0
    back = workshop.folder / "back.suit"
    command = (
        *("authorise-rollback", workshop.package, "--highest-counter", 4, "--out", back),
        *("--key", f"external:{workshop.trust}"),
    )
    capsys.readouterr()
    assert run(*command, "--json") == 4
    (request,) = json.loads(capsys.readouterr().out)["signatures_wanted"]
    assert not back.exists()
    sign_elsewhere(workshop, request)

    assert run(*command) == 0
    verified = ("verify", back, "--trust", workshop.trust)
    assert run(*verified, "--device-counter", 4) == 0
    assert run(*verified, "--device-counter", 5) == 1
