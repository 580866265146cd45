"""The state log: after any history of power cuts the state is the last or the one being stated."""

import struct
from collections.abc import Iterator
from itertools import product
from zlib import crc32

import pytest

from device_apply.flash_model.native import Native
from device_apply.flash_model.parts import ERASED_ZEROS
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from tests.device_apply.core_device.log_histories import LogFlash, LogHistory, first_loss
from tests.device_apply.core_device.small_case import SMALL, confirmed

FLASHES = [
    LogFlash(1, program_once=True),
    LogFlash(8, program_once=True),
    LogFlash(32, program_once=True),
    LogFlash(16, program_once=True, erased_byte=ERASED_ZEROS),
    LogFlash(4, program_once=False),
    LogFlash(32, program_once=False),
    LogFlash(1, program_once=False, erased_byte=ERASED_ZEROS),
]


def cut(operation: int, variant: CutVariant, seed: int = 0) -> PowerCutPlan:
    return PowerCutPlan(operation=operation, variant=variant, seed=seed)


def cut_births() -> Iterator[LogHistory]:
    """Histories in which the birth of a bank is cut, then the erase of that bank.

    Seven appends fill the first bank, so the next boot's restating begins the second: erase, birth.
    """
    flash = LogFlash(8, program_once=True)
    for birth_seed, erase_seed in product(range(4), range(100)):
        birth = cut(2, CutVariant.UNSETTLED, birth_seed)
        for operation in (1, 2):  # 2 where a void record comes first
            yield LogHistory(flash, 7, (birth, cut(operation, CutVariant.UNSETTLED, erase_seed)))


def cut_restatings() -> Iterator[LogHistory]:
    """Histories in which an append and then its restating are cut and look untouched."""
    flash = LogFlash(32, program_once=False)
    seeds = product(range(2), range(150), range(4))
    for append_seed, restating_seed, last_seed in seeds:
        for first in (1, 2):  # 2 where the tail is settled before the state is stated again
            yield LogHistory(
                flash,
                1,
                (
                    cut(first + 1, CutVariant.UNSETTLED, append_seed),
                    cut(first, CutVariant.UNSETTLED, restating_seed),
                    cut(first + 1, CutVariant.NOT_DONE, last_seed),
                ),
            )


@pytest.mark.parametrize("flash", FLASHES, ids=lambda flash: flash.label)
def test_no_history_of_cuts_loses_what_was_stated(native: Native, flash: LogFlash) -> None:
    assert first_loss(flash, 500, native) is None


@pytest.mark.slow
@pytest.mark.parametrize("flash", FLASHES, ids=lambda flash: flash.label)
def test_no_long_search_finds_a_history_that_does(native: Native, flash: LogFlash) -> None:
    # Up to where README.md, "What is left", has its one known loss.
    assert first_loss(flash, 30_000, native) is None


def test_a_bank_whose_birth_was_cut_never_takes_over_half_erased(native: Native) -> None:
    """Rule 4."""
    assert [history.label for history in cut_births() if history.run(native)] == []


def test_a_place_that_only_looks_blank_is_never_built_on(native: Native) -> None:
    """Rule 2c."""
    assert [history.label for history in cut_restatings() if history.run(native)] == []


def test_a_history_can_be_replayed_by_its_label() -> None:
    history = next(cut_births())

    assert LogHistory.parse(history.label) == history


def test_a_record_in_flash_is_laid_out_as_before(native: Native) -> None:
    """Devices in the field hold such records: generation, state, slots, package, CRC."""
    layout = struct.Struct("<BBBBIII32sII32s32s")
    bench = confirmed(native)
    region = SMALL.setup().layout.state
    found = bench.read_flash(region.offset, region.size_bytes)
    state = bench.state()
    slots = [
        (slot.image.size, slot.security_counter, slot.image.digest) if slot else (0, 0, bytes(32))
        for slot in state.slots
    ]
    body = layout.pack(
        *(state.lifecycle, state.confirmed_slot, 0xFF, 0, state.security_counter),
        *(*slots[0], *slots[1], state.package_digest),
    )
    at = found.index(body) - 4

    assert at % 128 == 0
    crc = crc32(found[at : at + 124]) ^ 0x41445331
    assert found[at + 124 : at + 128] == struct.pack("<I", crc)
