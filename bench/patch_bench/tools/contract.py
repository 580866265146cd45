"""What the bench asks of a tool: a patch for a pair of images, and the new image back."""

from collections.abc import Mapping
from typing import Protocol

from patch_bench.corpus import Pair


class DoesNotApply(Exception):  # noqa: N818 (nothing went wrong)
    """A tool has nothing to offer for a pair; the message says why."""


class Tool(Protocol):
    """A way to make patches. Instances travel to other processes, so they can be pickled."""

    @property
    def name(self) -> str:
        """What reports call it; unique among tools."""
        ...

    @property
    def is_mcu_applicable(self) -> bool:
        """Whether a microcontroller can apply its patches: kilobytes of memory, small code."""
        ...

    def find_obstacle(self) -> str | None:
        """Return what keeps it from running on this machine, or None."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Return the versions of what it runs, by name; called only without an obstacle."""
        ...

    def encode(self, pair: Pair) -> bytes:
        """Return a patch, complete with every header byte that decoding it takes.

        Raises:
            DoesNotApply: the tool is not for pairs like this one.
        """
        ...

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:
        """Return the new image.

        The size is known from elsewhere: every update package carries it.
        """
        ...


class Tier(Tool, Protocol):
    """One of airdelta's tiers: what the bench is about."""

    @property
    def tier(self) -> str:
        """The tier's name, such as `tiny`; that of the tool is `tier_tool_name(tier)`."""
        ...


def tier_tool_name(tier: str) -> str:
    """Return what reports call a tier among other tools."""
    return f"airdelta-{tier}"
