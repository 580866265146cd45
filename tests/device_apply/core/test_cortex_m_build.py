"""The library compiles for Cortex-M without warnings, and is as large there as the host says."""

import shutil
import subprocess
from pathlib import Path

import pytest

from device_apply.core.needs import STATE_BYTES

CORE = Path(__file__).parents[3] / "device_apply" / "core"
COMPILER = "arm-none-eabi-gcc"
FLAGS = ["-std=c99", "-Os", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-mthumb"]

pytestmark = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason=f"{COMPILER} is not installed"
)


def _compile(source: Path, target: Path, *options: str) -> None:
    includes = [f"-I{CORE / 'include'}", f"-I{CORE / 'src'}"]
    subprocess.run([COMPILER, *FLAGS, *options, *includes, "-c", "-o", target, source], check=True)


@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4"])
@pytest.mark.parametrize("scope", [[], ["-DAIRDELTA_THUMB_ONLY", "-DAIRDELTA_TINY_ONLY"]])
def test_every_source_compiles_without_warnings(tmp_path: Path, cpu: str, scope: list[str]) -> None:
    for source in sorted((CORE / "src").glob("*.c")):
        _compile(source, tmp_path / "object.o", f"-mcpu={cpu}", *scope)


def test_the_state_is_as_large_as_the_host_says(tmp_path: Path) -> None:
    source = tmp_path / "size.c"
    source.write_text(
        '#include "state.h"\n'
        f"typedef char as_stated[sizeof(struct ad_state) == {STATE_BYTES} ? 1 : -1];\n"
    )

    _compile(source, tmp_path / "size.o", "-mcpu=cortex-m4")


def test_the_library_needs_nothing_but_four_memory_functions(tmp_path: Path) -> None:
    undefined: set[str] = set()
    defined: set[str] = set()
    for source in sorted((CORE / "src").glob("*.c")):
        target = tmp_path / f"{source.stem}.o"
        _compile(source, target, "-mcpu=cortex-m4")
        listing = subprocess.run(
            [str(shutil.which("arm-none-eabi-nm")), target],
            check=True,
            capture_output=True,
            text=True,
        )
        for line in listing.stdout.splitlines():
            *_, kind, name = line.split()
            assert kind not in "bBdD", f"{name} is writable"
            (undefined if kind == "U" else defined).add(name)

    assert undefined - defined <= {"memcpy", "memset", "memmove", "memcmp"}
