"""Whoever has the toolchain gets the committed images again, bit for bit."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "sample_firmware"
TOOLS = {
    "make": "make",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
}
LIBRARIES = {
    "/usr/lib/arm-none-eabi/newlib": "libnewlib-arm-none-eabi",
    "/usr/lib/picolibc/riscv64-unknown-elf": "picolibc-riscv64-unknown-elf",
}

missing_packages = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
missing_packages += [package for path, package in LIBRARIES.items() if not Path(path).exists()]


@pytest.mark.skipif(
    bool(missing_packages), reason=f"needs apt packages: {' '.join(missing_packages)}"
)
def test_a_rebuild_in_another_folder_gives_the_committed_files(tmp_path: Path) -> None:
    """Elsewhere on purpose: a path that reached an image would show."""
    copy = tmp_path / "elsewhere" / "sample_firmware"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("out", "__pycache__"))

    finished = subprocess.run(
        ["make", "--jobs=2", "--directory", str(copy), "check"],  # noqa: S607 (found in PATH)
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert "27 files are bit for bit the committed ones" in finished.stdout
