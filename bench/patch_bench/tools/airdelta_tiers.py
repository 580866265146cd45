"""airdelta's own codec, one tool per tier: no other engine steps in, and no header is left out.

Nothing is said about the images: architecture, sections and load addresses are found in them by the
encoder, as for a user who has nothing but two `.bin` files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from patch_bench.corpus import Pair
from patch_bench.targets import TARGETS
from patch_bench.tools.contract import Tier, tier_tool_name

try:
    from device_apply.core.decoder import decode
    from pipeline.encoder.encoder import encode
    from pipeline.encoder.options import EncoderOptions
    from pipeline.encoder.options import Tier as EncoderTier
except ImportError:  # a source tree whose C parts were never built
    _OBSTACLE: str | None = "the codec is not built: run pip install ."
else:
    _OBSTACLE = None


@dataclass(frozen=True, slots=True)
class AirdeltaTier:
    """One tier of the codec."""

    tier: str

    @property
    def name(self) -> str:
        """The tier's name among tools."""
        return tier_tool_name(self.tier)

    @property
    def is_mcu_applicable(self) -> bool:
        """All but the largest tier run on a microcontroller."""
        return self.tier != "large"

    def find_obstacle(self) -> str | None:
        """Say whether the codec is missing."""
        return _OBSTACLE

    def versions(self) -> Mapping[str, str]:
        """Return the version of the product."""
        return {"airdelta": version("airdelta")}

    def encode(self, pair: Pair) -> bytes:
        """Return the codec's patch."""
        return encode(pair.base, pair.new, EncoderOptions(tier=EncoderTier(self.tier))).patch

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:
        """Return the new image, from the decoder that devices run."""
        return decode(patch, base, new_size)


TOOLS: Final[tuple[Tier, ...]] = tuple(AirdeltaTier(tier) for tier in TARGETS)
"""The tools of this module."""
