"""What the device library says, as Python names: `airdelta_device_status` and its neighbours."""

from enum import IntEnum, unique


@unique
class Status(IntEnum):
    """The values of `airdelta_device_status`; -1 to -15 are the numbered checks of `admission`."""

    OK = 0
    BUSY = 1
    WAITING = 2
    TOO_EARLY = 3
    POWER_LOST = 64
    """The bench's: a planned cut ended the call."""
    REJECTED_FORMAT = -1
    REJECTED_MANIFEST_DIGEST = -2
    REJECTED_SIGNATURE = -3
    REJECTED_CLASS = -5
    REJECTED_SECURITY_COUNTER = -6
    REJECTED_PAYLOAD_FORMAT = -7
    REJECTED_SIZE = -8
    REJECTED_SLOT = -9
    REJECTED_BASE = -10
    REJECTED_PAYLOAD = -11
    REJECTED_MEMORY = -12
    REJECTED_REHEARSAL = -13
    FAILED_STAGING = -14
    REJECTED_ENCRYPTION = -15
    BAD_ARGUMENT = -32
    OUT_OF_ORDER = -33
    FLASH_FAILED = -34
    STATE_LOST = -35
    NOTHING_BOOTS = -36
    STORAGE_SPENT = -37
    ON_TRIAL = -38
    CHUNK_CORRUPT = -39


@unique
class Verdict(IntEnum):
    """What a fault sweep found in a case: `enum sweep_verdict`."""

    @property
    def label(self) -> str:
        """The name for people, such as `nothing boots`."""
        return self.name.lower().replace("_", " ")

    OK = 0
    NOTHING_BOOTS = 1
    """A boot ended without an image."""
    WRONG_IMAGE = 2
    """What runs is neither base nor new image, or not what the state says."""
    WRONG_COUNTER = 3
    """The security counter is not that of the confirmed image."""
    WENT_BACK = 4
    """A confirmed update was undone."""
    REVERTED = 5
    """A healthy image was given up with trial boots left."""
    TRAPPED = 6
    """Flash was touched where nothing may touch it."""
    FAILED = 7
    """A call rejected or failed that must not."""
    ENDLESS = 8
    """The update does not end although the cuts did."""
    RESTLESS = 9
    """A boot after success changed more than the state log."""
