"""Handing over to the next key, from the command line to the device."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from device_apply.core.device.status import Status
from device_apply.wire.cose import CoseAlgorithm
from pipeline.keys.key_files import load_public_key, load_signer
from tests.device_apply.core_device.test_key_ring import FIRST_NUMBER, device
from tests.system.workshop import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, algorithm in (("today", "ed25519"), ("next", "p256"), ("other", "ml-dsa-44")):
        key = tmp_path / f"{name}.pem"
        assert run("keys", "new", key, "--algorithm", algorithm, "--no-passphrase") == 0
    return tmp_path


def rotate(folder: Path, next_key: str, *more: object) -> int:
    message = ("--number", FIRST_NUMBER + 1, "--vendor", "vendor.example")
    signer = ("--key", folder / "today.pem")
    return run(
        "keys", "rotate", folder / next_key, *signer, *message, "--out", folder / "m.cose", *more
    )


def test_a_device_takes_the_message_and_believes_the_next_key(folder: Path) -> None:
    _bench, ring, _host = device()
    today = load_public_key(folder / "today.pub.pem").key
    raw = today.public_bytes(Encoding.Raw, PublicFormat.Raw)  # type: ignore[union-attr]
    assert ring.create(FIRST_NUMBER, CoseAlgorithm.ED25519, raw) is Status.OK
    assert rotate(folder, "next.pub.pem") == 0

    assert ring.change((folder / "m.cose").read_bytes()) is Status.OK
    signer = load_signer(folder / "next.pem", None)
    ring.verify(CoseAlgorithm.ESP256, b"a message", signer.sign(b"a message"))


@pytest.mark.parametrize(
    ("next_key", "said"),
    [
        ("today.pub.pem", "give another one"),
        ("other.pub.pem", "with a firmware update"),
        ("next.pem", "is a private key"),
    ],
)
def test_a_key_that_cannot_come_next_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], next_key: str, said: str
) -> None:
    assert rotate(folder, next_key) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "m.cose").exists()
