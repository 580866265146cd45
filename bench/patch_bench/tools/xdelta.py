"""xdelta3, the command of Debian's package of that name, with its LZMA compression."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from patch_bench.corpus import Pair

_COMMAND: Final = "xdelta3"

_ENCODE: Final = ("-e", "-9", "-S", "lzma", "-n", "-A")
"""Best compression; neither a checksum (`-n`) nor file names (`-A`): the package has a digest."""


class XdeltaError(Exception):
    """The command failed; the message is its own."""


@dataclass(frozen=True, slots=True)
class Xdelta:
    """xdelta3 at its best setting."""

    name: str = "xdelta3"
    is_mcu_applicable: bool = False

    def find_obstacle(self) -> str | None:
        """Say whether the command is missing."""
        return None if shutil.which(_COMMAND) else f"the command {_COMMAND} is not installed"

    def versions(self) -> Mapping[str, str]:
        """Return what the command says of itself."""
        said = _run("-V").splitlines()[0]  # "Xdelta version 3.0.11, Copyright (C) ..."
        return {_COMMAND: said.removeprefix("Xdelta version ").partition(",")[0]}

    def encode(self, pair: Pair) -> bytes:
        """Return a VCDIFF patch."""
        return _convert(_ENCODE, pair.base, pair.new)

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        """Return the new image; the patch says how large it is."""
        return _convert(("-d",), base, patch)


def _convert(options: Sequence[str], base: bytes, data: bytes) -> bytes:
    """Run the command on `data` against `base`, through files as it needs to seek."""
    with TemporaryDirectory() as folder:
        base_path, input_path, output_path = (Path(folder) / name for name in ("base", "in", "out"))
        base_path.write_bytes(base)
        input_path.write_bytes(data)
        _run(*options, "-s", str(base_path), str(input_path), str(output_path))
        return output_path.read_bytes()


def _run(*arguments: str) -> str:
    result = subprocess.run(  # noqa: S603 (a fixed command on files of our own)
        [_COMMAND, *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise XdeltaError(f"{_COMMAND}: {result.stderr.strip() or result.returncode}")
    return result.stdout or result.stderr  # the version goes to the latter


TOOLS: Final = (Xdelta(),)
"""The tools of this module."""
