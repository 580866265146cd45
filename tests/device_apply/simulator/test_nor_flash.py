"""The flash model: strict about every rule of NOR flash, and nasty when the power fails."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FlashError, PowerCut
from device_apply.profile import FlashGeometry
from device_apply.simulator.nor_flash import NorFlash
from device_apply.simulator.power_cuts import CutVariant, PlannedCut

SECTOR = 64
BLANK_SECTOR = b"\xff" * SECTOR


def flash_of(write_unit_bytes: int = 4) -> NorFlash:
    return NorFlash(
        FlashGeometry(
            base_address=0x1000,
            size_bytes=4 * SECTOR,
            sector_bytes=SECTOR,
            write_unit_bytes=write_unit_bytes,
            erase_sector_ms=85.0,
            program_unit_us=41.0,
        )
    )


def cut_program(variant: CutVariant, data: bytes, seed: int = 0) -> NorFlash:
    flash = flash_of()
    flash.plan_cut(PlannedCut(operation=1, variant=variant, seed=seed))
    with pytest.raises(PowerCut):
        flash.program(0, data)
    flash.power_on()
    return flash


def cut_erase(variant: CutVariant, seed: int = 0) -> NorFlash:
    flash = flash_of()
    flash.program(0, bytes(SECTOR))
    flash.plan_cut(PlannedCut(operation=1, variant=variant, seed=seed))
    with pytest.raises(PowerCut):
        flash.erase_sector(0)
    flash.power_on()
    return flash


def test_a_new_flash_is_blank() -> None:
    assert flash_of().read(0, 4 * SECTOR) == b"\xff" * 4 * SECTOR


def test_what_was_programmed_reads_back_until_the_sector_is_erased() -> None:
    flash = flash_of()
    flash.program(SECTOR, b"12345678")

    assert flash.read(SECTOR, 8) == b"12345678"
    flash.erase_sector(SECTOR)
    assert flash.read(SECTOR, SECTOR) == BLANK_SECTOR


def test_erasing_a_sector_leaves_its_neighbours_alone() -> None:
    flash = flash_of()
    for sector in range(4):
        flash.program(sector * SECTOR, bytes(SECTOR))
    flash.erase_sector(SECTOR)

    assert flash.read(0, 4 * SECTOR) == bytes(SECTOR) + BLANK_SECTOR + bytes(2 * SECTOR)


@pytest.mark.parametrize("again", [b"\xff" * 4, b"1234", b"\0" * 4])
def test_a_unit_is_programmed_once_whatever_the_bytes(again: bytes) -> None:
    flash = flash_of()
    flash.program(0, b"1234")

    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, again)
    assert flash.read(0, 4) == b"1234"


def test_a_unit_programmed_with_blank_bytes_is_spent() -> None:
    flash = flash_of()
    flash.program(0, b"\xff" * 4)

    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, b"1234")


def test_one_spent_unit_refuses_the_whole_program() -> None:
    flash = flash_of()
    flash.program(8, b"1234")

    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, bytes(16))
    assert flash.read(0, 8) == b"\xff" * 8


@pytest.mark.parametrize(("offset", "size"), [(2, 4), (0, 6), (0, 0), (1, 1)])
def test_programming_less_than_whole_units_is_refused(offset: int, size: int) -> None:
    with pytest.raises(FlashError, match="not whole units of 4"):
        flash_of().program(offset, bytes(size))


@pytest.mark.parametrize("offset", [-4, 4 * SECTOR, 4 * SECTOR - 4])
def test_leaving_the_flash_is_refused(offset: int) -> None:
    flash = flash_of()

    with pytest.raises(FlashError, match="leaves the flash"):
        flash.program(offset, bytes(8))
    with pytest.raises(FlashError, match="leaves the flash"):
        flash.read(offset, 8)


@pytest.mark.parametrize("offset", [4, SECTOR - 1, SECTOR + 4])
def test_erasing_at_no_sector_boundary_is_refused(offset: int) -> None:
    with pytest.raises(FlashError, match="no sector starts there"):
        flash_of().erase_sector(offset)


@pytest.mark.parametrize("offset", [-SECTOR, 4 * SECTOR])
def test_erasing_behind_the_flash_is_refused(offset: int) -> None:
    with pytest.raises(FlashError, match="leaves the flash"):
        flash_of().erase_sector(offset)


def test_a_refused_operation_costs_nothing() -> None:
    flash = flash_of()
    flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.NOT_DONE))
    with pytest.raises(FlashError):
        flash.program(1, b"1234")
    with pytest.raises(FlashError):
        flash.erase_sector(1)

    assert flash.usage.operations == 0
    with pytest.raises(PowerCut):
        flash.program(0, b"1234")


def test_operations_sectors_bytes_and_time_are_counted() -> None:
    flash = flash_of()
    flash.erase_sector(SECTOR)
    flash.erase_sector(SECTOR)
    flash.program(0, bytes(12))

    assert flash.erases_by_sector == (0, 2, 0, 0)
    assert flash.usage.erased_sectors == 2
    assert flash.usage.programmed_bytes == 12
    assert flash.usage.operations == 3
    assert flash.usage.busy_s == pytest.approx(2 * 0.085 + 3 * 41e-6)


def test_a_flash_without_power_answers_nobody() -> None:
    flash = flash_of()
    flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.DONE))
    with pytest.raises(PowerCut):
        flash.erase_sector(0)

    for attempt in (
        lambda: flash.read(0, 4),
        lambda: flash.program(0, b"1234"),
        lambda: flash.erase_sector(0),
    ):
        with pytest.raises(RuntimeError, match="no power"):
            attempt()
    flash.power_on()
    assert flash.read(0, 4) == b"\xff" * 4


def test_no_handler_of_exceptions_can_swallow_a_power_cut() -> None:
    assert not issubclass(PowerCut, Exception)


@pytest.mark.parametrize("operation", [1, 2, 3])
def test_a_cut_hits_the_operation_it_was_planned_for(operation: int) -> None:
    flash = flash_of()
    flash.erase_sector(0)
    flash.plan_cut(PlannedCut(operation=operation, variant=CutVariant.DONE))
    for unit in range(operation - 1):
        flash.program(4 * unit, b"1234")

    with pytest.raises(PowerCut, match=f"{operation}:done:0"):
        flash.program(SECTOR, b"1234")


def test_a_cut_that_was_taken_back_does_not_happen() -> None:
    flash = flash_of()
    flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.DONE))
    flash.plan_cut(None)

    flash.program(0, b"1234")


def test_an_erase_that_was_not_done_changes_nothing() -> None:
    assert cut_erase(CutVariant.NOT_DONE).read(0, SECTOR) == bytes(SECTOR)


def test_an_erase_that_was_done_leaves_a_sound_sector() -> None:
    flash = cut_erase(CutVariant.DONE)
    flash.program(0, b"1234")

    assert flash.read(0, SECTOR) == b"1234" + b"\xff" * (SECTOR - 4)


def test_a_partial_erase_keeps_one_end_of_the_sector_and_its_units_stay_spent() -> None:
    ends = set()
    for seed in range(40):
        flash = cut_erase(CutVariant.PARTIAL, seed)
        content = flash.read(0, SECTOR)
        kept = content.count(0)
        assert kept % 4 == 0
        assert content in (
            bytes(kept) + b"\xff" * (SECTOR - kept),
            b"\xff" * (SECTOR - kept) + bytes(kept),
        )
        if 0 < kept < SECTOR:
            ends.add(content[0])
            with pytest.raises(FlashError, match="not blank"):
                flash.program(content.index(0), b"1234")
    assert ends == {0x00, 0xFF}


def test_a_torn_erase_sets_only_some_bits_and_every_unit_stays_spent() -> None:
    flash = cut_erase(CutVariant.TORN)

    assert flash.read(0, SECTOR) not in (bytes(SECTOR), BLANK_SECTOR)
    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, b"1234")


def test_a_weak_sector_reads_blank_but_does_not_hold_data_until_it_is_erased_again() -> None:
    flash = cut_erase(CutVariant.BLANK)

    assert flash.read(0, SECTOR) == BLANK_SECTOR
    flash.program(0, bytes(32))
    assert flash.read(0, 32) != bytes(32)
    flash.erase_sector(0)
    flash.program(0, bytes(32))
    assert flash.read(0, 32) == bytes(32)


def test_an_unstable_sector_reads_old_or_blank_anew_at_each_power_on() -> None:
    flash = cut_erase(CutVariant.UNSTABLE)
    seen = set()
    for _ in range(20):
        flash.power_on()
        seen.add(flash.read(0, SECTOR))

    assert seen == {bytes(SECTOR), BLANK_SECTOR}
    flash.erase_sector(0)
    flash.power_on()
    assert flash.read(0, SECTOR) == BLANK_SECTOR


def test_a_program_that_was_not_done_leaves_the_units_usable() -> None:
    flash = cut_program(CutVariant.NOT_DONE, b"12345678")
    flash.program(0, b"abcdefgh")

    assert flash.read(0, 8) == b"abcdefgh"


def test_a_program_that_was_done_is_whole() -> None:
    assert cut_program(CutVariant.DONE, b"12345678").read(0, 8) == b"12345678"


def test_a_partial_program_leaves_whole_units_from_the_start() -> None:
    data = random.Random(1).randbytes(32)
    lengths = set()
    for seed in range(40):
        content = cut_program(CutVariant.PARTIAL, data, seed).read(0, 32)
        done = 32 - len(content.removeprefix(content.rstrip(b"\xff")))
        assert done % 4 == 0
        assert content == data[:done] + b"\xff" * (32 - done)
        lengths.add(done)
    assert len(lengths) > 4


def test_a_torn_program_ends_in_a_unit_with_only_some_bits_cleared() -> None:
    torn_units = 0
    for seed in range(40):
        flash = cut_program(CutVariant.TORN, bytes(32), seed)
        units = [flash.read(at, 4) for at in range(0, 32, 4)]
        whole = units.count(bytes(4))
        assert units[:whole] == [bytes(4)] * whole
        assert units[whole + 1 :] == [b"\xff" * 4] * (7 - whole)
        torn_units += units[whole] not in (bytes(4), b"\xff" * 4)
        with pytest.raises(FlashError, match="not blank"):
            flash.program(4 * whole, b"1234")
    assert torn_units > 30


def test_a_unit_can_read_blank_and_still_refuse() -> None:
    flash = cut_program(CutVariant.BLANK, bytes(4))

    assert flash.read(0, 4) == b"\xff" * 4
    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, b"1234")


def test_an_unstable_unit_reads_whole_or_torn_anew_at_each_power_on() -> None:
    flash = cut_program(CutVariant.UNSTABLE, bytes(4))
    seen = set()
    for _ in range(20):
        flash.power_on()
        seen.add(flash.read(0, 4))

    assert len(seen) == 2
    assert bytes(4) in seen
    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, b"1234")


@given(st.sampled_from(CutVariant), st.integers(0, 2**16), st.binary(min_size=1, max_size=8))
def test_a_cut_leaves_the_same_cells_every_time(
    variant: CutVariant, seed: int, words: bytes
) -> None:
    data = words * 4
    contents = {cut_program(variant, data, seed).read(0, 4 * SECTOR) for _ in range(2)}
    contents_of_erase = {cut_erase(variant, seed).read(0, 4 * SECTOR) for _ in range(2)}

    assert len(contents) == 1
    assert len(contents_of_erase) == 1


@given(st.sampled_from(CutVariant), st.integers(0, 2**16), st.binary(min_size=1, max_size=8))
def test_an_interrupted_program_never_sets_a_bit_nor_leaves_its_range(
    variant: CutVariant, seed: int, words: bytes
) -> None:
    data = words * 4
    flash = cut_program(variant, data, seed)
    content = flash.read(0, len(data))

    assert all(have & want == want for have, want in zip(content, data, strict=True))
    assert flash.read(len(data), SECTOR) == BLANK_SECTOR
