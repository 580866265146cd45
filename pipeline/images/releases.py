"""Released versions of a product: named images, from options or from a folder.

A folder of releases holds one image per version, named after it: `1.0.0.elf`, `1.1.0.bin`. Where a
version is there in several formats, the ELF file is read, for its symbols.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
"""Versions and variants become parts of file names."""
_SUFFIXES: Final = (".elf", ".axf", ".hex", ".srec", ".s19", ".uf2", ".bin")
"""Formats of release files; those that say more come first."""

_VersionKey: TypeAlias = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version that devices may run, and its image."""

    version: str
    image: FirmwareImage


def version_key(version: str) -> _VersionKey:
    """Order versions as people do: 1.9 before 1.10, and 2.0-rc1 before 2.0."""
    core, _, rest = version.removeprefix("v").partition("-")
    numbers = tuple(int(number) for number in re.findall(r"\d+", core))
    parts = re.findall(r"\d+|[^\d.]+", rest)
    tail = tuple((not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts)
    return (numbers, not rest, tail)


def parse_release(text: str) -> tuple[str, Path]:
    """Split `VERSION=IMAGE`.

    Raises:
        InputError: it does not have that form.
    """
    version, separator, path = text.partition("=")
    if not (version.strip() and separator and path):
        raise InputError(f"{text!r}: give VERSION=IMAGE, such as 1.0.0=releases/1.0.0.elf")
    return version.strip(), Path(path)


def split_variant(version: str) -> tuple[str, str]:
    """Split `VARIANT/VERSION` into both; without a slash there is one variant, without a name.

    Raises:
        InputError: a part is not usable as the name of a file.
    """
    variant, slash, rest = version.rpartition("/")
    for part in (variant, rest) if slash else (rest,):
        if not _FILE_NAME.fullmatch(part):
            raise InputError(f"release {version!r}: {part!r} cannot be part of a file's name")
    return variant, rest


def read_releases(named: Iterable[tuple[str, Path]]) -> tuple[Release, ...]:
    """Read released images, oldest version first.

    Raises:
        InputError: a version is named twice, or an image cannot be used.
    """
    paths: dict[str, Path] = {}
    for version, path in named:
        if version in paths:
            raise InputError(f"release {version}: is given twice, as {paths[version]} and {path}")
        paths[version] = path
    ordered = sorted(paths, key=lambda version: (version_key(version), version))
    return tuple(Release(version=v, image=read_image(paths[v])) for v in ordered)


def release_files(folder: Path) -> list[tuple[str, Path]]:
    """Return version and path of every release in a folder.

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of releases")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in _SUFFIXES or not path.is_file():
            continue
        other = files.get(path.stem)
        if other is None or _SUFFIXES.index(path.suffix) < _SUFFIXES.index(other.suffix):
            files[path.stem] = path
    if not files and not _variant_folders(folder):
        raise InputError(
            f"{folder}: holds no release: put images there that are named after their version, "
            "such as 1.0.0.elf"
        )
    return list(files.items())


def release_files_by_variant(folder: Path) -> list[tuple[str, Path]]:
    """Return `VARIANT/VERSION` and path of every release in a folder with one folder per variant.

    Images that lie in the folder itself are of the variant without a name.

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    found = release_files(folder)
    for variant in _variant_folders(folder):
        found += [(f"{variant.name}/{version}", path) for version, path in release_files(variant)]
    return found


def _variant_folders(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_dir() and any(file.suffix in _SUFFIXES for file in path.iterdir())
    ]
