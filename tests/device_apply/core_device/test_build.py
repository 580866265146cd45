"""The library as a port compiles it: freestanding, without static RAM, in two separable parts."""

import re
import shutil
from pathlib import Path

import pytest

from device_apply.core.device.native import (
    APPLICATION_SOURCES,
    BOOTLOADER_SOURCES,
    CODEC_FOLDER,
    CODEC_SOURCES,
    DIGEST_SOURCES,
    FOLDER,
    INCLUDE_FOLDERS,
    INSTALLER_SOURCES,
    SOURCES,
)
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.identifiers import class_id, vendor_id
from tests.device_apply.core_device.native_build import ROOT, WARNINGS, run_tool
from tests.device_apply.small_device import base_image, full_update

DEVICE_SOURCES = BOOTLOADER_SOURCES + APPLICATION_SOURCES + DIGEST_SOURCES + CODEC_SOURCES
INCLUDES = [f"-I{ROOT / folder}" for folder in INCLUDE_FOLDERS if folder.name != "bench"]
ALLOWED_LIBC = {"memcpy", "memset", "memmove", "memcmp"}
CROSS = "arm-none-eabi-"
CROSS_FLAGS = (
    "-mthumb",
    "-std=c99",
    "-Os",
    "-ffreestanding",
    "-fstack-usage",
    "-DAIRDELTA_THUMB_ONLY",
    *WARNINGS,
    *INCLUDES,
)
SANITIZER_FLAGS = ("-std=c99", "-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover")
CORES = ("cortex-m0plus", "cortex-m4")
needs_cross_compiler = pytest.mark.skipif(
    shutil.which(f"{CROSS}gcc") is None, reason="gcc-arm-none-eabi is not installed"
)


def compile_for(core: str, sources: tuple[Path, ...], folder: Path) -> list[Path]:
    objects = []
    for source in sources:
        made = folder / f"{source.stem}.o"
        run_tool([f"{CROSS}gcc", f"-mcpu={core}", *CROSS_FLAGS, "-c", ROOT / source, "-o", made])
        objects.append(made)
    return objects


def sizes(objects: list[Path]) -> tuple[int, int]:
    """Return text with read-only data, and RAM, in bytes."""
    rows = run_tool([f"{CROSS}size", *objects]).splitlines()[1:]
    columns = [list(map(int, row.split()[:3])) for row in rows]
    return sum(row[0] for row in columns), sum(row[1] + row[2] for row in columns)


def undefined(objects: list[Path], folder: Path) -> set[str]:
    joined = folder / "joined.o"
    run_tool([f"{CROSS}ld", "-r", "-o", joined, *objects])
    return set(re.findall(r"\bU (\w+)", run_tool([f"{CROSS}nm", "-u", joined])))


PART_ROW = re.compile(r"^\| `([\w./]+)` \| .* \| (\d+\.\d) / (\d+\.\d) KB \|$", re.MULTILINE)
"""A row of the README's table: folder or files of a part, and its code for both cores."""
README = ROOT / FOLDER / "README.md"
LEEWAY_KB = 0.3
"""How far code may grow or shrink before the table has to be measured again."""


def part_figures() -> dict[str, dict[str, float]]:
    """Return what the README says of each part, in KB by core."""
    rows = PART_ROW.findall(README.read_text())
    return {part: dict(zip(CORES, map(float, figures), strict=True)) for part, *figures in rows}


def sources_of(part: str) -> tuple[Path, ...]:
    """Return the sources of a part: all in a folder, or those that the README names."""
    if part.endswith("/"):
        return tuple(path.relative_to(ROOT) for path in sorted((ROOT / FOLDER / part).glob("*.c")))
    return tuple(FOLDER / "app" / f"{name}.c" for name in APPLICATION_PARTS[part])


APPLICATION_PARTS = {
    "app.checks": ("admission", "cbor_reader", "cose", "envelope", "manifest", "rollback"),
    "app.download": ("download", "fragment_place", "chunks"),
}


@needs_cross_compiler
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("part", part_figures())
def test_every_part_has_the_size_that_the_readme_says_and_no_static_ram(
    part: str, core: str, tmp_path: Path
) -> None:
    code_bytes, ram_bytes = sizes(compile_for(core, sources_of(part), tmp_path))

    assert ram_bytes == 0
    assert code_bytes / 1024 == pytest.approx(part_figures()[part][core], abs=LEEWAY_KB)


def test_the_readme_s_table_has_every_part_of_the_library() -> None:
    folders = {f"{path.parent.name}/" for path in (ROOT / FOLDER).glob("*/*.c")}

    assert set(part_figures()) - set(APPLICATION_PARTS) == folders - {"bench/", "example_port/"}


IN_PLACE_STEPS = ("in_place.c", "journal.c", "flash_copy.c", "new_page.c", "plan.c")
THUMB_RELOCATION = tuple(
    CODEC_FOLDER / "src" / name for name in ("relocation.c", "relocate_thumb.c")
)
STACK_CHAINS = (
    ("commit_in_place", "dv_journal_state", "dv_log_append", "void_bank", "scan_bank"),
    (
        "commit_in_place",
        "dv_new_page_read",
        "dv_predict",
        "dv_map_offset",
        "segment_by_base",
        "dv_segment_at",
        "dv_program_read",
    ),
)
"""Who calls whom in a commit, where the stack is deepest."""


@needs_cross_compiler
@pytest.mark.parametrize("core", CORES)
def test_an_installer_is_small_beside_its_relocation(core: str, tmp_path: Path) -> None:
    def part(*names: str) -> tuple[Path, ...]:
        return tuple(source for source in INSTALLER_SOURCES if source.name in names)

    overwrite, _ = sizes(compile_for(core, part("overwrite.c", "flash_copy.c"), tmp_path))
    in_place, _ = sizes(compile_for(core, part(*IN_PLACE_STEPS), tmp_path))

    assert overwrite <= 512
    assert in_place <= 2560


@needs_cross_compiler
def test_a_commit_in_place_takes_little_stack(tmp_path: Path) -> None:
    compile_for("cortex-m0plus", BOOTLOADER_SOURCES + INSTALLER_SOURCES, tmp_path)
    frames = {
        line.split("\t")[0].rsplit(":", 1)[-1]: int(line.split("\t")[1])
        for usage in tmp_path.glob("*.su")
        for line in usage.read_text().splitlines()
    }

    for chain in STACK_CHAINS:
        assert sum(frames.get(name, 0) for name in chain) <= 512


@needs_cross_compiler
def test_an_installer_links_with_bootloader_and_relocation_alone(tmp_path: Path) -> None:
    sources = BOOTLOADER_SOURCES + INSTALLER_SOURCES + THUMB_RELOCATION
    missing = undefined(compile_for("cortex-m0plus", sources, tmp_path), tmp_path)

    assert {name for name in missing if not name.startswith("__")} <= ALLOWED_LIBC


@needs_cross_compiler
@pytest.mark.parametrize("core", CORES)
def test_the_bootloader_s_part_links_alone(core: str, tmp_path: Path) -> None:
    missing = undefined(compile_for(core, BOOTLOADER_SOURCES, tmp_path), tmp_path)

    assert {name for name in missing if not name.startswith("__")} <= ALLOWED_LIBC


@needs_cross_compiler
def test_the_whole_library_wants_nothing_of_libc_but_memory_functions(tmp_path: Path) -> None:
    missing = undefined(compile_for("cortex-m0plus", DEVICE_SOURCES, tmp_path), tmp_path)

    assert {name for name in missing if not name.startswith("__")} <= ALLOWED_LIBC


@needs_cross_compiler
def test_no_function_has_an_unbounded_or_large_frame(tmp_path: Path) -> None:
    compile_for("cortex-m0plus", BOOTLOADER_SOURCES + APPLICATION_SOURCES, tmp_path)
    frames = [
        line.split("\t")
        for usage in tmp_path.glob("*.su")
        for line in usage.read_text().split("\n")
    ]
    rows = [
        (name, int(size), kind) for name, size, kind in filter(lambda row: len(row) == 3, frames)
    ]

    assert rows
    assert {kind for _, _, kind in rows} == {"static"}
    assert max(size for _, size, _ in rows) <= 400


def sweep_files(folder: Path) -> list[str]:
    """Write what `sanitized_sweep.c` reads: an update to the small device, and its trust."""
    update = full_update()
    envelope = EnvelopeHead.from_bytes(update.head)
    contents = (
        update.head,
        base_image(),
        update.payload,
        envelope.signed_bytes,
        envelope.signature,
        class_id(vendor_id("vendor.example"), "sensor"),
    )
    paths = [folder / f"input-{index}" for index in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [str(path) for path in paths]


def test_sanitizers_find_nothing_in_a_sweep_and_in_damaged_heads(tmp_path: Path) -> None:
    program = tmp_path / "sweep"
    driver = Path(__file__).with_name("sanitized_sweep.c")
    includes = [f"-I{ROOT / folder}" for folder in INCLUDE_FOLDERS]
    sources = [ROOT / source for source in SOURCES]
    run_tool(
        ["gcc", *SANITIZER_FLAGS, *includes, driver, *sources, "-o", program],
    )

    assert "0 failures" in run_tool([program, *sweep_files(tmp_path)])
