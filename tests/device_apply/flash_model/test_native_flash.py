"""The flash model in C: stricter than hardware, and nasty in a way that can be repeated."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device_apply.errors import FlashError, PowerCut, ProfileError
from device_apply.flash_model import parts
from device_apply.flash_model.native import Native
from device_apply.flash_model.native_flash import NativeFlash, UnreadableError
from device_apply.flash_model.parts import ERASED_ONES, ERASED_ZEROS, FlashPart, Sector
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan

PART = FlashPart(sectors=(Sector(512, 20.0),) * 4, write_unit_bytes=8, program_unit_us=50.0)
OLD = bytes(range(256)) * 2
DATA = b"\x5a" * 64
BLANK = b"\xff" * 512


def flash_of(native: Native, part: FlashPart = PART) -> NativeFlash:
    return NativeFlash(part, native)


def cut(flash: NativeFlash, act: Callable[[], None], variant: CutVariant, seed: int = 0) -> None:
    flash.plan_cut(PowerCutPlan(operation=1, variant=variant, seed=seed))
    with pytest.raises(PowerCut):
        act()
    flash.power_on()


def after_cut_erase(native: Native, variant: CutVariant, seed: int = 0) -> NativeFlash:
    flash = flash_of(native)
    flash.program(0, OLD)
    cut(flash, lambda: flash.erase_sector(0), variant, seed)
    return flash


def after_cut_program(native: Native, variant: CutVariant, seed: int = 0) -> NativeFlash:
    flash = flash_of(native)
    cut(flash, lambda: flash.program(0, DATA), variant, seed)
    return flash


@pytest.mark.parametrize("erased_byte", [ERASED_ONES, ERASED_ZEROS])
@pytest.mark.parametrize("unit_bytes", [1, 4, 8, 16, 32])
def test_what_is_programmed_is_read_until_it_is_erased(
    native: Native, erased_byte: int, unit_bytes: int
) -> None:
    flash = flash_of(native, replace(PART, erased_byte=erased_byte, write_unit_bytes=unit_bytes))

    assert flash.read(0, 2048) == bytes([erased_byte]) * 2048
    flash.program(512, OLD)
    assert flash.read(512, 512) == OLD
    flash.erase_sector(512)
    assert flash.read(0, 2048) == bytes([erased_byte]) * 2048


@pytest.mark.parametrize(
    ("offset", "size"), [(4, 8), (0, 4), (0, 0), (2048, 8), (2040, 16), (2**32 - 8, 8)]
)
def test_a_program_that_is_unaligned_or_out_of_range_is_trapped(
    native: Native, offset: int, size: int
) -> None:
    flash = flash_of(native)

    with pytest.raises(FlashError, match="out of range, unaligned"):
        flash.program(offset, b"\0" * size)
    assert flash.usage.traps == 1
    assert flash.usage.operations == 0


@pytest.mark.parametrize("offset", [8, 511, 2048, 2**32 - 512])
def test_an_erase_that_no_sector_starts_at_is_trapped(native: Native, offset: int) -> None:
    flash = flash_of(native)

    with pytest.raises(FlashError, match="out of range, unaligned"):
        flash.erase_sector(offset)
    assert flash.usage.traps == 1


def test_a_read_that_leaves_the_flash_is_trapped(native: Native) -> None:
    with pytest.raises(FlashError, match="out of range"):
        flash_of(native).read(2040, 16)


def test_the_protected_range_can_be_read_only(native: Native) -> None:
    flash = flash_of(native)
    flash.protect(512, 512)

    with pytest.raises(FlashError, match="protected"):
        flash.erase_sector(512)
    with pytest.raises(FlashError, match="protected"):
        flash.program(504, bytes(16))
    flash.program(1024, bytes(16))
    assert flash.read(512, 8) == BLANK[:8]


def test_a_unit_is_programmed_once_even_with_the_same_bytes(native: Native) -> None:
    flash = flash_of(native)
    flash.program(0, DATA)

    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, DATA)
    assert flash.usage.traps == 0
    flash.erase_sector(0)
    flash.program(0, DATA)


def test_a_part_without_ecc_may_clear_more_bits_but_set_none(native: Native) -> None:
    flash = flash_of(native, replace(PART, program_once=False))
    flash.program(0, b"\xf0" * 8)
    flash.program(0, b"\x30" * 8)

    assert flash.read(0, 8) == b"\x30" * 8
    with pytest.raises(FlashError, match="not blank"):
        flash.program(0, b"\x31" * 8)


def test_sectors_may_differ_in_size(native: Native) -> None:
    flash = flash_of(native, parts.stm32f4())
    flash.erase_sector(64 << 10)
    flash.erase_sector(128 << 10)

    with pytest.raises(FlashError):
        flash.erase_sector(80 << 10)
    assert flash.erases_by_sector == (0, 0, 0, 0, 1, 1, 0, 0)
    assert flash.usage.busy_s == pytest.approx(1.55)


def test_operations_bytes_and_time_are_counted(native: Native) -> None:
    flash = flash_of(native)
    flash.program(0, DATA)
    flash.erase_sector(512)

    assert flash.usage.operations == 2
    assert flash.usage.programmed_bytes == 64
    assert flash.usage.busy_s == pytest.approx(0.02 + 8 * 50e-6)


@pytest.mark.parametrize(
    "part",
    [
        replace(PART, write_unit_bytes=3),
        replace(PART, sectors=()),
        replace(PART, erased_byte=0x7F),
        replace(PART, sectors=(Sector(100, 1.0),)),
    ],
)
def test_an_impossible_part_is_refused(native: Native, part: FlashPart) -> None:
    with pytest.raises(ValueError, match="no such part"):
        flash_of(native, part)


def test_a_part_with_sectors_of_different_sizes_has_no_geometry() -> None:
    with pytest.raises(ProfileError, match="different sizes"):
        parts.stm32f4().geometry()


def test_nothing_works_without_power(native: Native) -> None:
    flash = flash_of(native)
    flash.plan_cut(PowerCutPlan(operation=2, variant=CutVariant.DONE))
    flash.program(0, DATA)
    with pytest.raises(PowerCut):
        flash.erase_sector(512)

    with pytest.raises(PowerCut):
        flash.read(0, 1)
    with pytest.raises(PowerCut):
        flash.program(64, DATA)
    flash.power_on()
    assert flash.read(0, 64) == DATA


def test_a_cut_erase_may_not_have_begun_or_be_complete(native: Native) -> None:
    assert after_cut_erase(native, CutVariant.NOT_DONE).read(0, 512) == OLD
    done = after_cut_erase(native, CutVariant.DONE)
    assert done.read(0, 512) == BLANK
    done.program(0, OLD)
    assert done.read(0, 512) == OLD


def test_a_partial_erase_leaves_whole_units_at_one_end(native: Native) -> None:
    ends = set()
    for seed in range(40):
        content = after_cut_erase(native, CutVariant.PARTIAL, seed).read(0, 512)
        kept = [unit for unit in range(64) if content[unit * 8 :][:8] != BLANK[:8]]
        assert all(content[unit * 8 :][:8] == OLD[unit * 8 :][:8] for unit in kept)
        ends |= {kept[0] == 0} if kept else set()

    assert ends == {True, False}


def test_a_torn_erase_sets_some_bits_and_clears_none(native: Native) -> None:
    content = after_cut_erase(native, CutVariant.TORN).read(0, 512)

    assert content not in (OLD, BLANK)
    assert all(after & before == before for after, before in zip(content, OLD, strict=True))


def test_a_weak_sector_reads_blank_but_loses_what_it_is_given(native: Native) -> None:
    lost = 0
    for seed in range(20):
        flash = after_cut_erase(native, CutVariant.BLANK, seed)
        assert flash.read(0, 512) == BLANK
        flash.program(0, OLD)
        held = [flash.read(0, 512)]
        for _ in range(3):
            flash.power_on()
            held.append(flash.read(0, 512))
        lost += held.count(OLD) < len(held)
        flash.erase_sector(0)
        flash.program(0, OLD)
        flash.power_on()
        assert flash.read(0, 512) == OLD

    assert lost == 20


def test_an_unsettled_sector_reads_old_or_blank_at_each_power_on(native: Native) -> None:
    flash = after_cut_erase(native, CutVariant.UNSETTLED)
    seen = set()
    for _ in range(20):
        flash.power_on()
        seen.add(flash.read(0, 512))
        assert flash.read(0, 512) in seen

    assert seen == {OLD, BLANK}


def test_an_unreadable_sector_faults_somewhere(native: Native) -> None:
    flash = after_cut_erase(native, CutVariant.UNREADABLE)

    with pytest.raises(UnreadableError):
        flash.read(0, 512)
    flash.erase_sector(0)
    assert flash.read(0, 512) == BLANK


def test_a_cut_program_leaves_whole_units_and_at_most_one_torn(native: Native) -> None:
    for variant in (CutVariant.PARTIAL, CutVariant.TORN, CutVariant.BLANK):
        for seed in range(20):
            content = after_cut_program(native, variant, seed).read(0, 64)
            is_whole = [content[at : at + 8] == DATA[:8] for at in range(0, 64, 8)]
            is_blank = [content[at : at + 8] == BLANK[:8] for at in range(0, 64, 8)]
            reached = is_whole.index(False) if False in is_whole else 8
            assert all(is_blank[reached + 1 :])


def test_a_spent_unit_reads_blank_and_refuses(native: Native) -> None:
    spent = 0
    for seed in range(20):
        flash = after_cut_program(native, CutVariant.BLANK, seed)
        content = flash.read(0, 64)
        first_blank = next(at for at in range(0, 64, 8) if content[at : at + 8] == BLANK[:8])
        with pytest.raises(FlashError, match="not blank"):
            flash.program(first_blank, DATA[:8])
        spent += 1

    assert spent == 20


def test_an_unsettled_unit_reads_whole_or_torn_at_each_power_on(native: Native) -> None:
    flash = after_cut_program(native, CutVariant.UNSETTLED, seed=1)
    seen = set()
    for _ in range(20):
        flash.power_on()
        seen.add(flash.read(0, 64))

    assert len(seen) == 2


def test_an_unreadable_unit_faults_and_its_neighbours_do_not(native: Native) -> None:
    flash = after_cut_program(native, CutVariant.UNREADABLE)
    faults = 0
    for at in range(0, 64, 8):
        try:
            flash.read(at, 8)
        except UnreadableError:
            faults += 1

    assert faults == 1


@pytest.mark.parametrize("variant", list(CutVariant))
def test_the_same_seed_leaves_the_same_flash(native: Native, variant: CutVariant) -> None:
    def content(seed: int) -> list[bytes | None]:
        found: list[bytes | None] = []
        for make in (after_cut_erase, after_cut_program):
            flash = make(native, variant, seed)
            for at in range(0, 512, 8):
                try:
                    found.append(flash.read(at, 8))
                except UnreadableError:
                    found.append(None)
        return found

    assert content(7) == content(7)
    if variant not in (CutVariant.NOT_DONE, CutVariant.DONE):
        assert any(content(7) != content(seed) for seed in range(8, 16))
