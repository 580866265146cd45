"""A device with one slot that runs, and a second area from which the bootloader copies."""

from typing import Final

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from tests.device_apply.core_device.scenarios import SCENARIOS
from tests.device_apply.core_device.small_case import booted, staged
from tests.device_apply.small_device import BASE_COUNTER, NEW_COUNTER

OVERWRITE: Final = SCENARIOS["overwrite-128"]
TRIAL_BOOTS: Final = 3
STATED_AGAIN: Final = 1
"""Operations of a boot that changes nothing: it states the state again."""


def cut_in_the_commit(native: Native) -> Bench:
    """A device whose power failed when half of the slot was overwritten."""
    bench = staged(native, OVERWRITE)
    bench.plan_cut(PowerCutPlan(operation=20, variant=CutVariant.TORN, seed=1))
    assert bench.boot() is Status.POWER_LOST
    bench.plan_cut(None)
    assert not bench.slot_is(0, OVERWRITE.base)
    return bench


def test_the_slot_is_overwritten_and_the_new_image_confirmed(native: Native) -> None:
    bench = staged(native, OVERWRITE)

    assert bench.boot() is Status.OK
    assert bench.running_slot() == 0
    assert bench.slot_is(0, OVERWRITE.new_image)
    assert bench.confirm() is Status.OK
    assert bench.state().security_counter == NEW_COUNTER


def test_booting_again_after_success_changes_nothing(native: Native) -> None:
    bench = staged(native, OVERWRITE)
    assert bench.boot() is Status.OK
    assert bench.confirm() is Status.OK
    bench.boot()
    before = bench.usage().operations
    bench.boot()

    assert bench.usage().operations - before == STATED_AGAIN


def test_the_old_image_runs_until_the_commit_is_permitted(native: Native) -> None:
    """Rule 17b."""
    bench = staged(native, OVERWRITE)
    bench.permit(may_commit=False)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, OVERWRITE.base)
    bench.permit(may_commit=True)
    assert bench.boot() is Status.OK
    assert bench.slot_is(0, OVERWRITE.new_image)


def test_a_commit_that_began_is_finished_without_asking_again(native: Native) -> None:
    """Rule 17."""
    bench = cut_in_the_commit(native)
    bench.permit(may_commit=False)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, OVERWRITE.new_image)


def test_an_image_that_never_confirms_is_given_up_and_recovery_is_asked_for(
    native: Native,
) -> None:
    """Rule 18."""
    bench = staged(native, OVERWRITE)
    for _ in range(TRIAL_BOOTS):
        assert bench.boot() is Status.OK

    assert bench.boot() is Status.NOTHING_BOOTS
    assert bench.boot() is Status.NOTHING_BOOTS
    assert bench.provision(0, OVERWRITE.base, BASE_COUNTER) is Status.OK
    assert bench.boot() is Status.OK
    assert bench.slot_is(0, OVERWRITE.base)


def test_a_staged_image_that_faded_is_not_copied(native: Native) -> None:
    bench = staged(native, OVERWRITE)
    bench.erase_flash(OVERWRITE.setup().layout.slot_b.offset)

    assert bench.boot() is Status.OK
    assert bench.slot_is(0, OVERWRITE.base)
    assert bench.offer(OVERWRITE.update().head, OVERWRITE.fragment_bytes) is Status.OK


def test_a_source_that_fades_in_the_middle_leads_to_recovery_and_never_runs(
    native: Native,
) -> None:
    bench = cut_in_the_commit(native)
    slot_b = OVERWRITE.setup().layout.slot_b
    native.lib.flash_model_power_on(native.lib.bench_flash(bench.handle))
    bench.erase_flash(slot_b.offset + slot_b.size_bytes - 128)

    assert bench.boot() is Status.NOTHING_BOOTS


def test_nothing_of_the_slot_changes_while_an_update_is_downloaded_and_staged(
    native: Native,
) -> None:
    bench = booted(native, OVERWRITE)
    slot = OVERWRITE.setup().layout.slot_a
    bench.protect(slot.offset, slot.size_bytes)
    update = OVERWRITE.update()
    assert bench.offer(update.head, OVERWRITE.fragment_bytes) is Status.OK
    assert bench.deliver(update.payload, OVERWRITE.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK

    assert bench.usage().traps == 0
