"""Builds the decoder for a Cortex-M, as a product would link it: no start-up code, no data in RAM.

The linker script keeps code and constants in flash and refuses anything that wants RAM of its own.
"""

from pathlib import Path
from typing import Final

from tests.device_apply.cortex_m.toolchain import TargetLibrary, TargetProgram, link, read_library

CORE: Final = Path(__file__).parents[3] / "device_apply" / "core"
TARGET: Final = Path(__file__).parent / "target"
TINY_THUMB: Final = ("AIRDELTA_THUMB_ONLY", "AIRDELTA_TINY_ONLY")
"""The smallest build: the tiny tier, Thumb relocation."""
ALL_TIERS_THUMB: Final = ("AIRDELTA_THUMB_ONLY",)

RECIPES: Final = {"cortex-m4": ("-flto",)}
"""Options beside -Os, as docs/PORTING.md tells them; with this one, GCC 12.2 loses tables that a
Cortex-M0+ needs."""

ENTRY_POINTS: Final = ("airdelta_begin", "airdelta_feed", "airdelta_step", "airdelta_resume")


def with_decoder(
    script: str,
    *,
    defines: tuple[str, ...] = TINY_THUMB,
    sources: tuple[Path, ...] = (),
    options: tuple[str, ...] = (),
) -> TargetProgram:
    """Return the decoder, with `sources` besides, linked by a script in `target/`."""
    return TargetProgram(
        script=TARGET / script,
        sources=(*sources, *sorted((CORE / "src").glob("*.c"))),
        include_folders=(CORE / "include",),
        defines=defines,
        link_options=options,
    )


def build_library(
    folder: Path, *, cpu: str, optimisation: str = "-Os", defines: tuple[str, ...] = TINY_THUMB
) -> TargetLibrary:
    """Build the decoder alone and read what came out."""
    program = folder / f"{cpu}{optimisation}-{len(defines)}.elf"
    parts = with_decoder("library.ld", defines=defines, options=RECIPES.get(cpu, ()))
    link(program, parts, cpu=cpu, optimisation=optimisation)
    return read_library(program, ENTRY_POINTS)
