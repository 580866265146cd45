"""Firmware version pairs on disk: one folder per pair, with `base.bin`, `new.bin`, `meta.json`.

`base.elf` and `new.elf` may lie beside them, for tools that use symbols. Of `meta.json`, `content`
is required: pairs whose content is `code` are the headline, others are reported apart. Digests in
`meta.json` are checked, so that a result always belongs to the images it names.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from pipeline.errors import InputError
from pipeline.input_files import read_input_file

CODE: Final = "code"
"""The content of pairs that enter the headline means."""

_MAX_IMAGE_BYTES: Final = 1 << 30  # the most that an airdelta patch can address
_MAX_META_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two consecutive versions of one firmware."""

    name: str
    content: str
    """What the images hold: `code`, or why they are not headline material."""
    architecture: str
    """The instruction set in the publisher's words; empty if unknown."""
    base: bytes = field(repr=False)
    new: bytes = field(repr=False)
    folder: Path

    @property
    def elf_files(self) -> tuple[Path, Path] | None:
        """Return the ELF files of base and new image, if both are there."""
        base_elf, new_elf = self.folder / "base.elf", self.folder / "new.elf"
        return (base_elf, new_elf) if base_elf.is_file() and new_elf.is_file() else None


def read_corpora(folders: Sequence[Path], globs: Sequence[str]) -> list[Pair]:
    """Read the pairs of all folders whose name matches one of `globs`, sorted by name.

    Raises:
        pipeline.errors.InputError: a folder is no corpus, a pair is damaged or there twice, or
            nothing matches.
        pipeline.errors.EnvironmentProblem: a file cannot be read.
    """
    pair_folders: dict[str, Path] = {}
    for folder in folders:
        for pair_folder in _pair_folders(folder):
            name = pair_folder.name
            if not any(fnmatchcase(name, glob) for glob in globs):
                continue
            if name in pair_folders:
                raise InputError(f"{pair_folder}: {pair_folders[name]} has the same name")
            pair_folders[name] = pair_folder
    if not pair_folders:
        raise InputError(f"no pair is called {' or '.join(globs)}: check --pairs and --corpus")
    return [_read_pair(pair_folders[name]) for name in sorted(pair_folders)]


def _pair_folders(corpus: Path) -> list[Path]:
    if not corpus.is_dir():
        raise InputError(f"{corpus}: no such folder: give one that holds a folder per pair")
    found = [path.parent for path in corpus.glob("*/new.bin")]
    if not found:
        raise InputError(f"{corpus}: holds no pairs: a pair is a folder with base.bin and new.bin")
    return found


def _read_pair(folder: Path) -> Pair:
    meta_path = folder / "meta.json"
    meta = _read_meta(meta_path)
    content = meta.get("content")
    if not isinstance(content, str):
        raise InputError(f"{meta_path}: has no text called content, such as {CODE!r}")
    images = {}
    for role in ("base", "new"):
        path = folder / f"{role}.bin"
        data = read_input_file(path, "firmware image", _MAX_IMAGE_BYTES)
        if not data:
            raise InputError(f"{path}: is empty")
        expected = meta.get(f"{role}_sha256")
        if expected is not None and expected != hashlib.sha256(data).hexdigest():
            raise InputError(f"{path}: is not the file that {meta_path} describes")
        images[role] = data
    return Pair(
        name=folder.name,
        content=content,
        architecture=str(meta.get("arch", "")),
        base=images["base"],
        new=images["new"],
        folder=folder,
    )


def _read_meta(path: Path) -> dict[str, object]:
    text = read_input_file(path, "description of the pair", _MAX_META_BYTES)
    try:
        meta = json.loads(text)
    except ValueError as problem:  # not JSON, or not even text
        raise InputError(f"{path}: is not JSON: {problem}") from problem
    if not isinstance(meta, dict):
        raise InputError(f"{path}: is not a JSON object")
    return meta
