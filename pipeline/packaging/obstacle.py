"""What keeps a device from applying a candidate: a kind that programs can tell apart, and why."""

from dataclasses import dataclass
from enum import StrEnum

from device_apply.profile import DeviceProfile
from pipeline.engines.contract import Candidate


class ObstacleKind(StrEnum):
    """What stands in the way. The values appear in `--json` and in build records."""

    UNSAFE = "unsafe"
    POINTLESS = "pointless"
    NO_APPLIER = "no-applier"
    RAM = "ram"
    SCRATCH_FLASH = "scratch-flash"
    SLOT = "slot"
    DOWNLOAD_AREA = "download-area"
    PROGRAM_AREA = "program-area"
    CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a device cannot or should not apply a candidate."""

    kind: ObstacleKind
    reason: str

    def __str__(self) -> str:
        """Return the reason, for a sentence."""
        return self.reason


def find_obstacle(
    candidate: Candidate, base_size: int, new_size: int, profile: DeviceProfile
) -> Obstacle | None:
    """Return the first thing that keeps the device from applying a candidate, or None."""
    needs, payload_bytes = candidate.needs, len(candidate.payload)
    ram_bytes, scratch_bytes = profile.applier_ram_bytes, profile.scratch_bytes
    scratch_wanted = needs.scratch_flash_bytes
    download_bytes = profile.layout.download.size_bytes
    stores = profile.checkpoint_bank_bytes == 0
    obstacles = (
        (
            candidate.unsafe_reason is not None,
            ObstacleKind.UNSAFE,
            f"unsafe: {candidate.unsafe_reason}",
        ),
        (
            candidate.payload_format not in profile.appliers,
            ObstacleKind.NO_APPLIER,
            f"the device has no applier for {candidate.payload_format.label}",
        ),
        (
            needs.ram_bytes > ram_bytes,
            ObstacleKind.RAM,
            f"needs {needs.ram_bytes} bytes of RAM, the device has {ram_bytes}",
        ),
        (
            scratch_wanted > scratch_bytes,
            ObstacleKind.SCRATCH_FLASH,
            f"needs {scratch_wanted} bytes of scratch flash, the device has {scratch_bytes}",
        ),
        (
            base_size > profile.slot_bytes,
            ObstacleKind.SLOT,
            f"the base image has {base_size} bytes, a slot {profile.slot_bytes}",
        ),
        (
            new_size > profile.slot_bytes,
            ObstacleKind.SLOT,
            f"the new image has {new_size} bytes, a slot {profile.slot_bytes}",
        ),
        (
            stores and payload_bytes > download_bytes,
            ObstacleKind.DOWNLOAD_AREA,
            f"the payload has {payload_bytes} bytes, the download area {download_bytes}",
        ),
    )
    return next((Obstacle(kind, reason) for applies, kind, reason in obstacles if applies), None)
