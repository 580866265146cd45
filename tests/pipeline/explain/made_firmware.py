"""A made-up Cortex-M firmware, compiled in the test; one thing of it is changed at a time."""

import random
import shutil
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image

COMPILER: Final = "arm-none-eabi-gcc"
NEEDS_COMPILER: Final = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason="needs apt package gcc-arm-none-eabi"
)
FUNCTIONS: Final = 48
TABLES: Final = 6


@dataclass(frozen=True, kw_only=True)
class Build:
    """What one build of the firmware is made of."""

    date: str = "Jan 12 2026"
    time: str = "09:41:07"
    with_filter: bool = False
    """Whether there is one function more, in the middle."""
    first_table: int = 0
    """Which table stands first; the others follow in their order."""
    assets_seed: int = 1
    """What the compressed assets hold."""
    optimisation: str = "-Os"
    more_flags: tuple[str, ...] = ()
    wrap: str = "(s)"
    """A macro that every function uses, on what it returns."""

    def source(self) -> str:
        """Return the C source."""
        order = [self.first_table, *(n for n in range(TABLES) if n != self.first_table)]
        functions = [_function(number, self.wrap) for number in range(FUNCTIONS)]
        if self.with_filter:
            functions.insert(FUNCTIONS // 2, _filter())
        entry = "filter(x)" if self.with_filter else "x"
        sum_ = f"f{FUNCTIONS - 1}({entry}) + build_info[x & 7] + assets[x & 15]"
        return "\n".join(
            [
                f'const char build_info[] = "node 1.0 built {self.date} {self.time}";',
                *(_table(number) for number in order),
                _assets(self.assets_seed),
                *functions,
                f"unsigned start(unsigned x) {{ return {sum_}; }}",
            ]
        )

    def compile(self, folder: Path, name: str) -> FirmwareImage:
        """Compile and link; the image has the symbols of its ELF file."""
        source, elf = folder / f"{name}.c", folder / f"{name}.elf"
        source.write_text(self.source())
        flags = ["-mcpu=cortex-m4", "-mthumb", "-nostdlib", "-fno-toplevel-reorder", "-fno-inline"]
        link = ["-Wl,-Ttext=0x08000000", "-Wl,-e,start", "-Wl,--build-id=none"]
        map_file = f"-Wl,-Map={folder / name}.map"
        command = [
            COMPILER,
            *flags,
            self.optimisation,
            *self.more_flags,
            *link,
            map_file,
            str(source),
            "-o",
            str(elf),
        ]
        subprocess.run(command, check=True, capture_output=True)
        return read_image(elf)


def _function(number: int, wrap: str) -> str:
    rng = random.Random(number)
    callee = f"f{rng.randrange(number)}(s ^ {rng.randrange(999)})" if number else "s"
    table = f"table{rng.randrange(TABLES)}"
    return f"""
unsigned f{number}(unsigned x) {{
    unsigned s = x * {rng.randrange(3, 9999)}u;
    for (unsigned i = 0; i < (x & {rng.choice((7, 15, 31))}u); i++) {{
        s = (s >> {rng.randrange(1, 9)}) ^ {table}[(s + i) & 31u];
        if (s > {rng.randrange(99, 99999)}u) s -= i * {rng.randrange(2, 99)}u;
    }}
    return {callee} + {wrap};
}}"""


def _filter() -> str:
    return """
unsigned filter(unsigned x) {
    unsigned last = 0;
    for (unsigned i = 0; i < 9u; i++) {
        last = (last * 7u + table1[(x + i) & 31u] * 3u) / 11u;
        if (last == x) return f3(last);
    }
    return last ^ 0x5a5au;
}"""


def _table(number: int) -> str:
    rng = random.Random(-1 - number)
    values = ", ".join(str(rng.randrange(1 << 32)) + "u" for _ in range(32))
    return f"const unsigned table{number}[32] = {{{values}}};"


def _assets(seed: int) -> str:
    text = " ".join(random.Random(seed).choices(("on", "off", "dim", "blink", "fade"), k=1600))
    data = zlib.compress(text.encode(), 9)[:700]
    return f"const unsigned char assets[700] = {{{', '.join(map(str, data))}}};"
