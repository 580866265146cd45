"""What engines made of pairs of images, kept by content, so that asking again takes no time.

- A result is found again only if engine, both images, hints, the versions of the tools and the
  code of the engines are the same.
- Results come back without being proved again: they serve comparisons, never packages.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from device_apply.appliers.contract import ApplyNeeds
from device_apply.wire.payload_format import PayloadFormat
from pipeline.document_cache import DocumentCache, code_digest, default_folder
from pipeline.engines.contract import Candidate, EngineFailure, Hints
from pipeline.engines.runner import Outcome

_FORM: Final = 1
"""Raised when the files change their form."""
_TOOLS: Final = ("airdelta", "bsdiff4", "detools", "heatshrink2", "zstandard")
_DECISIVE: Final = ("pipeline.encoder", "pipeline.engines", "device_apply.appliers")
"""The code that decides a result."""
_MOST_BYTES: Final = 256 << 20


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
            "hints": asdict(self.hints),
            "tools": {name: metadata.version(name) for name in _TOOLS},
            "code": code_digest(*_DECISIVE),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


class ResultCache:
    """A folder of results."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use a folder, which need not be there yet; the user's own if none is given."""
        self._documents = DocumentCache(folder or default_folder("engine-results"), _MOST_BYTES)

    def known(self, pair: Pair, engines: Sequence[str]) -> dict[str, Outcome]:
        """Return what is known of the engines' results."""
        found = {engine: self._read(pair.key(engine), engine) for engine in engines}
        return {engine: outcome for engine, outcome in found.items() if outcome is not None}

    def keep(self, pair: Pair, outcomes: Iterable[Outcome]) -> None:
        """Keep results for the next time; where memory ran out, the next time may be better."""
        self._documents.keep(
            {
                pair.key(outcome.engine): _to_json(outcome)
                for outcome in outcomes
                if not (isinstance(outcome, EngineFailure) and "memory" in outcome.reason)
            }
        )

    def _read(self, key: str, engine: str) -> Outcome | None:
        try:
            outcome = _from_json(self._documents.read(key))
        except (ValueError, KeyError, TypeError):
            return None
        return outcome if outcome.engine == engine else None


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
