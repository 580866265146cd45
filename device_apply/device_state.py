"""What a device remembers and what a reset led to, as the library reports it."""

from dataclasses import dataclass
from typing import Final

from device_apply.lifecycle import LifecycleState
from device_apply.wire.suit import SizedDigest

SLOT_NAMES: Final = ("A", "B")


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """The image that was programmed into a slot; whether it still is there, its digest tells."""

    image: SizedDigest
    security_counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """Everything that outlasts a reset: `struct airdelta_state`."""

    lifecycle: LifecycleState
    confirmed_slot: int
    """The slot that boots outside of trials."""
    trial_slot: int | None = None
    """The slot with the staged or tried image."""
    attempts_left: int = 0
    """Trial boots that may still follow."""
    security_counter: int
    """Updates with a lower one are refused; rises only when an update is confirmed."""
    slots: tuple[SlotRecord | None, SlotRecord | None]
    package_digest: bytes | None = None
    """SHA-256 of the head of the package being handled, or handled last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReport:
    """What a reset led to: `struct airdelta_boot_report`."""

    slot: int
    image: SizedDigest
    is_trial: bool
    """Whether the image still has to confirm itself."""
    attempts_left: int
    """Trial boots that follow if it does not."""
