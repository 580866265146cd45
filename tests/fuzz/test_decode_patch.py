"""The fuzz target builds, its corpus passes under the sanitizers, and it notices a broken decoder.

Long runs are `make fuzz`.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from fuzz.make_corpus import frozen_vectors, small_edits

ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = ROOT / "fuzz" / "corpus"
RIGHT_OFFSET: Final = "uint32_t offset = state->written_bytes;"
"""Where the decoder writes next, in `state.c`."""

pytestmark = pytest.mark.skipif(
    shutil.which("clang") is None
    or not list(Path("/usr/lib").glob("llvm-*/lib/clang/*/lib/linux")),
    reason="needs apt packages: clang libclang-rt-14-dev",
)


def copy_of_the_sources(folder: Path) -> Path:
    for part in ("fuzz", "device_apply/core/src", "device_apply/core/include"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copytree(
        ROOT / "tests" / "device_apply" / "core" / "vectors",
        folder / "tests" / "device_apply" / "core" / "vectors",
    )
    return folder


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(folder / "fuzz" / "run.sh"), "-seed=1", *options],
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_corpus_and_a_few_changes_of_it_pass(tmp_path: Path) -> None:
    finished = run(copy_of_the_sources(tmp_path), "-runs=200")

    assert finished.returncode == 0, finished.stderr
    assert f"{len(list(CORPUS.iterdir()))} files found in fuzz/corpus" in finished.stderr
    assert not list((tmp_path / "out" / "fuzz" / "findings").iterdir())


def test_a_decoder_that_writes_to_another_place_is_found(tmp_path: Path) -> None:
    copy = copy_of_the_sources(tmp_path)
    source = copy / "device_apply" / "core" / "src" / "state.c"
    right = source.read_text()
    assert right.count(RIGHT_OFFSET) == 1
    source.write_text(right.replace(RIGHT_OFFSET, RIGHT_OFFSET.replace(";", " + 1u;")))

    finished = run(copy, "-runs=0")

    assert finished.returncode != 0
    assert "broken promise: the new image comes out in ascending order" in finished.stderr
    (finding,) = (copy / "out" / "fuzz" / "findings").iterdir()
    assert run(copy, str(finding)).returncode != 0, "a finding can be shown again"


def test_the_corpus_is_what_the_script_makes() -> None:
    made = {name: data for source in (frozen_vectors(), small_edits()) for name, data in source}

    assert {path.name for path in CORPUS.iterdir()} == set(made)
    for name, data in frozen_vectors():
        assert (CORPUS / name).read_bytes() == data
