"""The fuzz target for heads builds, its corpus passes, and it notices a broken parser.

Long runs are `make fuzz`.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from fuzz.make_head_corpus import inputs

ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = ROOT / "fuzz" / "head_corpus"
PARTS: Final = ("fuzz", "device_apply/core/device", "device_apply/core/include")
BOUND: Final = "slot <= WIRE_MAX_SLOT"
"""Which slots there are, in `manifest.c`."""

needs_clang = pytest.mark.skipif(
    shutil.which("clang") is None
    or not list(Path("/usr/lib").glob("llvm-*/lib/clang/*/lib/linux")),
    reason="needs apt packages: clang libclang-rt-14-dev",
)


def copy_of_the_sources(folder: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part)
    return folder


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(folder / "fuzz" / "run.sh"), "read_head", "-seed=1", *options],
        check=False,
        capture_output=True,
        text=True,
    )


@needs_clang
def test_heads_of_every_form_and_many_changes_of_them_pass(tmp_path: Path) -> None:
    finished = run(copy_of_the_sources(tmp_path), "-runs=20000")

    assert finished.returncode == 0, finished.stderr
    assert f"{len(list(CORPUS.iterdir()))} files found in fuzz/head_corpus" in finished.stderr


@needs_clang
def test_a_parser_that_forgets_a_bound_is_found(tmp_path: Path) -> None:
    copy = copy_of_the_sources(tmp_path)
    source = copy / "device_apply/core/device/app/manifest.c"
    right = source.read_text()
    assert right.count(BOUND) == 1
    source.write_text(right.replace(BOUND, "slot <= 255"))
    manifest = (CORPUS / "manifest-full-slot").read_bytes()
    third_slot = tmp_path / "third-slot"
    third_slot.write_bytes(manifest.replace(b"\x05\x01\x0e", b"\x05\x02\x0e"))

    finished = run(copy, str(third_slot))

    assert finished.returncode != 0
    assert "broken promise: there are two slots" in finished.stderr


def test_the_corpus_of_heads_is_what_the_script_makes() -> None:
    made = dict(inputs())

    assert {path.name: path.read_bytes() for path in CORPUS.iterdir()} == made
