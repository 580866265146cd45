"""The state store: after any history of power cuts the state is the last or the one being stated.

Every test of a rule in the module's docstring fails when that rule is removed.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from device_apply.device_state import DeviceState, StateRecord
from device_apply.errors import FlashError, PowerCut
from device_apply.lifecycle import LifecycleState
from device_apply.profile import FlashGeometry, Region
from device_apply.simulator.nor_flash import NorFlash
from device_apply.simulator.power_cuts import (
    CutVariant,
    PlannedCut,
    cuts_label,
    draw_cuts,
)
from device_apply.state_store import StateLost, StateStore
from tests.device_apply.watched_flash import RefusalCounter

START = DeviceState(
    lifecycle=LifecycleState.IDLE, confirmed_slot=0, security_counter=0, slots=(None, None)
)


def flash_of(sector_bytes: int = 512, write_unit_bytes: int = 4, sectors: int = 2) -> NorFlash:
    return NorFlash(
        FlashGeometry(
            base_address=0,
            size_bytes=sector_bytes * sectors,
            sector_bytes=sector_bytes,
            write_unit_bytes=write_unit_bytes,
            erase_sector_ms=85.0,
            program_unit_us=41.0,
        )
    )


def whole(flash: NorFlash) -> Region:
    return Region(offset=0, size_bytes=flash.geometry.size_bytes)


def counted(counter: int) -> DeviceState:
    return replace(START, security_counter=counter)


def open_counter(flash: NorFlash) -> int:
    return StateStore.open(flash, whole(flash)).state.security_counter


def test_what_was_stated_last_is_found_after_a_reset() -> None:
    flash = flash_of()
    store = StateStore.create(flash, whole(flash), START)
    for counter in range(1, 50):
        store.append(counted(counter))
        assert store.state.security_counter == counter
        assert open_counter(flash) == counter
        store = StateStore.open(flash, whole(flash))


def test_a_flash_without_a_record_has_lost_its_state() -> None:
    flash = flash_of()

    with pytest.raises(StateLost, match="no valid record"):
        StateStore.open(flash, whole(flash))


def test_provisioning_again_forgets_the_history() -> None:
    flash = flash_of()
    store = StateStore.create(flash, whole(flash), counted(9))
    for counter in range(10, 30):
        store.append(counted(counter))
    StateStore.create(flash, whole(flash), START)

    assert open_counter(flash) == 0


def test_a_sector_is_erased_once_for_all_the_records_it_holds() -> None:
    flash = flash_of(sector_bytes=4096)
    store = StateStore.create(flash, whole(flash), START)
    before = flash.usage.erased_sectors
    for counter in range(30):  # 32 places, of which two hold the birth record
        store.append(counted(counter))

    assert flash.usage.erased_sectors == before
    store.append(counted(30))
    assert flash.usage.erased_sectors == before + 1


def test_wear_is_spread_over_all_banks() -> None:
    flash = flash_of(sectors=4)
    store = StateStore.create(flash, whole(flash), START)
    for counter in range(200):
        store.append(counted(counter))

    assert max(flash.erases_by_sector) - min(flash.erases_by_sector) <= 1


def test_a_bank_takes_several_small_sectors() -> None:
    flash = flash_of(sector_bytes=128, sectors=8)
    store = StateStore.create(flash, whole(flash), START)
    for counter in range(1, 20):
        store.append(counted(counter))

    assert open_counter(flash) == 19


def test_opening_states_the_state_again() -> None:
    """Rule 5."""
    flash = flash_of(sector_bytes=4096)
    StateStore.create(flash, whole(flash), START)
    before = flash.usage.programmed_bytes
    StateStore.open(flash, whole(flash))

    assert flash.usage.programmed_bytes == before + StateRecord.SIZE


def test_a_record_that_reads_torn_once_never_comes_back() -> None:
    """Rules 1 and 5: what one boot has shown, no later boot takes back."""
    for seed in range(64):
        flash = flash_of(sector_bytes=4096)
        store = StateStore.create(flash, whole(flash), START)
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.UNSTABLE, seed=seed))
        with pytest.raises(PowerCut):
            store.append(counted(1))
        flash.power_on()
        shown = open_counter(flash)
        for _ in range(8):
            flash.power_on()
            assert open_counter(flash) == shown


def test_a_spent_unit_that_reads_blank_is_stepped_over() -> None:
    """Rule 2."""
    for seed in range(16):
        flash = flash_of(sector_bytes=4096, write_unit_bytes=32)
        store = StateStore.create(flash, whole(flash), START)
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.BLANK, seed=seed))
        with pytest.raises(PowerCut):
            store.append(counted(1))
        flash.power_on()
        store = StateStore.open(flash, whole(flash))
        store.append(counted(2))
        assert open_counter(flash) == 2


class WornFlash(NorFlash):
    """A flash that erases but no longer takes data."""

    def program(self, offset: int, data: bytes) -> None:
        raise FlashError(f"worn out: {len(data)} bytes at {offset:#x}")


def test_a_worn_out_bank_is_reported_and_not_taken_for_a_state() -> None:
    flash = WornFlash(flash_of().geometry)

    with pytest.raises(FlashError, match="state bank 0 refuses to be programmed after its erase"):
        StateStore.create(flash, whole(flash), START)


def test_a_store_that_was_not_opened_knows_no_state() -> None:
    flash = flash_of()

    with pytest.raises(RuntimeError, match=r"comes from open\(\) or create\(\)"):
        StateStore(flash, whole(flash)).append(START)


def test_a_place_that_does_not_read_blank_is_never_programmed_again() -> None:
    """Rule 2: parts without ECC would not refuse, but mix the two records."""
    for seed in range(16):
        flash = flash_of(sector_bytes=4096)
        store = StateStore.create(flash, whole(flash), START)
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.TORN, seed=seed))
        with pytest.raises(PowerCut):
            store.append(counted(1))
        flash.power_on()
        counter = RefusalCounter(flash)
        StateStore.open(counter, whole(flash)).append(counted(2))
        assert counter.refused == 0


@pytest.mark.parametrize("seed", range(8))
def test_no_series_of_cuts_around_a_change_of_banks_loses_the_state(seed: int) -> None:
    """Rule 4: a bank that is begun holds one record that no cut has touched.

    Every record of the new bank may read torn at the same boot, when the old bank is being erased.
    """
    rng = random.Random(seed)
    variants = (CutVariant.UNSTABLE, CutVariant.UNSTABLE, CutVariant.BLANK)
    for _ in range(120):
        # The bank is full after its birth and two more records: the next append erases (operation
        # 3) and programs (4).
        first = PlannedCut(operation=rng.choice((4, 5)), variant=CutVariant.UNSTABLE)
        following = tuple(
            PlannedCut(
                operation=rng.randint(1, 2), variant=rng.choice(variants), seed=rng.randrange(999)
            )
            for _ in range(rng.randint(3, 7))
        )
        cuts = (replace(first, seed=rng.randrange(999)), *following)
        try:
            count_up(flash_of(), cuts)
        except BaseException as error:
            error.add_note(f"history {cuts_label(cuts)}")
            raise


def histories(
    sector_bytes: int, write_unit_bytes: int, cases: int
) -> Iterator[tuple[str, NorFlash, tuple[PlannedCut, ...]]]:
    for seed in range(cases):
        rng = random.Random(f"{sector_bytes}/{write_unit_bytes}/{seed}")
        cuts = draw_cuts(rng, rng.randint(1, 9), 12)
        label = f"{sector_bytes}/{write_unit_bytes}/{cuts_label(cuts)}"
        flash = flash_of(sector_bytes, write_unit_bytes, sectors=2 if sector_bytes > 128 else 8)
        yield label, flash, cuts


def count_up(flash: NorFlash, cuts: tuple[PlannedCut, ...]) -> None:
    """Count to 12 in flash while the power fails, checking that every boot sees what it must."""
    StateStore.create(flash, whole(flash), START)
    waiting = list(cuts)
    flash.plan_cut(waiting.pop(0))
    shown = stated = 0
    for _ in range(12 + len(cuts)):
        try:
            store = StateStore.open(flash, whole(flash))
            found = store.state.security_counter
            # What was shown or finished before must be there; what was begun may be.
            assert shown <= found <= max(shown, stated)
            shown = stated = found
            while shown < 12:
                stated = shown + 1
                store.append(counted(stated))
                shown = stated
        except PowerCut:
            flash.power_on()
            flash.plan_cut(waiting.pop(0) if waiting else None)
    flash.plan_cut(None)
    assert open_counter(flash) == 12


@pytest.mark.parametrize("write_unit_bytes", [1, 4, 32])
@pytest.mark.parametrize("sector_bytes", [128, 512, 1024])
def test_counting_survives_every_drawn_history_of_cuts(
    sector_bytes: int, write_unit_bytes: int
) -> None:
    for label, flash, cuts in histories(sector_bytes, write_unit_bytes, 80):
        try:
            count_up(flash, cuts)
        except BaseException as error:
            error.add_note(f"history {label}")
            raise


@pytest.mark.parametrize("variant", CutVariant)
@pytest.mark.parametrize("write_unit_bytes", [1, 4, 32])
def test_counting_survives_a_cut_at_every_operation(
    write_unit_bytes: int, variant: CutVariant
) -> None:
    for operation in range(1, 30):
        for seed in range(5):
            cut = PlannedCut(operation=operation, variant=variant, seed=seed)
            try:
                count_up(flash_of(write_unit_bytes=write_unit_bytes), (cut,))
            except BaseException as error:
                error.add_note(f"history {write_unit_bytes}/{cut.label}")
                raise


@pytest.mark.slow
@pytest.mark.parametrize("write_unit_bytes", [1, 4, 8, 32])
@pytest.mark.parametrize("sector_bytes", [128, 512, 1024])
def test_counting_survives_very_many_histories(sector_bytes: int, write_unit_bytes: int) -> None:
    for label, flash, cuts in histories(sector_bytes, write_unit_bytes, 10_000):
        try:
            count_up(flash, cuts)
        except BaseException as error:
            error.add_note(f"history {label}")
            raise
