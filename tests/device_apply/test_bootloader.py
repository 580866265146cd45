"""The bootloader: trials are counted before they happen, and damage leads to the other slot."""

from dataclasses import replace

import pytest

from device_apply.bootloader import TRIAL_BOOTS, BootReport, NoBootableImage, boot
from device_apply.device_state import DeviceState, SlotRecord
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.nor_flash import NorFlash
from device_apply.slots import SlotWriter
from device_apply.state_store import StateStore
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import base_image, new_image, small_profile

PROFILE = small_profile()
BASE = SlotRecord(SizedDigest.of(base_image()), 3)
NEW = SlotRecord(SizedDigest.of(new_image()), 4)
STAGED = DeviceState(
    lifecycle=LifecycleState.STAGED,
    confirmed_slot=0,
    trial_slot=1,
    security_counter=3,
    slots=(BASE, NEW),
)
CONFIRMED = replace(
    STAGED,
    lifecycle=LifecycleState.CONFIRMED,
    confirmed_slot=1,
    trial_slot=None,
    security_counter=4,
)


def device(state: DeviceState, images: tuple[bytes, bytes]) -> tuple[NorFlash, StateStore]:
    flash = NorFlash(PROFILE.flash)
    for slot, image in zip(PROFILE.layout.slots, images, strict=True):
        writer = SlotWriter(flash, slot, len(image))
        writer.write(image)
        writer.finish()
    return flash, StateStore.create(flash, PROFILE.layout.state, state)


def reset(flash: NorFlash) -> tuple[BootReport, DeviceState]:
    store = StateStore.open(flash, PROFILE.layout.state)
    report = boot(flash, PROFILE.layout, store)
    return report, store.state


def damaged(image: bytes) -> bytes:
    return image[:-1] + bytes([image[-1] ^ 0x80])


def test_a_staged_image_gets_its_trial_boots_and_no_more() -> None:
    flash, _ = device(STAGED, (base_image(), new_image()))
    for attempt in range(TRIAL_BOOTS):
        report, state = reset(flash)
        assert report.slot == 1
        assert report.is_trial
        assert report.image == NEW.image
        assert report.attempts_left == state.attempts_left == TRIAL_BOOTS - 1 - attempt
        assert state.lifecycle is LifecycleState.TRIAL

    for _ in range(3):
        report, state = reset(flash)
        assert report == BootReport(slot=0, image=BASE.image, is_trial=False, attempts_left=0)
        assert state.lifecycle is LifecycleState.REVERTED
        assert state.security_counter == 3


def test_a_staged_image_that_is_damaged_is_never_tried() -> None:
    flash, _ = device(STAGED, (base_image(), damaged(new_image())))
    report, state = reset(flash)

    assert report.slot == 0
    assert state.lifecycle is LifecycleState.REVERTED


def test_an_image_that_is_damaged_during_its_trial_is_reverted() -> None:
    flash, _ = device(STAGED, (base_image(), new_image()))
    reset(flash)
    flash._cells._content[PROFILE.layout.slot_b.offset] ^= 1
    report, state = reset(flash)

    assert report.slot == 0
    assert state.lifecycle is LifecycleState.REVERTED


def test_a_confirmed_image_boots_for_good() -> None:
    flash, _ = device(CONFIRMED, (base_image(), new_image()))
    for _ in range(5):
        report, state = reset(flash)
        assert report == BootReport(slot=1, image=NEW.image, is_trial=False, attempts_left=0)
        assert state == CONFIRMED


def test_a_damaged_confirmed_image_gives_way_to_the_other_slot() -> None:
    state = replace(CONFIRMED, slots=(replace(BASE, security_counter=4), NEW))
    flash, _ = device(state, (base_image(), damaged(new_image())))
    report, _ = reset(flash)

    assert report.slot == 0
    assert report.image == BASE.image


def test_an_older_image_below_the_security_counter_is_no_way_out() -> None:
    flash, _ = device(CONFIRMED, (base_image(), damaged(new_image())))

    with pytest.raises(NoBootableImage, match=r"slot B is damaged .* at least 4"):
        reset(flash)


def test_a_device_without_any_intact_image_does_not_boot() -> None:
    flash, _ = device(STAGED, (damaged(base_image()), damaged(new_image())))

    with pytest.raises(NoBootableImage, match="slot A is damaged"):
        reset(flash)


def test_booting_erases_no_slot_and_no_download() -> None:
    flash, _ = device(STAGED, (base_image(), new_image()))
    before = flash.erases_by_sector
    for _ in range(12):
        reset(flash)
    first_state_sector = PROFILE.layout.state.offset // PROFILE.flash.sector_bytes

    assert flash.erases_by_sector[:first_state_sector] == before[:first_state_sector]
