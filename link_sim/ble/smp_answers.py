"""What a device says to a write of SMP, whoever carries it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The responses to one write, and when they are ready."""

    frames: Sequence[bytes] = ()
    after_s: float = 0.0
    """How long the device is busy before, with its flash for example."""


Handler: TypeAlias = Callable[[bytes], Answers]
"""Takes the bytes of one write."""
