"""Tools whose patch sizes tests choose, and tools that go wrong in every way that is reported.

In a module of their own, as the processes that measurements run in must be able to import them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from patch_bench.corpus import Pair
from patch_bench.tools.contract import DoesNotApply, tier_tool_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Padded:
    """Stores the new image and fills up to the wanted size, by pair."""

    name: str
    patch_bytes: Mapping[str, int]
    is_mcu_applicable: bool = False

    def find_obstacle(self) -> str | None:
        return None

    def versions(self) -> Mapping[str, str]:
        return {self.name: "1.2.3"}

    def encode(self, pair: Pair) -> bytes:
        if pair.name not in self.patch_bytes:
            raise DoesNotApply(f"{self.name} is not for {pair.name}")
        return pair.new.ljust(self.patch_bytes[pair.name], b"\0")

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        return patch[:new_size]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddedTier(Padded):
    """The same in the role of one of airdelta's tiers."""

    tier: str


def padded_tier(tier: str, patch_bytes: Mapping[str, int]) -> PaddedTier:
    return PaddedTier(name=tier_tool_name(tier), tier=tier, patch_bytes=patch_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBytes(Padded):
    """Decodes to an image with one bit flipped."""

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        new = bytearray(patch[:new_size])
        new[7] ^= 1
        return bytes(new)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongSize(Padded):
    """Decodes to the patch, padding included."""

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        return patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Hungry(Padded):
    """Takes memory for a moment while it decodes."""

    MORE_BYTES: ClassVar[int] = 32 << 20

    def decode(self, patch: bytes, base: bytes, new_size: int) -> bytes:  # noqa: ARG002 (protocol)
        bytearray(b"x") * self.MORE_BYTES
        return patch[:new_size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Padded):
    """Is not installed."""

    def find_obstacle(self) -> str | None:
        return "the command nowhere is not installed"

    def versions(self) -> Mapping[str, str]:
        raise FileNotFoundError("nowhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Padded):
    """Raises an error of its own."""

    def encode(self, pair: Pair) -> bytes:  # noqa: ARG002 (protocol)
        raise ZeroDivisionError("no\nway")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenTier(PaddedTier):
    """Raises an error of its own, as a tier."""

    def encode(self, pair: Pair) -> bytes:  # noqa: ARG002 (protocol)
        raise ZeroDivisionError("no way")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashing(Padded):
    """Takes its process with it."""

    def encode(self, pair: Pair) -> bytes:  # noqa: ARG002 (protocol)
        os._exit(9)
