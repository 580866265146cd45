"""What an engine is: a pure function from base and new image to a payload, with a name.

Engines are chosen by name so that they can run in worker processes; same inputs give the same
bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from device_apply.appliers.contract import ApplyNeeds
from device_apply.wire.payload_format import PayloadFormat
from pipeline.errors import PipelineError


class EngineError(PipelineError):
    """An engine cannot encode a pair of images; `run_engines` turns it into an `EngineFailure`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What an engine made of a pair of images."""

    payload: bytes = field(repr=False)
    facts: Mapping[str, int | str] = field(default_factory=dict)
    """What the engine found out or chose on the way, for the build record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is known of a pair of images beyond their bytes; a wrong hint never harms."""

    moves: tuple[tuple[int, int], ...] = ()
    """Offsets in base and new image where the same function or object begins."""
    load_addresses: tuple[int, int] | None = None
    """Addresses of the first bytes of base and new image, as their files tell."""


NO_HINTS: Final = Hints()
"""Nothing is known but the bytes."""


class DeltaEngine(Protocol):
    """Encodes a new image, alone or against a base image."""

    @property
    def name(self) -> str:
        """What the command line calls it, such as `bsdiff4` or `full-zstd`."""
        ...

    @property
    def payload_format(self) -> PayloadFormat:
        """The format of the payloads it makes."""
        ...

    @property
    def unsafe_reason(self) -> str | None:
        """Why this engine is never chosen by itself, or None if it may be."""
        ...

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """Every setting that shapes the payload, for the build record."""
        ...

    def encode(self, base: bytes, new: bytes, hints: Hints = NO_HINTS) -> Encoding:
        """Return the payload that turns `base` into `new`; full-image engines ignore `base`.

        Most engines have no use for hints. No applier needs them.

        Raises:
            EngineError: the engine cannot encode this pair; the message says why.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One engine's payload for a pair of images and what a device needs to apply it."""

    engine: str
    payload_format: PayloadFormat
    payload: bytes = field(repr=False)
    needs: ApplyNeeds
    parameters: Mapping[str, int | str]
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailure:
    """An engine that could not encode a pair, and why; the others go on."""

    engine: str
    reason: str
