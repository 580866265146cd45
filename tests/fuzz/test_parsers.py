"""The parsers' fuzz targets: their corpus is taken, and every change of it ends as it may."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.parsers.targets import TARGETS, FuzzTarget

CORPUS = Path(__file__).parents[2] / "fuzz" / "parsers" / "corpus"
MUST_BE_TAKEN = frozenset(target.name for target in TARGETS) - {
    "linker-map",  # its seed is the beginning of one
    "image-elf",  # its seed is cut
}
CHANGES = 150


def seeds(target: FuzzTarget) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / target.name).iterdir())]


def changed(rng: random.Random, data: bytes) -> bytes:
    result = bytearray(data)
    for _ in range(1 + rng.randrange(3)):
        at = rng.randrange(len(result) + 1)
        result[at : at + rng.choice((0, 1, 1, 4))] = rng.choice(
            (b"", b"\0", b"\xff", b"\xff" * 4, b"\x80", rng.randbytes(1), rng.randbytes(4), b"\n")
        )
    return bytes(result)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_we_write_ourselves_is_taken(target: FuzzTarget) -> None:
    assert seeds(target)
    taken = [target.run(seed) for seed in seeds(target)]

    assert any(taken) or target.name not in MUST_BE_TAKEN


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_changes_and_cuts_end_in_a_result_or_in_our_errors(target: FuzzTarget) -> None:
    rng = random.Random(target.name)
    for seed in seeds(target):
        for _ in range(CHANGES):
            target.run(changed(rng, seed))
        for _ in range(20):
            target.run(seed[: rng.randrange(len(seed) + 1)])
    for _ in range(50):
        target.run(rng.randbytes(rng.randrange(64)))


def test_a_parser_that_lets_another_error_out_is_a_finding() -> None:
    def careless(data: bytes) -> int:
        return data[0]

    target = FuzzTarget(name="careless", parse=careless, expected=(ValueError,))

    with pytest.raises(IndexError):
        target.run(b"")


def test_the_fuzzer_itself_runs_a_target() -> None:
    command = [sys.executable, "-m", "fuzz.parsers.fuzz_parser", "manifest", "-runs=300", "-seed=1"]
    root = CORPUS.parents[2]

    finished = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)

    assert finished.returncode == 0, finished.stderr
    assert "Done 300 runs" in finished.stderr
