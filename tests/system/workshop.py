"""The workbench of the tests of the whole product: two small images, a key, and commands."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.main import main

IMAGE_BYTES = 6000

JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A folder with everything that commands need."""

    folder: Path

    @property
    def base(self) -> Path:
        return self.folder / "base.bin"

    @property
    def new(self) -> Path:
        return self.folder / "new.bin"

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def trust(self) -> Path:
        return self.folder / "key.pub.pem"

    @property
    def package(self) -> Path:
        return self.folder / "out" / "update.suit"


def run(*arguments: object) -> int:
    """Run a command in this process and return its exit code."""
    return main([str(argument) for argument in arguments])


def edited(image: bytes, seed: int, edits: int = 8) -> bytes:
    """Return `image` after a few described edits: bytes changed, inserted and removed."""
    rng = random.Random(seed)
    result = bytearray(image)
    for _ in range(edits):
        at = rng.randrange(len(result) - 16)
        result[at : at + rng.randrange(8)] = rng.randbytes(rng.randrange(8))
    return bytes(result)


def make_workshop(folder: Path) -> Workshop:
    """Write a base and a new image and a key pair."""
    workshop = Workshop(folder=folder)
    image = random.Random(1).randbytes(IMAGE_BYTES // 4) * 4
    workshop.base.write_bytes(image)
    workshop.new.write_bytes(edited(image, seed=2))
    assert run("keys", "new", workshop.key, "--no-passphrase") == 0
    return workshop


def build(shop: Workshop, out: Path, *more: object) -> int:
    return run(
        "build", "--base", shop.base, "--new", shop.new, "--key", shop.key, "--out", out, *more
    )


def printed_json(capsys: pytest.CaptureFixture[str]) -> JsonObject:
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr that is not a note."""
    lines = [x for x in capsys.readouterr().err.splitlines() if not x.startswith("note:")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]
