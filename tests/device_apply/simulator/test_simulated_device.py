"""The device as its users see it: offers, fragments, installing, trials, and everything refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device_apply.errors import (
    ApplyFailed,
    FlashError,
    NoBootableImage,
    PowerCut,
    Rejected,
    StateLost,
)
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import SlotAddressing
from device_apply.simulator.simulated_device import SimulatedDevice, fragments_per_message
from device_apply.wire.cose import CoseAlgorithm
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
    booted_device,
    change_flash,
    delta_manifest,
    delta_update,
    flip_bit,
    full_update,
    manifest_for,
    new_image,
    provisioned_device,
    seal,
    small_profile,
    untouched_flash,
)

PROFILE = small_profile()
SPARE_FRAGMENTS = 8


def deliver(device: SimulatedDevice, update: Update) -> None:
    for index in device.missing():
        device.receive(index, update.fragments[index])


def downloaded(update: Update) -> SimulatedDevice:
    device = booted_device()
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    return device


def installed(update: Update, device: SimulatedDevice | None = None) -> SimulatedDevice:
    device = device or booted_device()
    device.offer(update.head, FRAGMENT_BYTES)
    deliver(device, update)
    device.install()
    return device


def lifecycle(device: SimulatedDevice) -> LifecycleState:
    return device.state.lifecycle


# --- the way an update goes ---------------------------------------------------


@pytest.mark.parametrize("update", [delta_update(), full_update()], ids=["delta", "full"])
def test_an_update_goes_through_every_state(update: Update) -> None:
    device = booted_device()
    assert lifecycle(device) is LifecycleState.IDLE
    device.offer(update.head, FRAGMENT_BYTES)
    assert lifecycle(device) is LifecycleState.DOWNLOADING
    deliver(device, update)
    assert lifecycle(device) is LifecycleState.DOWNLOADED
    device.install()
    assert lifecycle(device) is LifecycleState.STAGED
    assert device.running_image() == base_image()

    device.boot()
    assert device.running.is_trial
    assert device.running_image() == new_image()
    assert device.state.security_counter == BASE_COUNTER
    device.confirm()
    assert device.state.security_counter == NEW_COUNTER

    assert not device.boot().is_trial
    assert device.state.lifecycle.label == "confirmed"
    assert device.running_image() == new_image()


def test_updates_follow_each_other_from_slot_to_slot() -> None:
    device = booted_device()
    for counter in range(NEW_COUNTER, NEW_COUNTER + 6):
        image = new_image() + bytes([counter])
        installed(full_update(image, counter), device)
        device.boot()
        device.confirm()
        device.boot()
        assert device.running_image() == image
        assert device.running.slot == (counter - NEW_COUNTER + 1) % 2
        assert device.state.security_counter == counter


def test_a_device_with_two_addresses_takes_the_image_for_its_free_slot() -> None:
    device = booted_device(small_profile(slot_addressing=SlotAddressing.PER_SLOT), slot=1)
    update = delta_update()
    installed(replace(update, head=seal(replace(delta_manifest(), slot=0))), device)

    assert device.boot().slot == 0


def test_an_image_that_does_not_confirm_is_reverted_and_may_be_offered_again() -> None:
    device = installed(delta_update())
    for _ in range(3):
        device.boot()
        assert device.running_image() == new_image()
    device.boot()
    assert device.running_image() == base_image()
    assert lifecycle(device) is LifecycleState.REVERTED
    assert device.state.security_counter == BASE_COUNTER

    installed(delta_update(), device)
    device.boot()
    device.confirm()
    assert device.running_image() == new_image()


def test_the_same_offer_again_keeps_what_was_received() -> None:
    device = booted_device()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(1, delta_update().fragments[1])
    with untouched_flash(device):
        device.offer(delta_update().head, FRAGMENT_BYTES)

    assert list(device.missing()) == [0, 2]


@pytest.mark.parametrize("resets", [0, 1])
def test_the_same_offer_changes_nothing_once_the_image_is_staged_or_on_trial(resets: int) -> None:
    device = installed(delta_update())
    for _ in range(resets):
        device.boot()
    before = device.state
    with untouched_flash(device):
        device.offer(delta_update().head, FRAGMENT_BYTES)

    assert device.state == before
    assert list(device.missing()) == []


def test_another_fragment_size_begins_the_download_again() -> None:
    device = booted_device()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(0, delta_update().fragments[0])
    device.offer(delta_update().head, 64)

    assert list(device.missing()) == [0, 1, 2, 3]


@pytest.mark.parametrize("prepare", [downloaded, installed])
def test_another_package_replaces_the_one_under_way(
    prepare: Callable[[Update], SimulatedDevice],
) -> None:
    device = prepare(delta_update())
    device.offer(full_update().head, FRAGMENT_BYTES)

    assert lifecycle(device) is LifecycleState.DOWNLOADING
    assert len(device.missing()) == 26
    device.boot()
    assert device.running_image() == base_image()


def test_a_reset_in_the_middle_of_a_download_goes_on_where_it_stopped() -> None:
    device = booted_device()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    device.receive(2, delta_update().fragments[2])

    device.boot()
    assert list(device.missing()) == [0, 1]
    deliver(device, delta_update())
    device.install()
    device.boot()
    assert device.running_image() == new_image()


def test_a_fragment_that_rots_before_installing_is_fetched_again() -> None:
    device = downloaded(delta_update())
    flash = device.bench.read_flash(0, PROFILE.flash.size_bytes)
    flip_bit(device, flash.index(delta_update().fragments[1]))

    device.boot()
    assert lifecycle(device) is LifecycleState.DOWNLOADING
    assert list(device.missing()) == [1]
    deliver(device, delta_update())
    device.install()
    device.boot()
    assert device.running_image() == new_image()


def test_a_download_area_full_of_torn_fragments_is_given_up_and_offered_again() -> None:
    device, update = booted_device(), delta_update()
    device.offer(update.head, FRAGMENT_BYTES)
    for _ in range(1 + SPARE_FRAGMENTS):
        device.plan_cut(PowerCutPlan(operation=1, variant=CutVariant.TORN))
        with pytest.raises(PowerCut):
            device.receive(0, update.fragments[0])
        device.boot()
    device.receive(0, update.fragments[0])
    assert lifecycle(device) is LifecycleState.IDLE

    installed(update, device)
    device.boot()
    assert device.running_image() == new_image()


def test_a_download_whose_head_is_damaged_is_given_up() -> None:
    device = downloaded(delta_update())
    flip_bit(device, PROFILE.layout.download.offset + 30)

    device.boot()
    assert lifecycle(device) is LifecycleState.IDLE
    assert list(device.missing()) == []


def test_a_message_of_a_link_is_whole_fragments() -> None:
    for message_bytes in range(1, 3000):
        count, fragment_bytes = fragments_per_message(message_bytes)
        assert 0 < fragment_bytes <= 256
        assert message_bytes - count < count * fragment_bytes <= message_bytes


# --- what is refused ----------------------------------------------------------


def rejected_heads() -> dict[str, bytes]:
    head = delta_update().head
    manifest = delta_manifest()
    return {
        "truncated": head[:-1],
        "flipped": head[:60] + bytes([head[60] ^ 1]) + head[61:],
        "empty": b"",
        "class": seal(replace(manifest, class_id=bytes(16))),
        "counter": seal(replace(manifest, security_counter=BASE_COUNTER - 1)),
        "format": seal(manifest_for(PayloadFormat.ZSTD_PATCH, b"p", new_image(), base_image())),
        "image size": seal(replace(manifest, new_image=SizedDigest(bytes(32), 4097))),
        "payload size": seal(replace(manifest, payload=SizedDigest(bytes(16), 12_000))),
        "slot": seal(replace(manifest, slot=1)),
        "base": seal(replace(manifest, base_digest=SizedDigest.of(new_image()).digest)),
    }


REFUSALS = {
    "truncated": "ends too early",
    "flipped": "^signature: not made by a trusted key",
    "empty": "ends too early",
    "vendor": "^vendor: the update is from 00000000…",
    "class": "^device class: the update is for 00000000…",
    "counter": "^security counter: the update has 2, the device requires at least 3",
    "format": "^payload format: the device has no applier for zstd-patch",
    "image size": "^new image: 4097 bytes, a slot holds 1 to 4096",
    "payload size": "^payload: 12000 bytes in fragments .* the download area of 12288 bytes",
    "slot": "^slot: the new image is linked for slot B, the device needs one for either slot",
    "base": "^base image: the manifest names",
}


@pytest.mark.parametrize("what", rejected_heads())
@pytest.mark.parametrize("prepare", [booted_device, lambda: downloaded(delta_update())])
def test_a_rejected_offer_touches_no_flash_and_no_download(
    what: str, prepare: Callable[[], SimulatedDevice]
) -> None:
    device = prepare()
    before = device.state

    with untouched_flash(device), pytest.raises(Rejected, match=REFUSALS[what]):
        device.offer(rejected_heads()[what], FRAGMENT_BYTES)
    assert device.state == before


def test_fragments_larger_than_the_buffer_are_the_callers_mistake() -> None:
    device = booted_device()

    with untouched_flash(device), pytest.raises(ValueError, match="fragments of 257 bytes"):
        device.offer(delta_update().head, 257)


def test_nothing_is_offered_to_a_device_on_trial() -> None:
    device = installed(delta_update())
    device.boot()

    with untouched_flash(device), pytest.raises(Rejected, match="on trial"):
        device.offer(full_update().head, FRAGMENT_BYTES)


def test_a_release_that_was_left_behind_is_not_taken_again() -> None:
    device = installed(delta_update())
    device.boot()
    device.confirm()
    device.boot()

    with pytest.raises(Rejected, match="security counter: the update has 3"):
        device.offer(full_update(base_image(), BASE_COUNTER).head, FRAGMENT_BYTES)
    with pytest.raises(Rejected, match="base image"):
        device.offer(delta_update().head, FRAGMENT_BYTES)


def test_fragments_without_an_offer_are_rejected() -> None:
    device = booted_device()

    with untouched_flash(device), pytest.raises(Rejected, match="fragment 0: no download is open"):
        device.receive(0, bytes(FRAGMENT_BYTES))


@pytest.mark.parametrize(("index", "size"), [(-1, 100), (3, 100), (0, 99), (2, 100), (2, 0)])
def test_fragments_that_the_payload_does_not_have_are_rejected(index: int, size: int) -> None:
    device = booted_device()
    device.offer(delta_update().head, FRAGMENT_BYTES)

    with untouched_flash(device), pytest.raises(Rejected, match=rf"^fragment {index}: "):
        device.receive(index, bytes(size))


def slot_b(device: SimulatedDevice) -> bytes:
    return device.bench.read_flash(PROFILE.layout.slot_b.offset, PROFILE.slot_bytes)


@pytest.mark.parametrize("at", range(0, 248, 31))
def test_a_corrupt_payload_is_rejected_before_the_slot_is_touched(at: int) -> None:
    update = delta_update()
    payload = bytearray(update.payload)
    payload[at] ^= 1 << at % 8
    device = downloaded(replace(update, payload=bytes(payload)))
    change_flash(device, PROFILE.layout.slot_b.offset, b"fallback")
    before = slot_b(device)

    with pytest.raises(Rejected, match=r"^payload: "):
        device.install()
    assert slot_b(device) == before
    assert lifecycle(device) is LifecycleState.IDLE
    device.boot()
    assert lifecycle(device) is LifecycleState.IDLE


def test_after_a_rejected_payload_the_package_is_downloaded_from_nothing() -> None:
    device = downloaded(replace(delta_update(), payload=bytes(248)))
    with pytest.raises(Rejected):
        device.install()
    device.offer(delta_update().head, FRAGMENT_BYTES)

    assert list(device.missing()) == [0, 1, 2]
    deliver(device, delta_update())
    device.install()
    device.boot()
    assert device.running_image() == new_image()


def test_a_signed_package_that_decodes_to_another_image_is_rejected_by_the_rehearsal() -> None:
    other = SizedDigest(bytes(32), len(new_image()))
    update = replace(delta_update(), head=seal(replace(delta_manifest(), new_image=other)))
    device = downloaded(update)
    before = slot_b(device)

    with pytest.raises(Rejected, match=r"^rehearsal: .* not decode to the signed new image$"):
        device.install()
    assert slot_b(device) == before


def test_13_a_rehearsal_against_a_base_that_changed_is_rejected() -> None:
    device = downloaded(delta_update())
    flip_bit(device, PROFILE.layout.slot_a.offset + 1234)
    before = slot_b(device)

    with pytest.raises(Rejected, match=r"^rehearsal: "):
        device.install()
    assert slot_b(device) == before


@pytest.mark.parametrize("size", [2549, 2551])
def test_13_a_payload_that_decodes_to_another_size_is_rejected(size: int) -> None:
    manifest = replace(delta_manifest(), new_image=SizedDigest(bytes(32), size))
    device = downloaded(replace(delta_update(), head=seal(manifest)))

    with pytest.raises(Rejected, match=r"^rehearsal: "):
        device.install()


def test_13_a_payload_of_another_format_is_rejected() -> None:
    """A signed mistake of the vendor: a full image declared as a patch."""
    manifest = manifest_for(
        PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, new_image(), new_image(), base_image()
    )
    device = downloaded(Update(seal(manifest), new_image()))

    with pytest.raises(Rejected):
        device.install()


def staging_device() -> SimulatedDevice:
    """A device that proved its payload and was reset after it began to stage."""
    device = downloaded(delta_update())
    while lifecycle(device) is not LifecycleState.VERIFIED:
        device.bench.install_slice()
    device.boot()
    return device


def test_14_a_base_that_changes_after_the_rehearsal_is_a_failure() -> None:
    device = staging_device()
    flip_bit(device, PROFILE.layout.slot_a.offset + 1234)

    with pytest.raises(ApplyFailed, match=r"^staging: the slot does not hold"):
        device.install()
    with pytest.raises(NoBootableImage):  # the change has destroyed the only image
        device.boot()


def test_14_a_slot_that_changes_while_it_is_staged_is_a_failure() -> None:
    device = downloaded(delta_update())
    while slot_b(device)[:1] == b"\xff":
        device.bench.install_slice()
    flip_bit(device, PROFILE.layout.slot_b.offset + 7)

    with pytest.raises(ApplyFailed, match=r"^staging: "):
        device.install()
    assert device.boot().slot == 0
    assert device.running_image() == base_image()


def test_12_a_payload_that_takes_too_much_ram_is_rejected() -> None:
    device = booted_device(replace(PROFILE, applier_ram_bytes=16))
    device.offer(delta_update().head, FRAGMENT_BYTES)
    deliver(device, delta_update())

    with pytest.raises(Rejected, match=r"^RAM: applying takes \d+ bytes .* the device has 16$"):
        device.install()


def test_a_head_that_changes_in_flash_is_not_installed() -> None:
    device = downloaded(delta_update())
    flash = device.bench.read_flash(0, PROFILE.flash.size_bytes)
    other = seal(replace(delta_manifest(), class_id=bytes(16)))
    change_flash(device, flash.index(delta_update().head), other)

    with pytest.raises(Rejected, match="rejected_class"):
        device.install()


def test_a_worn_out_download_area_ends_the_download_and_not_the_device() -> None:
    device = booted_device()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    area = PROFILE.layout.download
    device.bench.protect(area.offset, area.size_bytes)

    with pytest.raises(FlashError, match="does not take or give"):
        device.receive(0, delta_update().fragments[0])
    device.boot()
    assert device.running_image() == base_image()


class InterruptedVerifier:
    """Stands for a verifier in front of which somebody typed Ctrl-C."""

    def verify(self, _algorithm: CoseAlgorithm, _signed_bytes: bytes, _signature: bytes) -> None:
        raise KeyboardInterrupt


def test_what_interrupts_the_host_s_part_reaches_the_caller() -> None:
    device = SimulatedDevice(PROFILE, InterruptedVerifier())
    device.provision(base_image())
    device.boot()

    with untouched_flash(device), pytest.raises(KeyboardInterrupt):
        device.offer(delta_update().head, FRAGMENT_BYTES)


# --- the caller's own mistakes ------------------------------------------------


def test_a_device_does_nothing_before_it_has_booted() -> None:
    device = provisioned_device()
    for attempt in (
        lambda: device.offer(delta_update().head, FRAGMENT_BYTES),
        device.confirm,
        device.install,
        device.running_image,
    ):
        with pytest.raises(RuntimeError, match=r"call boot\(\) first"):
            attempt()


def test_a_device_that_was_never_provisioned_does_not_boot() -> None:
    with pytest.raises(StateLost, match="provision the device first"):
        SimulatedDevice(PROFILE, VERIFIER).boot()


def test_confirming_without_a_trial_is_out_of_order() -> None:
    with pytest.raises(RuntimeError, match="nothing to confirm while idle"):
        booted_device().confirm()


def test_confirming_again_changes_nothing() -> None:
    device = installed(delta_update())
    device.boot()
    device.confirm()

    with untouched_flash(device):
        device.confirm()


def test_installing_without_a_payload_is_out_of_order() -> None:
    device = booted_device()
    with pytest.raises(RuntimeError, match="nothing to install while idle"):
        device.install()
    device.offer(delta_update().head, FRAGMENT_BYTES)
    with pytest.raises(RuntimeError, match="nothing to install while downloading"):
        device.install()


@pytest.mark.parametrize("size", [0, 8 * SECTOR_BYTES + 1])
def test_a_factory_image_that_fits_no_slot_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a slot holds 1 to 4096"):
        SimulatedDevice(PROFILE, VERIFIER).provision(bytes(size))
