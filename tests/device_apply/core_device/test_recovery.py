"""Recovery: the vendor's image for this device class, and none older than what worked last."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from device_apply.core.device.bench import DEFAULT_WORK_BYTES, Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import SlotAddressing
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.core_device.scenarios import Scenario, pages
from tests.device_apply.core_device.small_case import PAGES, SMALL
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    Update,
    base_image,
    full_update,
    manifest_for,
    seal,
)

LAST_WORKING = full_update(SMALL.base, security_counter=BASE_COUNTER)
NEWER = full_update(SMALL.new_image, security_counter=NEW_COUNTER)


def package(manifest: Manifest, payload: bytes) -> bytes:
    return seal(manifest) + payload


def broken_device(native: Native, scenario: Scenario = SMALL) -> Bench:
    """A device that worked and whose slots hold nothing any more."""
    bench = scenario.bench(native)
    assert bench.boot() is Status.OK
    bench.erase_flash(scenario.setup().layout.slot_a.offset)
    assert bench.boot() is Status.NOTHING_BOOTS
    return bench


def recover(bench: Bench, data: bytes, head: bytes, piece_bytes: int = 64) -> Status:
    bench.trust(head, VERIFIER)
    return recover_again(bench, data, piece_bytes)


def recover_again(bench: Bench, data: bytes, piece_bytes: int = 64) -> Status:
    assert bench.begin_recovery(len(data)) is Status.OK
    return bench.recover_from(data, piece_bytes)


@pytest.mark.parametrize("chosen", [LAST_WORKING, NEWER], ids=["last working", "newer"])
@pytest.mark.parametrize("piece_bytes", [1, 63, 64])
def test_a_device_comes_back_with_the_last_working_version_or_a_newer_one(
    native: Native, chosen: Update, piece_bytes: int
) -> None:
    bench = broken_device(native)

    assert recover(bench, chosen.head + chosen.payload, chosen.head, piece_bytes) is Status.OK
    assert bench.boot() is Status.OK
    assert bench.slot_is(bench.running_slot(), chosen.payload)
    assert bench.state().lifecycle is LifecycleState.IDLE
    assert bench.state().security_counter == (
        BASE_COUNTER if chosen is LAST_WORKING else NEW_COUNTER
    )


def test_an_older_image_than_the_last_working_one_is_refused_before_anything_is_erased(
    native: Native,
) -> None:
    """Rule 34."""
    bench = broken_device(native)
    older = full_update(SMALL.base, security_counter=BASE_COUNTER - 1)
    operations = bench.usage().operations

    status = recover(bench, older.head + older.payload, older.head)
    assert status is Status.REJECTED_SECURITY_COUNTER
    assert bench.usage().operations == operations


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (
            Status.REJECTED_CLASS,
            lambda m: replace(m, class_id=class_id(vendor_id("vendor.example"), "gateway")),
        ),
        (Status.REJECTED_SLOT, lambda m: replace(m, slot=0)),
    ],
)
def test_an_image_for_another_device_is_refused_before_anything_is_erased(
    native: Native, status: Status, change: Callable[[Manifest], Manifest]
) -> None:
    bench = broken_device(native)
    manifest = change(manifest_for(PayloadFormat.FULL, SMALL.base, SMALL.base, None))
    operations = bench.usage().operations

    assert recover(bench, package(manifest, SMALL.base), seal(manifest)) is status
    assert bench.usage().operations == operations


def test_an_image_that_nobody_signed_is_refused(native: Native) -> None:
    bench = broken_device(native)
    data = LAST_WORKING.head + LAST_WORKING.payload

    assert recover_again(bench, data) is Status.REJECTED_SIGNATURE


def test_a_patch_is_refused_for_it_has_no_base_image(native: Native) -> None:
    bench = broken_device(native)
    manifest = manifest_for(PayloadFormat.AIRDELTA, b"patch" * 9, SMALL.new_image, base_image())
    head = seal(manifest)

    assert recover(bench, head + b"patch" * 9, head) is Status.REJECTED_PAYLOAD_FORMAT


def test_every_flipped_bit_of_an_image_is_found_and_the_device_stays_in_recovery(
    native: Native,
) -> None:
    bench = broken_device(native)
    for at in range(0, len(LAST_WORKING.payload), 97):
        payload = bytearray(LAST_WORKING.payload)
        payload[at] ^= 1 << at % 8
        data = LAST_WORKING.head + bytes(payload)
        assert recover(bench, data, LAST_WORKING.head) is Status.REJECTED_PAYLOAD
        assert bench.boot() is Status.NOTHING_BOOTS
    whole = LAST_WORKING.head + LAST_WORKING.payload

    assert recover(bench, whole, LAST_WORKING.head) is Status.OK


def test_every_flipped_bit_of_a_head_is_refused(native: Native) -> None:
    bench = broken_device(native)
    bench.trust(LAST_WORKING.head, VERIFIER)
    for at in range(len(LAST_WORKING.head)):
        head = bytearray(LAST_WORKING.head)
        head[at] ^= 1 << at % 8
        status = recover_again(bench, bytes(head) + LAST_WORKING.payload)
        assert status < 0, at
    assert bench.boot() is Status.NOTHING_BOOTS


def test_a_source_may_pause_anywhere(native: Native) -> None:
    bench = broken_device(native)
    data = LAST_WORKING.head + LAST_WORKING.payload
    bench.trust(LAST_WORKING.head, VERIFIER)
    bench.begin_recovery(len(data))
    rng = random.Random(3)
    statuses = []
    while data:
        size = rng.randrange(1, 200)
        statuses.append(bench.recover_from(data[:size]))
        data = data[size:]

    assert set(statuses[:-1]) == {Status.WAITING}
    assert statuses[-1] is Status.OK


def test_bytes_that_are_no_package_end_at_the_limit_of_a_head(native: Native) -> None:
    bench = broken_device(native)
    operations = bench.usage().operations
    bench.begin_recovery(9999)

    assert bench.recovery_take(bytes(DEFAULT_WORK_BYTES)) is Status.OK
    assert bench.recovery_take(b"\0") is Status.REJECTED_FORMAT
    assert bench.recovery_take(b"\0") is Status.REJECTED_SIZE
    assert bench.usage().operations == operations


@pytest.mark.parametrize("less", [1, -1])
def test_a_package_of_another_size_than_announced_is_refused(native: Native, less: int) -> None:
    bench = broken_device(native)
    data = LAST_WORKING.head + LAST_WORKING.payload
    bench.trust(LAST_WORKING.head, VERIFIER)
    bench.begin_recovery(len(data) - less)

    assert bench.recovery_take(LAST_WORKING.head) is Status.REJECTED_SIZE


def test_the_slot_that_still_holds_an_image_is_kept(native: Native) -> None:
    bench = SMALL.bench(native)
    assert bench.boot() is Status.OK
    bench.protect(SMALL.setup().layout.slot_a.offset, SMALL.setup().layout.slot_a.size_bytes)

    assert recover(bench, NEWER.head + NEWER.payload, NEWER.head) is Status.OK
    assert bench.usage().traps == 0
    assert bench.boot() is Status.OK
    assert bench.running_slot() == 1


def test_without_a_state_log_the_port_says_what_is_too_old(native: Native) -> None:
    bench = Bench(SMALL.setup(), native)
    bench.trust(LAST_WORKING.head, VERIFIER)
    data = LAST_WORKING.head + LAST_WORKING.payload
    assert bench.boot() is Status.STATE_LOST
    assert bench.begin_recovery(len(data), BASE_COUNTER + 1) is Status.OK
    assert bench.recover_from(data) is Status.REJECTED_SECURITY_COUNTER
    assert bench.begin_recovery(len(data), BASE_COUNTER) is Status.OK
    assert bench.recover_from(data) is Status.OK

    assert bench.boot() is Status.OK


@pytest.mark.parametrize("slot", [0, 1])
def test_code_that_runs_in_place_goes_to_the_slot_it_is_linked_for(
    native: Native, slot: int
) -> None:
    setup = SMALL.setup()
    per_slot = replace(setup.layout, slot_addressing=SlotAddressing.PER_SLOT)
    bench = Bench(replace(setup, layout=per_slot), native)
    manifest = replace(manifest_for(PayloadFormat.FULL, SMALL.base, SMALL.base, None), slot=slot)

    assert recover(bench, package(manifest, SMALL.base), seal(manifest)) is Status.OK
    assert bench.boot() is Status.OK
    assert bench.running_slot() == slot


@pytest.mark.parametrize("scenario", [SMALL, PAGES, replace(SMALL, part=pages(24, 512, 32))])
def test_a_cut_at_every_operation_of_a_recovery_leaves_a_device_that_can_be_recovered(
    native: Native, scenario: Scenario
) -> None:
    update = full_update(scenario.base, security_counter=BASE_COUNTER)
    data = update.head + update.payload
    whole = broken_device(native, scenario)
    before = whole.usage().operations
    assert recover(whole, data, update.head) is Status.OK
    operations = whole.usage().operations - before
    for operation in range(1, operations + 1):
        for variant in CutVariant:
            bench = broken_device(native, scenario)
            bench.trust(update.head, VERIFIER)
            bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))
            assert recover_again(bench, data) is Status.POWER_LOST
            if bench.boot() is not Status.OK:
                assert recover_again(bench, data) is Status.OK
                assert bench.boot() is Status.OK
            assert bench.slot_is(bench.running_slot(), scenario.base)
