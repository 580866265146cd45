"""All tools, in the order of reports: airdelta's tiers, then the peers."""

from collections.abc import Sequence
from typing import Final

from patch_bench.tools import (
    airdelta_tiers,
    brotli_dictionary,
    detools_formats,
    product_engines,
    xdelta,
)
from patch_bench.tools.contract import Tier, Tool

TIERS: Final[Sequence[Tier]] = airdelta_tiers.TOOLS
"""What is measured."""

PEERS: Final[Sequence[Tool]] = (
    *product_engines.TOOLS,
    *detools_formats.TOOLS,
    *xdelta.TOOLS,
    *brotli_dictionary.TOOLS,
)
"""What it is compared with."""
