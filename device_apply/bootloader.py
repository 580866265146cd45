"""The bootloader: which slot runs after a reset.

It needs the state store and a digest, no parser, no signature and no applier. A trial boot is
counted before it happens, so an image that hangs cannot try forever.
"""

from dataclasses import dataclass, replace
from typing import Final

from device_apply.device_state import SLOT_NAMES, DeviceState, SlotRecord
from device_apply.errors import DeviceApplyError
from device_apply.flash import Flash
from device_apply.lifecycle import LifecycleEvent, LifecycleState
from device_apply.profile import AbLayout
from device_apply.slots import SlotImage, digest_of
from device_apply.state_store import StateStore
from device_apply.wire.suit import SizedDigest

TRIAL_BOOTS: Final = 3
"""Boots in which a new image may confirm itself: `BOOT_A_LEFT` in RAUC's U-Boot boot script."""


class NoBootableImage(DeviceApplyError):  # noqa: N818 (as its base, it says what happened)
    """No slot holds the image that its record names, or only one below the security counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootReport:
    """What a reset led to."""

    slot: int
    image: SizedDigest
    is_trial: bool
    """Whether the image still has to confirm itself."""
    attempts_left: int
    """Trial boots that follow if it does not."""


def boot(flash: Flash, layout: AbLayout, store: StateStore) -> BootReport:
    """Choose the slot to run, recording trials and reverts first.

    Raises:
        NoBootableImage: nothing may run.
    """
    if store.state.lifecycle in (LifecycleState.STAGED, LifecycleState.TRIAL):
        report = _try_boot(flash, layout, store)
        if report is not None:
            return report
        store.append(store.state.after(LifecycleEvent.REVERT))
    return _boot_confirmed(flash, layout, store.state)


def _try_boot(flash: Flash, layout: AbLayout, store: StateStore) -> BootReport | None:
    """Boot the new image, or return None if it must not be tried (again)."""
    state = store.state
    slot = state.trial_slot
    attempts = TRIAL_BOOTS if state.lifecycle is LifecycleState.STAGED else state.attempts_left
    if slot is None or attempts == 0:
        return None
    record = _intact(flash, layout, state, slot)
    if record is None:
        return None
    store.append(replace(state.after(LifecycleEvent.TRY_BOOT), attempts_left=attempts - 1))
    return BootReport(slot=slot, image=record.image, is_trial=True, attempts_left=attempts - 1)


def _boot_confirmed(flash: Flash, layout: AbLayout, state: DeviceState) -> BootReport:
    """Boot the confirmed image, or the other slot's if it is intact and not older than allowed."""
    for slot in (state.confirmed_slot, 1 - state.confirmed_slot):
        record = _intact(flash, layout, state, slot)
        if record is not None and record.security_counter >= state.security_counter:
            return BootReport(slot=slot, image=record.image, is_trial=False, attempts_left=0)
    raise NoBootableImage(
        f"slot {SLOT_NAMES[state.confirmed_slot]} is damaged and the other slot holds no image "
        f"with a security counter of at least {state.security_counter}"
    )


def _intact(flash: Flash, layout: AbLayout, state: DeviceState, slot: int) -> SlotRecord | None:
    """Return the slot's record if the slot holds what it says."""
    record = state.slots[slot]
    if record is None:
        return None
    region = layout.slots[slot]
    is_intact = digest_of(SlotImage(flash, region, record.image.size)) == record.image
    return record if is_intact else None
