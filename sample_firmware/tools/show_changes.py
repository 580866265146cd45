"""Prints what a release changed: each file of its layer against the newest earlier one."""

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "source"


def release_key(folder: Path) -> tuple[int, ...]:
    """Order releases by their numbers, not as text."""
    return tuple(int(part) for part in folder.name.split("."))


def predecessor(release: Path, file: Path) -> Path | None:
    """Return the file that this layer's one replaces, or None if it is new."""
    earlier = (layer for layer in SOURCE.iterdir() if release_key(layer) < release_key(release))
    for layer in sorted(earlier, key=release_key, reverse=True):
        if (layer / file).is_file():
            return layer / file
    return None


def changes(release: Path) -> Iterator[str]:
    """Yield the lines of a unified diff, file by file."""
    for path in sorted(path for path in release.rglob("*") if path.is_file()):
        file = path.relative_to(release)
        before = predecessor(release, file)
        yield from difflib.unified_diff(
            before.read_text(encoding="utf-8").splitlines(keepends=True) if before else [],
            path.read_text(encoding="utf-8").splitlines(keepends=True),
            fromfile=str(before.relative_to(SOURCE)) if before else "/dev/null",
            tofile=str(path.relative_to(SOURCE)),
        )


def main() -> None:
    """Print the diff, the release's own account of it first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="the release, such as 1.1.0")
    release = SOURCE / parser.parse_args().version
    if not (release / "release.mk").is_file():
        raise SystemExit(f"no release {release.name} below {SOURCE.name}/")
    sys.stdout.writelines(changes(release))


if __name__ == "__main__":
    main()
