"""The device as its users see it: offers, fragments, installing, trials, and everything refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device_apply.download.area import SPARE_CELLS
from device_apply.errors import ApplyFailed, FlashError, PowerCut, Rejected
from device_apply.flash import Flash
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile, Region, SlotAddressing
from device_apply.simulator.factory import provision
from device_apply.simulator.nor_flash import NorFlash
from device_apply.simulator.power_cuts import CutVariant, PlannedCut
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.state_store import StateLost
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    NEW_COUNTER,
    SECTOR_BYTES,
    VERIFIER,
    Update,
    base_image,
    delta_manifest,
    delta_update,
    full_update,
    manifest_for,
    new_image,
    provisioned_flash,
    seal,
    small_profile,
)
from tests.device_apply.watched_flash import ExplodingFlash

PROFILE = small_profile()


def booted(flash: Flash, profile: DeviceProfile = PROFILE) -> SimulatedDevice:
    device = SimulatedDevice(profile, flash, VERIFIER)
    device.boot()
    return device


def deliver(device: SimulatedDevice, update: Update) -> None:
    for index in device.missing():
        device.receive(index, update.fragments[index])


def downloaded(flash: Flash, update: Update) -> SimulatedDevice:
    device = booted(flash)
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    return device


def installed(flash: Flash, update: Update) -> SimulatedDevice:
    device = downloaded(flash, update)
    device.install()
    return device


def lifecycle(device: SimulatedDevice) -> LifecycleState:
    return device.state.lifecycle


# --- the way an update goes ---------------------------------------------------


@pytest.mark.parametrize("update", [delta_update(), full_update()], ids=["delta", "full"])
def test_an_update_goes_through_every_state(update: Update) -> None:
    flash = provisioned_flash(PROFILE)
    device = booted(flash)
    assert lifecycle(device) is LifecycleState.IDLE
    device.offer(update.head, FRAGMENT_BYTES)
    assert lifecycle(device) is LifecycleState.DOWNLOADING
    deliver(device, update)
    assert lifecycle(device) is LifecycleState.DOWNLOADED
    device.install()
    assert lifecycle(device) is LifecycleState.STAGED
    assert device.running_image() == base_image()

    device = booted(flash)
    assert device.running.is_trial
    assert device.running_image() == new_image()
    assert device.state.security_counter == BASE_COUNTER
    device.confirm()
    assert device.state.security_counter == NEW_COUNTER

    device = booted(flash)
    assert lifecycle(device) is LifecycleState.CONFIRMED
    assert not device.running.is_trial
    assert device.running_image() == new_image()


def test_updates_follow_each_other_from_slot_to_slot() -> None:
    flash = provisioned_flash(PROFILE)
    for counter in range(NEW_COUNTER, NEW_COUNTER + 6):
        image = new_image() + bytes([counter])
        device = installed(flash, full_update(image, counter))
        device = booted(flash)
        device.confirm()
        device = booted(flash)
        assert device.running_image() == image
        assert device.running.slot == (counter - NEW_COUNTER + 1) % 2
        assert device.state.security_counter == counter


def test_a_device_with_two_addresses_takes_the_image_for_its_free_slot() -> None:
    profile = small_profile(slot_addressing=SlotAddressing.PER_SLOT)
    flash = NorFlash(profile.flash)
    provision(profile, flash, base_image(), security_counter=BASE_COUNTER, slot=1)
    device = booted(flash, profile)
    update = delta_update()
    device.offer(seal(replace(delta_manifest(), slot=0)), FRAGMENT_BYTES)
    deliver(device, update)
    device.install()

    assert booted(flash, profile).running.slot == 0


def test_an_image_that_does_not_confirm_is_reverted_and_may_be_offered_again() -> None:
    flash = provisioned_flash(PROFILE)
    installed(flash, delta_update())
    for _ in range(3):
        assert booted(flash).running_image() == new_image()
    device = booted(flash)
    assert device.running_image() == base_image()
    assert lifecycle(device) is LifecycleState.REVERTED
    assert device.state.security_counter == BASE_COUNTER

    device = installed(flash, delta_update())
    device = booted(flash)
    device.confirm()
    assert device.running_image() == new_image()


def test_the_same_offer_again_keeps_what_was_received() -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = booted(flash)
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(1, delta_update().fragments[1])
    missing = list(device.missing())
    flash.is_armed = True
    device.offer(delta_update().head, FRAGMENT_BYTES)

    assert list(device.missing()) == missing == [0, 2]


@pytest.mark.parametrize("resets", [0, 1])
def test_the_same_offer_changes_nothing_once_the_image_is_staged_or_on_trial(resets: int) -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = installed(flash, delta_update())
    for _ in range(resets):
        device = booted(flash)
    before = device.state
    flash.is_armed = True
    device.offer(delta_update().head, FRAGMENT_BYTES)

    assert device.state == before
    assert list(device.missing()) == []


def test_another_fragment_size_begins_the_download_again() -> None:
    device = booted(provisioned_flash(PROFILE))
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(0, delta_update().fragments[0])
    device.offer(delta_update().head, 64)

    assert list(device.missing()) == [0, 1, 2, 3]


@pytest.mark.parametrize("prepare", [downloaded, installed])
def test_another_package_replaces_the_one_under_way(
    prepare: Callable[[Flash, Update], SimulatedDevice],
) -> None:
    flash = provisioned_flash(PROFILE)
    device = prepare(flash, delta_update())
    device.offer(full_update().head, FRAGMENT_BYTES)

    assert lifecycle(device) is LifecycleState.DOWNLOADING
    assert len(device.missing()) == 26
    assert booted(flash).running_image() == base_image()


def test_a_reset_in_the_middle_of_a_download_goes_on_where_it_stopped() -> None:
    flash = provisioned_flash(PROFILE)
    device = booted(flash)
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(2, delta_update().fragments[2])

    device = booted(flash)
    assert list(device.missing()) == [0, 1]
    deliver(device, delta_update())
    device.install()
    assert booted(flash).running_image() == new_image()


def test_a_fragment_that_rots_before_installing_is_fetched_again() -> None:
    flash = provisioned_flash(PROFILE)
    downloaded(flash, delta_update())
    payload_at = flash.read(0, flash.geometry.size_bytes).index(delta_update().fragments[1])
    flash._cells._content[payload_at] ^= 1

    device = booted(flash)
    assert lifecycle(device) is LifecycleState.DOWNLOADING
    assert list(device.missing()) == [1]
    deliver(device, delta_update())
    device.install()
    assert booted(flash).running_image() == new_image()


def test_a_download_area_full_of_torn_fragments_is_begun_again() -> None:
    flash = provisioned_flash(PROFILE)
    device = booted(flash)
    update = delta_update()
    device.offer(update.head, FRAGMENT_BYTES)
    for _ in range(len(update.fragments) + SPARE_CELLS):
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.TORN))
        with pytest.raises(PowerCut):
            device.receive(0, update.fragments[0])
        flash.power_on()
        device = booted(flash)
    deliver(device, update)
    device.install()

    assert booted(flash).running_image() == new_image()


def test_a_download_whose_head_is_damaged_is_given_up() -> None:
    flash = provisioned_flash(PROFILE)
    downloaded(flash, delta_update())
    flash._cells._content[PROFILE.layout.download.offset + 30] ^= 1

    device = booted(flash)
    assert lifecycle(device) is LifecycleState.IDLE
    assert list(device.missing()) == []


# --- what is refused ----------------------------------------------------------


def rejected_heads() -> dict[str, bytes]:
    head = delta_update().head
    manifest = delta_manifest()
    return {
        "truncated": head[:-1],
        "flipped": head[:60] + bytes([head[60] ^ 1]) + head[61:],
        "empty": b"",
        "vendor": seal(replace(manifest, vendor_id=bytes(16))),
        "class": seal(replace(manifest, class_id=bytes(16))),
        "counter": seal(replace(manifest, security_counter=BASE_COUNTER - 1)),
        "format": seal(manifest_for(PayloadFormat.ZSTD_PATCH, b"p", new_image(), base_image())),
        "image size": seal(replace(manifest, new_image=SizedDigest(bytes(32), 4097))),
        "payload size": seal(replace(manifest, payload=SizedDigest(bytes(32), 12_000))),
        "slot": seal(replace(manifest, slot=1)),
        "base": seal(replace(manifest, base_image=SizedDigest.of(new_image()))),
    }


@pytest.mark.parametrize("what", rejected_heads())
@pytest.mark.parametrize("prepare", [booted, lambda flash: downloaded(flash, delta_update())])
def test_a_rejected_offer_touches_no_flash_and_no_download(
    what: str, prepare: Callable[[Flash], SimulatedDevice]
) -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = prepare(flash)
    before = device.state
    flash.is_armed = True

    with pytest.raises(Rejected):
        device.offer(rejected_heads()[what], FRAGMENT_BYTES)
    assert device.state == before


def test_fragments_larger_than_the_buffer_are_the_callers_mistake() -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = booted(flash)
    flash.is_armed = True

    with pytest.raises(ValueError, match="fragments of 5000 bytes"):
        device.offer(delta_update().head, 5000)


def test_nothing_is_offered_to_a_device_on_trial() -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    installed(flash, delta_update())
    device = booted(flash)
    flash.is_armed = True

    with pytest.raises(Rejected, match="on trial"):
        device.offer(full_update().head, FRAGMENT_BYTES)


def test_a_release_that_was_left_behind_is_not_taken_again() -> None:
    flash = provisioned_flash(PROFILE)
    installed(flash, delta_update())
    booted(flash).confirm()
    device = booted(flash)

    with pytest.raises(Rejected, match="security counter: the update has 3"):
        device.offer(full_update(base_image(), BASE_COUNTER).head, FRAGMENT_BYTES)
    with pytest.raises(Rejected, match="base image"):
        device.offer(delta_update().head, FRAGMENT_BYTES)


def test_fragments_without_an_offer_are_rejected() -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = booted(flash)
    flash.is_armed = True

    with pytest.raises(Rejected, match="fragment 0: no download is open"):
        device.receive(0, bytes(FRAGMENT_BYTES))


@pytest.mark.parametrize(("index", "size"), [(-1, 100), (3, 100), (0, 99), (2, 100), (2, 0)])
def test_fragments_that_the_payload_does_not_have_are_rejected(index: int, size: int) -> None:
    flash = ExplodingFlash(provisioned_flash(PROFILE))
    device = booted(flash)
    device.offer(delta_update().head, FRAGMENT_BYTES)
    flash.is_armed = True

    with pytest.raises(Rejected, match=rf"^fragment {index}: "):
        device.receive(index, bytes(size))


def slot_b(flash: Flash) -> bytes:
    return flash.read(PROFILE.layout.slot_b.offset, PROFILE.slot_bytes)


@pytest.mark.parametrize("at", range(0, 248, 31))
def test_a_corrupt_payload_is_rejected_before_the_slot_is_touched(at: int) -> None:
    flash = provisioned_flash(PROFILE)
    flash.program(PROFILE.layout.slot_b.offset, b"fallback")
    update = delta_update()
    payload = bytearray(update.payload)
    payload[at] ^= 1 << at % 8
    device = downloaded(flash, replace(update, payload=bytes(payload)))
    before = slot_b(flash)

    with pytest.raises(Rejected, match=r"^payload: "):
        device.install()
    assert slot_b(flash) == before
    assert lifecycle(device) is LifecycleState.IDLE
    assert lifecycle(booted(flash)) is LifecycleState.IDLE


def test_after_a_rejected_payload_the_package_is_downloaded_from_nothing() -> None:
    flash = provisioned_flash(PROFILE)
    device = downloaded(flash, replace(delta_update(), payload=bytes(248)))
    with pytest.raises(Rejected):
        device.install()
    device.offer(delta_update().head, FRAGMENT_BYTES)

    assert list(device.missing()) == [0, 1, 2]
    deliver(device, delta_update())
    device.install()
    assert booted(flash).running_image() == new_image()


def test_a_signed_package_that_decodes_to_another_image_is_rejected_by_the_rehearsal() -> None:
    flash = provisioned_flash(PROFILE)
    other = SizedDigest(bytes(32), len(new_image()))
    update = replace(delta_update(), head=seal(replace(delta_manifest(), new_image=other)))
    device = downloaded(flash, update)
    before = slot_b(flash)

    with pytest.raises(Rejected, match=r"^rehearsed image: "):
        device.install()
    assert slot_b(flash) == before


def test_a_base_that_changes_after_the_offer_is_rejected_by_the_rehearsal() -> None:
    flash = provisioned_flash(PROFILE)
    device = downloaded(flash, delta_update())
    flash._cells._content[PROFILE.layout.slot_a.offset + 1234] ^= 1
    before = slot_b(flash)

    with pytest.raises(Rejected, match=r"^rehearsed image: "):
        device.install()
    assert slot_b(flash) == before


def test_a_payload_that_takes_too_much_ram_is_rejected() -> None:
    profile = replace(PROFILE, applier_ram_bytes=16)
    flash = provisioned_flash(profile)
    device = booted(flash, profile)
    device.offer(delta_update().head, FRAGMENT_BYTES)
    deliver(device, delta_update())

    with pytest.raises(Rejected, match=r"^RAM: "):
        device.install()


def test_a_head_that_changes_in_flash_is_not_installed() -> None:
    flash = provisioned_flash(PROFILE)
    device = downloaded(flash, delta_update())
    assert device._session is not None
    device._session.head = seal(replace(delta_manifest(), vendor_id=bytes(16)))

    with pytest.raises(Rejected, match=r"^vendor: "):
        device.install()


class WornFlash(NorFlash):
    """A flash of which one region no longer takes data."""

    worn = Region(offset=0, size_bytes=0)

    def program(self, offset: int, data: bytes) -> None:
        if self.worn.offset <= offset < self.worn.end:
            raise FlashError("worn out")
        super().program(offset, data)


def worn_flash() -> WornFlash:
    flash = WornFlash(PROFILE.flash)
    provision(PROFILE, flash, base_image(), security_counter=BASE_COUNTER)
    return flash


def test_a_worn_out_slot_ends_the_update_and_not_the_device() -> None:
    flash = worn_flash()
    device = downloaded(flash, delta_update())
    flash.worn = PROFILE.layout.slot_b

    with pytest.raises(ApplyFailed, match=r"^staging: worn out"):
        device.install()
    assert lifecycle(device) is LifecycleState.IDLE
    assert booted(flash).running_image() == base_image()


def test_a_worn_out_download_area_ends_the_download_and_not_the_device() -> None:
    flash = worn_flash()
    device = booted(flash)
    device.offer(delta_update().head, FRAGMENT_BYTES)
    area = PROFILE.layout.download
    flash.worn = Region(offset=area.offset + 4, size_bytes=area.size_bytes - 4)  # the cells

    with pytest.raises(ApplyFailed, match="cannot be programmed after its erase"):
        device.receive(0, delta_update().fragments[0])
    assert booted(flash).running_image() == base_image()


# --- the caller's own mistakes ------------------------------------------------


def test_a_device_does_nothing_before_it_has_booted() -> None:
    device = SimulatedDevice(PROFILE, provisioned_flash(PROFILE), VERIFIER)
    for attempt in (
        lambda: device.offer(delta_update().head, FRAGMENT_BYTES),
        device.confirm,
        device.install,
        device.running_image,
    ):
        with pytest.raises(RuntimeError, match=r"call boot\(\) first"):
            attempt()


def test_a_device_that_was_never_provisioned_does_not_boot() -> None:
    with pytest.raises(StateLost):
        booted(NorFlash(PROFILE.flash))


def test_a_flash_that_the_profile_does_not_describe_is_refused() -> None:
    with pytest.raises(ValueError, match="not the one that the profile describes"):
        SimulatedDevice(small_profile(8), NorFlash(PROFILE.flash), VERIFIER)


def test_confirming_without_a_trial_is_out_of_order() -> None:
    flash = provisioned_flash(PROFILE)
    with pytest.raises(RuntimeError, match="CONFIRM cannot happen while idle"):
        booted(flash).confirm()
    installed(flash, delta_update())
    device = booted(flash)
    device.confirm()

    with pytest.raises(RuntimeError, match="CONFIRM cannot happen while confirmed"):
        device.confirm()


def test_installing_without_a_payload_is_out_of_order() -> None:
    device = booted(provisioned_flash(PROFILE))
    with pytest.raises(RuntimeError, match="nothing to install while idle"):
        device.install()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    with pytest.raises(RuntimeError, match="nothing to install while downloading"):
        device.install()


@pytest.mark.parametrize("size", [0, 8 * SECTOR_BYTES + 1])
def test_a_factory_image_that_fits_no_slot_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a slot holds 1 to 4096"):
        provision(PROFILE, NorFlash(PROFILE.flash), bytes(size))
