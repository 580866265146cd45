"""Bootloader containers: the header and trailer that a build puts around the code.

A container says where the image really ends. Behind it a file may hold padding up to the slot's
end and the bootloader's own notes, which differ between the file and the flash of a device that
has booted: a digest over them would never match. So an image is cut to its container.
"""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class ContainerKind(StrEnum):
    """Whose container it is."""

    MCUBOOT = "mcuboot"
    ESP = "esp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a container says about an image."""

    kind: ContainerKind
    size: int
    """Bytes from the container's first to its last, the code between them included."""
    version: str | None = None
    delta_obstacle: str | None = None
    """Why no delta of such an image can be small, and what to do; None if one can."""
