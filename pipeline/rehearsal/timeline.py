"""What happened during a simulated update, in order and with its time: the story people read."""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Kind(StrEnum):
    """What an event is about."""

    LINK = "link"
    DEVICE = "device"
    POWER = "power"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    now_s: float
    """Virtual time since the update began."""
    kind: Kind
    text: str
