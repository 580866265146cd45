"""An engine made of one function: what every adapter of this package is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import NO_HINTS, Encoding, Hints


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionEngine:
    """A `DeltaEngine` that is named after the format it makes."""

    payload_format: PayloadFormat
    encoder: Callable[[bytes, bytes], bytes]
    """Takes base and new image, returns the payload; same inputs, same bytes."""
    parameters: Mapping[str, int | str]
    unsafe_reason: str | None = None

    @property
    def name(self) -> str:
        """What the command line calls it: the label of the format."""
        return self.payload_format.label

    def encode(self, base: bytes, new: bytes, hints: Hints = NO_HINTS) -> Encoding:  # noqa: ARG002
        """Return the payload, as `contract.DeltaEngine.encode` says."""
        return Encoding(payload=self.encoder(base, new))
