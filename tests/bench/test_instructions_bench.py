"""The count of instructions runs on a corpus and says what it is asked for."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "device_apply" / "core" / "vectors"


def run_bench(corpus: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "bench" / "instructions.py"), "--corpus", str(corpus)],
        check=False,
        capture_output=True,
        text=True,
    )


def write_pair(corpus: Path, name: str, architecture: str) -> None:
    folder = corpus / name
    folder.mkdir()
    shutil.copy(VECTORS / "sensor-node-cm3-1.0.0.bin", folder / "base.bin")
    shutil.copy(VECTORS / "sensor-node-cm3-1.1.0.bin", folder / "new.bin")
    (folder / "meta.json").write_text(json.dumps({"content": "code", "arch": architecture}))


@pytest.mark.skipif(not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}")
def test_total_and_median_are_over_the_cortex_m_pairs(tmp_path: Path) -> None:
    write_pair(tmp_path, "sensor-node", "arm-cortex-m3")
    write_pair(tmp_path, "other", "riscv32")

    finished = run_bench(tmp_path)

    assert finished.returncode == 0, finished.stderr
    _headline, _columns, pair, total, median = finished.stdout.splitlines()
    assert pair.startswith("sensor-node ")
    said = [re.search(r"(\d+) per byte", line) for line in (total, median)]
    assert [match and int(match[1]) for match in said] == [int(pair.split()[4])] * 2


def test_a_corpus_without_cortex_m_is_refused(tmp_path: Path) -> None:
    write_pair(tmp_path, "other", "riscv32")

    finished = run_bench(tmp_path)

    assert finished.returncode in {2, 3}
    assert "no pair" in finished.stderr or "not installed" in finished.stderr
