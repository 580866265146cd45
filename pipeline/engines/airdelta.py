"""The airdelta engine, once for each tier of memory that a decoder may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.engines.contract import NO_HINTS, DeltaEngine, Encoding, Hints

INSTRUCTIONS: Final = "cortex_m4_instructions"
"""The fact that tells the work of decoding, callbacks excluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AirdeltaEngine:
    """A `DeltaEngine` whose patches decode in the memory of one tier."""

    tier: Tier
    payload_format: PayloadFormat = PayloadFormat.AIRDELTA
    unsafe_reason: str | None = None

    @property
    def name(self) -> str:
        """What the command line calls it, such as `airdelta-tiny`."""
        return f"{self.payload_format.label}-{self.tier}"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """The settings that are not the encoder's own choice."""
        return {"tier": self.tier.value}

    def encode(self, base: bytes, new: bytes, hints: Hints = NO_HINTS) -> Encoding:
        """Return the smallest patch found for the tier, as `contract.DeltaEngine.encode` says."""
        options = EncoderOptions(
            tier=self.tier, moves=hints.moves, load_addresses=hints.load_addresses
        )
        patch = encode(base, new, options)
        header = patch.header
        return Encoding(
            payload=patch.patch,
            facts={
                "mode": header.mode.name.lower(),
                "architecture": header.architecture.name.lower(),
                "found_by": patch.basis,
                "segments": patch.segment_count,
                "learns_base": int(header.learns_base),
                INSTRUCTIONS: patch.instructions,
            },
        )


ENGINES: Final[tuple[DeltaEngine, ...]] = tuple(AirdeltaEngine(tier=tier) for tier in Tier)
"""The engines of this module."""
