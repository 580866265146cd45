"""A folder with a budget file, a device, a released image and a new one, for tests of the gate."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_apply.profile_toml import builtin_profile_text
from tests.pipeline.images.tiny_elf import ElfWriter, TinySection, TinySymbol

ADDRESS = 0x2100_0000
FUNCTION_BYTES = 200


def make_elf(functions: Sequence[str]) -> bytes:
    """Return an ELF file with these functions, one after the other; a name gives its bytes."""
    bodies = [random.Random(name).randbytes(FUNCTION_BYTES) for name in functions]
    symbols = [
        TinySymbol(name=name, value=ADDRESS + index * FUNCTION_BYTES, size=FUNCTION_BYTES)
        for index, name in enumerate(functions)
    ]
    section = TinySection(name=".text", address=ADDRESS, data=b"".join(bodies))
    return ElfWriter().build([section], symbols)


RELEASED = [f"function_{number}" for number in range(20)]
NEW = [*RELEASED[:10], "added_filter", *RELEASED[10:]]


@dataclass(frozen=True, kw_only=True)
class GateFolder:
    """A product's repository, as far as the gate reads it."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "airdelta.toml"

    @property
    def baseline(self) -> Path:
        return self.path / "size-baseline.json"

    def write_budgets(self, *budgets: str, settings: str = "") -> None:
        """Write a budget file with these tables."""
        head = (
            f'[size]\nnew = "new.elf"\ndevice = "device.toml"\nreleases = "releases"\n{settings}\n'
        )
        self.config.write_text(head + "\n".join(budgets), encoding="utf-8")


def budget(measure: str, *limits: str, table: str = "budget") -> str:
    """Return the text of one budget."""
    return "\n".join([f"[[size.{table}]]", f'measure = "{measure}"', *limits, ""])


def make_gate_folder(path: Path) -> GateFolder:
    """Write device, release 1.0.0 and a new image with one function more."""
    profile = builtin_profile_text("sensor-node")
    start, end = profile.index("appliers = ["), profile.index("]", profile.index("appliers = ["))
    (path / "device.toml").write_text(
        profile[:start] + 'appliers = ["full", "airdelta"' + profile[end:]
    )
    (path / "releases").mkdir()
    (path / "releases" / "1.0.0.elf").write_bytes(make_elf(RELEASED))
    (path / "new.elf").write_bytes(make_elf(NEW))
    return GateFolder(path=path)
