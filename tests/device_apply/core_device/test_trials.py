"""Trials: confirmed or reverted as a whole, wherever power fails and wherever the log stands."""

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from tests.device_apply.core_device.small_case import PAGES, booted
from tests.device_apply.small_device import BASE_COUNTER, NEW_COUNTER

PLACES_OF_A_BANK = 8
TRIAL_BOOTS = 3


def staged_after(native: Native, boots: int) -> Bench:
    """A device with an update staged, whose state log stands so many records further."""
    bench, package = booted(native, PAGES), PAGES.package()
    for _ in range(boots):
        assert bench.boot() is Status.OK
    assert bench.offer(package.head, PAGES.fragment_bytes) is Status.OK
    assert bench.deliver(package.payload, PAGES.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK
    return bench


def cut(bench: Bench, operation: int, variant: CutVariant) -> None:
    bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))


def require_counter_of_image(bench: Bench) -> None:
    state = bench.state()
    is_confirmed = state.lifecycle is LifecycleState.CONFIRMED
    runs_new = bench.slot_is(bench.running_slot(), PAGES.new_image)

    assert runs_new == (is_confirmed or state.lifecycle is LifecycleState.TRIAL)
    assert state.security_counter == (NEW_COUNTER if is_confirmed else BASE_COUNTER)


@pytest.mark.parametrize("boots", range(PLACES_OF_A_BANK))
@pytest.mark.parametrize("variant", list(CutVariant))
def test_a_cut_at_every_operation_of_a_confirmation_keeps_image_and_counter_together(
    native: Native, variant: CutVariant, boots: int
) -> None:
    """With every place of the state log as its tail, the change of banks included."""
    operation, was_cut = 0, True
    while was_cut:
        operation += 1
        bench = staged_after(native, boots)
        assert bench.boot() is Status.OK
        cut(bench, operation, variant)
        was_cut = bench.confirm() is Status.POWER_LOST
        bench.plan_cut(None)
        assert bench.boot() is Status.OK
        require_counter_of_image(bench)
        assert bench.confirm() is Status.OK
        assert bench.boot() is Status.OK
        require_counter_of_image(bench)
        assert bench.state().lifecycle is LifecycleState.CONFIRMED


@pytest.mark.parametrize("boots", range(PLACES_OF_A_BANK))
@pytest.mark.parametrize("variant", list(CutVariant))
def test_a_cut_at_every_operation_of_a_boot_that_reverts_ends_with_the_base_image(
    native: Native, variant: CutVariant, boots: int
) -> None:
    operation, was_cut = 0, True
    while was_cut:
        operation += 1
        bench = staged_after(native, boots)
        for _ in range(TRIAL_BOOTS):
            assert bench.boot() is Status.OK
        cut(bench, operation, variant)
        was_cut = bench.boot() is Status.POWER_LOST
        bench.plan_cut(None)
        assert bench.boot() is Status.OK
        require_counter_of_image(bench)
        assert bench.state().lifecycle is LifecycleState.REVERTED
        assert bench.slot_is(bench.running_slot(), PAGES.base)
        assert bench.offer(PAGES.package().head, PAGES.fragment_bytes) is Status.OK
    assert operation > 2


@pytest.mark.parametrize("resets", range(TRIAL_BOOTS + 2))
def test_a_watchdog_reset_in_a_trial_boot_counts_as_a_failed_boot(
    native: Native, resets: int
) -> None:
    """The boot is counted before the image runs, so it need not come as far as saying so."""
    bench = staged_after(native, 0)
    for _ in range(resets):
        assert bench.boot() is Status.OK  # and the image hangs until the watchdog bites
    assert bench.boot() is Status.OK

    is_over = resets >= TRIAL_BOOTS
    assert bench.slot_is(bench.running_slot(), PAGES.base) == is_over
    assert (bench.state().lifecycle is LifecycleState.REVERTED) == is_over


@pytest.mark.parametrize("variant", list(CutVariant))
def test_a_cut_while_a_trial_boot_is_counted_never_gives_one_more(
    native: Native, variant: CutVariant
) -> None:
    for operation in range(1, 4):
        bench = staged_after(native, 0)
        cut(bench, operation, variant)
        boots = 0
        while boots < 2 * TRIAL_BOOTS:
            status = bench.boot()
            bench.plan_cut(None)
            if status is Status.OK and bench.state().lifecycle is not LifecycleState.TRIAL:
                break
            boots += status is Status.OK

        assert boots <= TRIAL_BOOTS
        assert bench.state().lifecycle is LifecycleState.REVERTED
