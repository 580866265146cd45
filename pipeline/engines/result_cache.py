"""What engines made of pairs of images, kept by content, so that asking again takes no time.

- A result is found again only if engine, both images, hints, the versions of the tools and the
  code of the engines are the same.
- A file that is damaged counts as absent. A folder that cannot be written keeps nothing.
- Results come back without being proved again: they serve comparisons, never packages.
"""

import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pipeline.encoder
import pipeline.engines
from device_apply.appliers.contract import ApplyNeeds
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate, EngineFailure, Hints
from pipeline.engines.runner import Outcome

_FORM: Final = 1
"""Raised when the files change their form."""
_TOOLS: Final = ("airdelta", "bsdiff4", "detools", "heatshrink2", "zstandard")
_MOST_BYTES: Final = 256 << 20
"""Older results are dropped above this."""


def default_folder() -> Path:
    """Return the user's folder for it, as the XDG base directory specification says."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return root / "airdelta" / "engine-results"


@dataclass(frozen=True, slots=True)
class Pair:
    """What engines are given."""

    base: bytes
    new: bytes
    hints: Hints

    def key(self, engine: str) -> str:
        """Return the digest of everything that decides what an engine makes of it."""
        facts = {
            "form": _FORM,
            "engine": engine,
            "base": hashlib.sha256(self.base).hexdigest(),
            "new": hashlib.sha256(self.new).hexdigest(),
            "moves": self.hints.moves,
            "tools": {name: metadata.version(name) for name in _TOOLS},
            "code": _code_digest(),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class ResultCache:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which need not be there yet."""
        self._folder = folder

    def known(self, pair: Pair, engines: Sequence[str]) -> dict[str, Outcome]:
        """Return what is known of the engines' results."""
        found = {engine: self._read(pair.key(engine), engine) for engine in engines}
        return {engine: outcome for engine, outcome in found.items() if outcome is not None}

    def keep(self, pair: Pair, outcomes: Iterable[Outcome]) -> None:
        """Keep results for the next time; where memory ran out, the next time may be better."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for outcome in outcomes:
                if isinstance(outcome, EngineFailure) and "memory" in outcome.reason:
                    continue
                path = self._folder / pair.key(outcome.engine)
                unfinished = path.with_suffix(f".{os.getpid()}")
                unfinished.write_text(json.dumps(_to_json(outcome)), encoding="utf-8")
                unfinished.replace(path)
            self._drop_old()

    def _read(self, key: str, engine: str) -> Outcome | None:
        try:
            outcome = _from_json(json.loads((self._folder / key).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return outcome if outcome.engine == engine else None

    def _drop_old(self) -> None:
        files = [(path.stat().st_mtime, path) for path in self._folder.iterdir()]
        total = 0
        for _, path in sorted(files, reverse=True):
            total += path.stat().st_size
            if total > _MOST_BYTES:
                path.unlink()


def _to_json(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, EngineFailure):
        return {"engine": outcome.engine, "failure": outcome.reason}
    return {
        "engine": outcome.engine,
        "payload_format": outcome.payload_format.value,
        "payload": b64encode(outcome.payload).decode(),
        "sha256": hashlib.sha256(outcome.payload).hexdigest(),
        "needs": asdict(outcome.needs),
        "parameters": dict(outcome.parameters),
        "unsafe_reason": outcome.unsafe_reason,
    }


def _from_json(document: dict[str, Any]) -> Outcome:
    if "failure" in document:
        return EngineFailure(engine=document["engine"], reason=document["failure"])
    payload = b64decode(document["payload"], validate=True)
    if hashlib.sha256(payload).hexdigest() != document["sha256"]:
        raise ValueError("a damaged result")
    return Candidate(
        engine=document["engine"],
        payload_format=PayloadFormat(document["payload_format"]),
        payload=payload,
        needs=ApplyNeeds(**document["needs"]),
        parameters=document["parameters"],
        unsafe_reason=document["unsafe_reason"],
    )


@cache
def _code_digest() -> str:
    """Return a digest of the engines' own code, which changes more often than its version."""
    digest = hashlib.sha256()
    for package in (pipeline.encoder, pipeline.engines):
        for folder in package.__path__:
            for path in sorted(Path(folder).iterdir()):
                if path.suffix in (".py", ".so", ".pyd"):
                    digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
