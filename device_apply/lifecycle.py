"""Where an update stands on a device, in words that Python and people use.

What leads from one state to the next is decided in one place, `core/device/boot/lifecycle.c`.
"""

from enum import IntEnum, unique


@unique
class LifecycleState(IntEnum):
    """The values of `enum airdelta_lifecycle`; they are stored in flash and never reused."""

    IDLE = 0
    """No update is under way. The confirmed image runs."""
    DOWNLOADING = 1
    """The head of one package is verified and stored; fragments of its payload may be missing."""
    DOWNLOADED = 2
    """Every fragment of the payload is stored. Its digest is not checked yet."""
    VERIFIED = 3
    """The payload is the signed one and decodes to the signed new image."""
    STAGED = 4
    """The inactive slot holds the new image, read back and compared. It has not run."""
    TRIAL = 5
    """The new image was given at least one boot and has not confirmed itself."""
    CONFIRMED = 6
    """The new image runs for good and the security counter is its own."""
    REVERTED = 7
    """The new image failed its trial; the image before it runs for good."""
    RECOVERY = 8
    """No slot may run; an image has to come from elsewhere."""
    COMMITTING = 9
    """One slot: the bootloader is writing it, and will finish."""

    @property
    def label(self) -> str:
        """The name for people, such as `downloading`."""
        return self.name.lower()
