"""One update on the device in C, seen from outside."""

import random

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.lifecycle import LifecycleState
from device_apply.wire.suit import SizedDigest
from tests.device_apply.core_device.scenarios import SCENARIOS
from tests.device_apply.core_device.small_case import (
    PAGES,
    SMALL,
    booted,
    confirmed,
    downloaded,
    staged,
    staged_halfway,
    update_of,
)
from tests.device_apply.small_device import BASE_COUNTER, NEW_COUNTER, VERIFIER, full_update

TRIAL_BOOTS = 3


def test_an_update_goes_from_offer_to_confirmed(native: Native) -> None:
    bench, update = booted(native), update_of()
    seen = [bench.state().lifecycle]
    bench.offer(update.head, SMALL.fragment_bytes)
    seen.append(bench.state().lifecycle)
    bench.deliver(update.payload, SMALL.fragment_bytes)
    seen.append(bench.state().lifecycle)
    bench.install()
    seen.append(bench.state().lifecycle)
    bench.boot()
    seen.append(bench.state().lifecycle)
    bench.confirm()
    seen.append(bench.state().lifecycle)

    assert [state.label for state in seen] == [
        "idle",
        "downloading",
        "downloaded",
        "staged",
        "trial",
        "confirmed",
    ]
    assert bench.running_slot() == 1
    assert bench.slot_is(1, SMALL.new_image)
    assert bench.slot_is(0, SMALL.base)
    state = bench.state()
    assert state.confirmed_slot == 1
    assert state.security_counter == NEW_COUNTER
    assert state.slots[1] is not None
    assert state.slots[1].image == SizedDigest.of(SMALL.new_image)


def test_the_counter_does_not_rise_before_the_new_image_is_confirmed(native: Native) -> None:
    bench = staged(native)
    assert bench.state().security_counter == BASE_COUNTER
    bench.boot()
    assert bench.state().security_counter == BASE_COUNTER
    bench.confirm()
    assert bench.state().security_counter == NEW_COUNTER


def test_an_image_that_never_confirms_is_tried_three_times_and_given_up(native: Native) -> None:
    bench = staged(native)
    slots = []
    for _ in range(TRIAL_BOOTS + 2):
        assert bench.boot() is Status.OK
        slots.append(bench.running_slot())

    assert slots == [1] * TRIAL_BOOTS + [0, 0]
    assert bench.state().lifecycle is LifecycleState.REVERTED
    assert bench.state().security_counter == BASE_COUNTER


def test_a_reverted_device_takes_the_next_offer(native: Native) -> None:
    bench = staged(native)
    for _ in range(TRIAL_BOOTS + 1):
        bench.boot()
    update = update_of()

    assert bench.offer(update.head, SMALL.fragment_bytes) is Status.OK
    assert bench.deliver(update.payload, SMALL.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


def test_a_staged_image_that_was_damaged_is_not_tried(native: Native) -> None:
    bench = staged(native)
    bench.erase_flash(SMALL.setup().layout.slot_b.offset)

    assert bench.boot() is Status.OK
    assert bench.running_slot() == 0
    assert bench.state().lifecycle is LifecycleState.REVERTED


def test_the_other_slot_stands_in_for_a_damaged_one_if_it_is_new_enough(native: Native) -> None:
    bench = booted(native)
    layout = SMALL.setup().layout
    update = full_update(SMALL.new_image, BASE_COUNTER)
    bench.trust(update.head, VERIFIER)
    bench.offer(update.head, SMALL.fragment_bytes)
    bench.deliver(update.payload, SMALL.fragment_bytes)
    bench.install()
    bench.boot()
    bench.confirm()
    bench.erase_flash(layout.slot_b.offset)

    assert bench.boot() is Status.OK
    assert bench.running_slot() == 0


def test_a_slot_below_the_security_counter_does_not_stand_in(native: Native) -> None:
    bench = confirmed(native)
    bench.erase_flash(SMALL.setup().layout.slot_b.offset)

    assert bench.boot() is Status.NOTHING_BOOTS
    assert bench.boot() is Status.NOTHING_BOOTS


def test_recovery_ends_with_an_image_that_is_not_older(native: Native) -> None:
    bench = confirmed(native)
    bench.erase_flash(SMALL.setup().layout.slot_b.offset)
    bench.boot()

    older = bench.provision(0, SMALL.base, NEW_COUNTER - 1)
    assert older is Status.REJECTED_SECURITY_COUNTER
    assert bench.boot() is Status.NOTHING_BOOTS
    assert bench.provision(1, SMALL.new_image, NEW_COUNTER) is Status.OK
    assert bench.boot() is Status.OK
    assert bench.running_slot() == 1
    assert bench.state().security_counter == NEW_COUNTER


def test_an_image_that_came_back_by_itself_ends_recovery(native: Native) -> None:
    bench = confirmed(native)
    bench.erase_flash(SMALL.setup().layout.slot_b.offset)
    bench.boot()
    bench.put_image(1, SMALL.new_image)

    assert bench.boot() is Status.OK
    assert bench.state().lifecycle is LifecycleState.IDLE


def test_a_device_that_was_never_provisioned_says_so(native: Native) -> None:
    assert Bench(SMALL.setup(), native).boot() is Status.STATE_LOST


def test_provisioning_wants_the_image_in_its_slot(native: Native) -> None:
    bench = Bench(SMALL.setup(), native)

    assert bench.provision(0, b"", 0) is Status.BAD_ARGUMENT
    assert bench.put_image(0, bytes(10**6)) is Status.BAD_ARGUMENT


def test_without_permission_nothing_is_erased(native: Native) -> None:
    bench = downloaded(native)
    slot = SMALL.setup().layout.slot_b
    bench.protect(slot.offset, slot.size_bytes)
    bench.permit(may_commit=False)

    assert bench.install() is Status.WAITING
    assert bench.install() is Status.WAITING
    assert bench.usage().traps == 0
    bench.protect(0, 0)
    bench.permit(may_commit=True)
    assert bench.install() is Status.OK


def test_the_same_offer_again_keeps_what_was_received(native: Native) -> None:
    bench, update = booted(native), update_of()
    bench.offer(update.head, SMALL.fragment_bytes)
    bench.receive(3, update.payload[3 * SMALL.fragment_bytes :][: SMALL.fragment_bytes])
    operations = bench.usage().operations

    assert bench.offer(update.head, SMALL.fragment_bytes) is Status.OK
    assert bench.usage().operations == operations
    assert 3 not in bench.missing()


def test_preparing_a_large_area_takes_one_sector_at_a_time_and_goes_on_after_a_reset(
    native: Native,
) -> None:
    scenario = SCENARIOS["many-pages"]
    bench, update = booted(native, scenario), update_of(scenario)
    slices = 0
    while bench.offer_slice(update.head, scenario.fragment_bytes) is Status.BUSY:
        assert bench.longest_slice() <= 1
        slices += 1
        if slices == 70:  # behind the second of the checkpoints, 32 sectors apart
            break
    bench.boot()
    before = bench.usage().erased_sectors
    assert bench.offer(update.head, scenario.fragment_bytes) is Status.OK

    sectors = bench.usage().erased_sectors - before
    assert 64 + sectors <= scenario.setup().layout.download.size_bytes // 128
    assert bench.deliver(update.payload, scenario.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


def test_another_package_replaces_a_download(native: Native) -> None:
    bench, update = downloaded(native), full_update(SMALL.base, NEW_COUNTER)
    bench.trust(update.head, VERIFIER)

    assert bench.offer(update.head, SMALL.fragment_bytes) is Status.OK
    assert bench.state().lifecycle is LifecycleState.DOWNLOADING
    assert len(bench.missing()) == -(-len(update.payload) // SMALL.fragment_bytes)


def test_no_offer_is_taken_while_a_trial_is_under_way(native: Native) -> None:
    bench = staged(native)
    bench.boot()
    update = full_update(SMALL.base, NEW_COUNTER)
    bench.trust(update.head, VERIFIER)

    assert bench.offer(update.head, SMALL.fragment_bytes) is Status.ON_TRIAL
    assert bench.offer(update_of().head, SMALL.fragment_bytes) is Status.OK
    assert bench.abandon() is Status.OK
    assert bench.state().lifecycle is LifecycleState.TRIAL


def test_an_abandoned_update_is_forgotten(native: Native) -> None:
    bench = downloaded(native)

    assert bench.abandon() is Status.OK
    assert bench.state().lifecycle is LifecycleState.IDLE
    assert bench.install() is Status.OUT_OF_ORDER
    assert bench.receive(0, bytes(SMALL.fragment_bytes)) is Status.OUT_OF_ORDER


def test_calls_out_of_order_change_nothing(native: Native) -> None:
    bench = booted(native)
    operations = bench.usage().operations

    assert bench.install() is Status.OUT_OF_ORDER
    assert bench.confirm() is Status.OUT_OF_ORDER
    assert bench.receive(0, b"x") is Status.OUT_OF_ORDER
    assert bench.missing() == []
    assert bench.usage().operations == operations


def test_a_payload_that_is_not_the_signed_one_is_given_up_before_the_slot_is_touched(
    native: Native,
) -> None:
    bench, update = booted(native), update_of()
    slot = SMALL.setup().layout.slot_b
    bench.protect(slot.offset, slot.size_bytes)
    bench.offer(update.head, SMALL.fragment_bytes)
    payload = bytearray(update.payload)
    payload[700] ^= 1
    bench.deliver(bytes(payload), SMALL.fragment_bytes)

    assert bench.install() is Status.REJECTED_PAYLOAD
    assert bench.state().lifecycle is LifecycleState.IDLE
    assert bench.usage().traps == 0


def test_a_slot_that_changed_behind_a_checkpoint_is_not_staged(native: Native) -> None:
    """Rule 13."""
    bench = staged_halfway(native)
    bench.erase_flash(PAGES.setup().layout.slot_b.offset)

    assert bench.install() is Status.FAILED_STAGING
    assert bench.state().lifecycle is LifecycleState.IDLE


def test_a_checkpoint_of_one_package_means_nothing_to_the_next(native: Native) -> None:
    """Rule 16."""
    bench = staged_halfway(native)
    other = random.Random(9).randbytes(len(PAGES.new_image))
    update = full_update(other)
    bench.trust(update.head, VERIFIER)
    bench.offer(update.head, PAGES.fragment_bytes)
    bench.deliver(update.payload, PAGES.fragment_bytes)

    assert bench.install() is Status.OK
    assert bench.slot_is(1, other)


def test_staging_goes_on_from_its_checkpoint(native: Native) -> None:
    bench = staged_halfway(native)
    before = bench.usage().erased_sectors
    assert bench.install() is Status.OK

    pages = -(-len(PAGES.new_image) // 128)
    assert bench.usage().erased_sectors - before < pages
    assert bench.slot_is(1, PAGES.new_image)


@pytest.mark.parametrize("name", ["unit-4", "image-24k"])
def test_the_watchdog_is_served_between_any_two_flash_operations(native: Native, name: str) -> None:
    scenario = SCENARIOS[name]
    bench, update = booted(native, scenario), update_of(scenario)
    bench.offer(update.head, scenario.fragment_bytes)
    for index in bench.missing():
        start = index * scenario.fragment_bytes
        bench.receive(index, update.payload[start : start + scenario.fragment_bytes])
    bench.install()

    assert bench.longest_slice() == 1


def test_only_the_sectors_that_the_new_image_needs_are_erased(native: Native) -> None:
    bench = downloaded(native)
    before = bench.usage().erased_sectors
    bench.install()

    assert bench.usage().erased_sectors - before == -(-len(SMALL.new_image) // 512)
