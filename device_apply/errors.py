"""What can go wrong on the device's side, sorted by who can act.

`Rejected` says that an update was refused before anything bootable changed; `ApplyFailed` that
work broke after it began. A caller's own mistake stays a plain `ValueError` or `RuntimeError`.
"""


class DeviceApplyError(Exception):
    """Base of every error of this package. Never raised directly."""


class Rejected(DeviceApplyError):  # noqa: N818 (the field says "rejected", see GLOSSARY.md)
    """The update was refused; the running image and its fallback are untouched."""


class FormatError(Rejected):
    """Bytes that came from outside do not have the form that SPEC.md states."""


class ApplyFailed(DeviceApplyError):  # noqa: N818
    """Decoding or writing broke after the update was accepted; the running image is untouched."""


class FlashError(DeviceApplyError):
    """The flash refused: out of range, unaligned, or a bit that only an erase can set."""


class StateLost(DeviceApplyError):  # noqa: N818 (as its base, it says what happened)
    """No valid state record: the device was never provisioned, or the state region is damaged."""


class NoBootableImage(DeviceApplyError):  # noqa: N818
    """No slot holds the image that its record names, or only one below the security counter."""


class ProfileError(DeviceApplyError):
    """A device profile does not describe a possible device; the message names the field."""


class PowerCut(BaseException):
    """The power failed in the middle of a flash operation.

    Derives from `BaseException` so that no `except Exception` can swallow it: whatever runs on the
    device is gone.
    """
