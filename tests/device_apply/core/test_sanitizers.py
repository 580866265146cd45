"""Damaged patches under AddressSanitizer and UBSan: an error or another image, nothing worse."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch
from tests.pipeline.encoder.synthetic_firmware import feature_update

CORE = Path(__file__).parents[3] / "device_apply" / "core"
ROUNDS = 300


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed")
    binary = tmp_path_factory.mktemp("sanitizers") / "mutate_patches"
    flags = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = sorted((CORE / "src").glob("*.c"))
    subprocess.run(
        [
            compiler,
            *flags,
            *sanitizers,
            f"-I{CORE / 'include'}",
            "-o",
            binary,
            *sources,
            "-Wno-conversion",
            Path(__file__).parent / "mutate_patches.c",
        ],
        check=True,
    )
    return binary


@pytest.mark.parametrize("name", ["tiny", "standard", "large", "run-length"])
def test_damaged_patches_never_reach_outside_their_bounds(
    program: Path, tmp_path: Path, name: str
) -> None:
    base, new = feature_update(count=40)
    patch = (
        run_length_patch(base, new)
        if name == "run-length"
        else encode(base, new, EncoderOptions(tier=Tier(name))).patch
    )
    (tmp_path / "base").write_bytes(base)
    (tmp_path / "patch").write_bytes(patch)
    rounds = ROUNDS // 6 if name == "large" else ROUNDS

    result = subprocess.run(
        [program, tmp_path / "patch", tmp_path / "base", str(len(new)), str(rounds)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr
