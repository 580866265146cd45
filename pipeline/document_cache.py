"""Results kept by content, so that asking again takes no time: a folder of small JSON documents.

- A key is a digest of everything that decides the result, the code included (`code_digest`).
- A file that is damaged counts as absent. A folder that cannot be written keeps nothing.
- The oldest documents are dropped when the folder grows over its limit.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_CODE_SUFFIXES: Final = (".py", ".so", ".pyd", ".toml")


def default_folder(purpose: str) -> Path:
    """Return the user's folder for it, as the XDG base directory specification says."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return root / "airdelta" / purpose


class DocumentCache:
    """A folder of documents."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Use a folder, which need not be there yet."""
        self._folder = folder
        self._most_bytes = most_bytes

    def read(self, key: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the document of a key, or None."""
        try:
            return json.loads((self._folder / key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, documents: Mapping[str, Any]) -> None:
        """Keep documents by their keys for the next time."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for key, document in documents.items():
                unfinished = self._folder / f"{key}.{os.getpid()}"
                unfinished.write_text(json.dumps(document), encoding="utf-8")
                unfinished.replace(self._folder / key)
            self._drop_old()

    def _drop_old(self) -> None:
        files = [(path.stat(), path) for path in self._folder.iterdir()]
        total = 0
        for stat, path in sorted(files, key=lambda file: file[0].st_mtime, reverse=True):
            total += stat.st_size
            if total > self._most_bytes:
                path.unlink()


@cache
def code_digest(*packages: str) -> str:
    """Return a digest of packages' code and data, which change more often than their version."""
    digest = hashlib.sha256()
    for package in packages:
        for folder in import_module(package).__path__:
            for path in sorted(Path(folder).rglob("*")):
                if path.suffix in _CODE_SUFFIXES:
                    digest.update(str(path.relative_to(folder)).encode() + b"\0")
                    digest.update(path.read_bytes())
    return digest.hexdigest()
