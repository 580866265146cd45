"""Every rule is needed: the library with one of them broken is caught by a test of its own.

A rule is a line of the source that carries its number; it is replaced, or taken out, in a copy.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from device_apply.core.device.native import SOURCES
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant
from tests.device_apply.core_device import (
    test_chunks,
    test_configuration,
    test_device,
    test_download,
    test_in_place,
    test_key_ring,
    test_overwrite,
    test_power_cuts,
    test_rollback,
    test_secure_boot,
    test_streaming,
)
from tests.device_apply.core_device.in_place_cases import CASES
from tests.device_apply.core_device.log_histories import LogFlash, first_loss
from tests.device_apply.core_device.native_build import Mutant, broken, rule_lines
from tests.device_apply.core_device.test_state_log import cut_births, cut_restatings

Catcher = Callable[[Native], None]
"""Fails with an `AssertionError` on a library that breaks the rule."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A mutant, what is wrong with it in words, and what catches it."""

    mutant: Mutant
    fault: str
    catcher: Catcher


def histories(write_unit_bytes: int, *, program_once: bool, count: int = 1500) -> Catcher:
    def catcher(native: Native) -> None:
        assert first_loss(LogFlash(write_unit_bytes, program_once), count, native) is None

    return catcher


def no_loss_in_cut_births(native: Native) -> None:
    assert not any(history.run(native) for history in cut_births())


def no_loss_in_cut_restatings(native: Native) -> None:
    assert not any(history.run(native) for history in cut_restatings())


def single_cuts(native: Native) -> None:
    test_power_cuts.test_one_cut_anywhere_leaves_base_or_new_and_the_update_can_finish(
        native, "pages-128"
    )


def cuts_while_streaming(native: Native) -> None:
    test_power_cuts.test_one_cut_anywhere_leaves_base_or_new_and_the_update_can_finish(
        native, "streaming"
    )


def cuts_within_sectors(native: Native) -> None:
    test_power_cuts.test_one_cut_anywhere_leaves_base_or_new_and_the_update_can_finish(
        native, "streaming-unit-32"
    )


def cut_while_saving(native: Native) -> None:
    test_streaming.test_a_cut_while_a_checkpoint_is_saved_leaves_the_one_before(
        native, CutVariant.TORN
    )


def in_place_cuts(native: Native) -> None:
    sweep = CASES["pages-128"].sweep(native)
    test_in_place.require_no_failure("pages-128", sweep.single_cuts(1, sweep.operations(), seed=0))


ERASE_BANK_UNLESS_IT_READS_BLANK = """
    uint8_t found[DV_MOST_RECORD_BYTES];
    for (uint32_t place = 0; place < place_count(log); place++) {
        if (read_record(log, offset_of(log, log->bank, place), found) != DV_PLACE_BLANK) {
            status = dv_erase_range(log->port, offset_of(log, log->bank, 0), log->bank_bytes);
            break;
        }
    }
"""
ERASE_SECTOR_UNLESS_IT_READS_BLANK = """
        for (uint32_t at = 0; at < sector_bytes; at += 8) {
            uint8_t piece[8];
            if (dv_read_place(port, device->config->layout, offset + at, piece, 8) !=
                DV_PLACE_BLANK) {
                result = port->erase(port->context, offset);
                break;
            }
        }
"""
ERASE_PAGE_UNLESS_IT_READS_BLANK = """
    for (uint32_t at = 0; at < layout->page_bytes; at += 8) {
        uint8_t piece[8];
        if (dv_read_place(port, layout, to + at, piece, 8) != DV_PLACE_BLANK) {
            status = dv_erase_range(port, to, layout->page_bytes);
            break;
        }
    }
"""
ERASE_STASH_UNLESS_IT_READS_BLANK = ERASE_PAGE_UNLESS_IT_READS_BLANK.replace(
    "(port,", "(program->port,"
)
ERASE_BANK_OF_CHECKPOINTS_UNLESS_IT_READS_BLANK = """
    for (uint32_t at = 0; at < sector_bytes; at += 8) {
        uint8_t piece[8];
        if (dv_read_place(port, device->config->layout, offset + at, piece, 8) !=
            DV_PLACE_BLANK) {
            status = dv_erase_range(port, offset, sector_bytes);
            break;
        }
    }
"""
STATE_BEFORE_BUILDING = """
    status = dv_journal_state(&commit->journal, commit->moment.step + 1u, 0);
    if (status == AIRDELTA_DEVICE_OK) status = dv_erase_range(port, to, layout->page_bytes);
"""
BROKEN_RULES = [
    BrokenRule(
        Mutant("1", "record_log.c"),
        "the bank that is scanned last wins",
        histories(8, program_once=True),
    ),
    BrokenRule(Mutant("1b", "record_log.c"), "no CRC on records", histories(8, program_once=True)),
    BrokenRule(
        Mutant("2", "record_log.c"),
        "the tail is not behind what a cut left",
        histories(32, program_once=False),
    ),
    BrokenRule(
        Mutant("2b", "record_log.c"),
        "a refused program is treated as fatal",
        histories(32, program_once=True),
    ),
    BrokenRule(
        Mutant("2c", "record_log.c"),
        "what reads blank is built on",
        no_loss_in_cut_restatings,
    ),
    BrokenRule(
        Mutant("3", "record_log.c", ERASE_BANK_UNLESS_IT_READS_BLANK),
        "a bank is not erased when it reads blank",
        histories(32, program_once=True),
    ),
    BrokenRule(
        Mutant("4", "record_log.c"),
        "a bank whose birth was cut is erased as it is",
        no_loss_in_cut_births,
    ),
    BrokenRule(
        Mutant("5", "record_log.c"),
        "the state is not stated again at power-on",
        histories(32, program_once=True),
    ),
    BrokenRule(
        Mutant("6", "flash_access.c"),
        "a fault on read ends everything",
        histories(32, program_once=True),
    ),
    BrokenRule(
        Mutant("7", "bootloader.c"),
        "a trial boot is not counted",
        test_device.test_an_image_that_never_confirms_is_tried_three_times_and_given_up,
    ),
    BrokenRule(
        Mutant("7b", "bootloader.c"),
        "trial boots have no end",
        test_device.test_an_image_that_never_confirms_is_tried_three_times_and_given_up,
    ),
    BrokenRule(
        Mutant("8", "bootloader.c"),
        "an outdated image stands in for a damaged one",
        test_device.test_a_slot_below_the_security_counter_does_not_stand_in,
    ),
    BrokenRule(
        Mutant("9", "fragment_place.c"),
        "fragments of another package count",
        test_download.test_a_record_of_another_package_does_not_count,
    ),
    BrokenRule(
        Mutant("10", "fragment_place.c"),
        "no CRC on fragments",
        test_download.test_a_record_without_its_crc_does_not_count,
    ),
    BrokenRule(
        Mutant("11", "device.c"),
        "the area is erased while it belongs to a session",
        test_download.test_an_area_whose_erase_was_cut_is_not_resumed,
    ),
    BrokenRule(
        Mutant("11b", "download.c"),
        "sectors are said to be erased that are programmed",
        test_power_cuts.test_a_cut_when_a_large_area_is_about_to_be_used_is_survived,
    ),
    BrokenRule(
        Mutant("12", "slot_writer.c", ERASE_SECTOR_UNLESS_IT_READS_BLANK),
        "a sector of the slot is not erased when it reads blank",
        single_cuts,
    ),
    BrokenRule(
        Mutant("13", "install.c"),
        "what the slot reads back is not compared",
        test_device.test_a_slot_that_changed_behind_a_checkpoint_is_not_staged,
    ),
    BrokenRule(
        Mutant("12b", "overwrite.c"),
        "a sector of the one slot is not erased before it is programmed",
        test_overwrite.test_the_slot_is_overwritten_and_the_new_image_confirmed,
    ),
    BrokenRule(
        Mutant("16b", "device.c"),
        "what was staged of one package is taken for a part of the next",
        test_in_place.test_what_was_staged_of_one_package_means_nothing_to_the_next,
    ),
    BrokenRule(
        Mutant("19", "in_place.c", ERASE_PAGE_UNLESS_IT_READS_BLANK),
        "a page of the slot is not erased when it reads blank",
        in_place_cuts,
    ),
    BrokenRule(
        Mutant("19b", "in_place.c", ERASE_STASH_UNLESS_IT_READS_BLANK),
        "a page of the stash is not erased when it reads blank",
        in_place_cuts,
    ),
    BrokenRule(
        Mutant("20", "in_place.c", STATE_BEFORE_BUILDING),
        "a step is journaled before its page is programmed",
        in_place_cuts,
    ),
    BrokenRule(
        Mutant("20b", "in_place.c", "return AIRDELTA_DEVICE_OK;"),
        "a stashed page is not journaled",
        in_place_cuts,
    ),
    BrokenRule(
        Mutant(
            "21",
            "in_place.c",
            "if (commit->moment.is_stashing) status = stash_page(store, commit);",
        ),
        "a page is stashed again when it is half overwritten",
        in_place_cuts,
    ),
    BrokenRule(
        Mutant("22", "in_place.c", "return is_right ? AIRDELTA_DEVICE_OK : AIRDELTA_DEVICE_OK;"),
        "a page is not compared with what the application saw",
        test_in_place.test_a_page_that_is_not_what_the_application_saw_ends_the_commit,
    ),
    BrokenRule(
        Mutant("17", "bootloader.c", "if (status == AIRDELTA_DEVICE_OK) store->state = state;"),
        "that the slot is being written is not stated",
        test_overwrite.test_a_commit_that_began_is_finished_without_asking_again,
    ),
    BrokenRule(
        Mutant("17b", "bootloader.c", "int is_allowed = may_commit(store) || 1;"),
        "the slot is written without permission",
        test_overwrite.test_the_old_image_runs_until_the_commit_is_permitted,
    ),
    BrokenRule(
        Mutant("18", "bootloader.c"),
        "an image that failed its trial runs again",
        test_overwrite.test_an_image_that_never_confirms_is_given_up_and_recovery_is_asked_for,
    ),
    BrokenRule(Mutant("15", "device.c"), "the security counter does not rise", single_cuts),
    BrokenRule(
        Mutant("30", "chunks.c", "return 1;"),
        "chunks are taken as they come",
        test_chunks.test_a_corrupt_chunk_is_asked_for_again_and_nothing_else,
    ),
    BrokenRule(
        Mutant("31", "signed_image.c"),
        "any signature will do",
        test_secure_boot.TestRom().test_a_bootloader_of_another_key_does_not_run,
    ),
    BrokenRule(
        Mutant("33", "flash_access.c", "return 1;"),
        "an image runs though nobody signed it",
        test_secure_boot.TestImages().test_an_image_that_nobody_signed_is_not_tried,
    ),
    BrokenRule(
        Mutant("34", "restore.c"),
        "recovery lets an authorised device go back",
        test_rollback.test_an_authorisation_does_not_count_in_recovery,
    ),
    BrokenRule(
        Mutant("35", "rollback.c"),
        "anybody may authorise a rollback",
        test_rollback.test_an_authorisation_by_another_key_is_refused,
    ),
    BrokenRule(
        Mutant("35b", "rollback.c"),
        "an authorisation is for any image",
        test_rollback.test_an_authorisation_for_another_image_is_refused,
    ),
    BrokenRule(
        Mutant("35c", "rollback.c"),
        "an authorisation is for any device class",
        test_rollback.test_an_authorisation_for_another_device_class_is_refused,
    ),
    BrokenRule(
        Mutant("35d", "rollback.c", "1;"),
        "an authorisation is for any device",
        test_rollback.test_an_authorisation_for_another_device_is_refused,
    ),
    BrokenRule(
        Mutant("35e", "rollback.c"),
        "an authorisation holds for ever",
        test_rollback.test_a_later_release_ends_an_authorisation,
    ),
    BrokenRule(
        Mutant("40", "configuration_store.c", "return 1;"),
        "a configuration is believed whoever wrote it",
        test_configuration.TestFormat().test_a_file_of_another_key_is_not_read,
    ),
    BrokenRule(
        Mutant("41", "configuration_file.c"),
        "a configuration is read that is not for this version",
        test_configuration.TestFormat().test_a_file_that_older_firmware_must_not_read_is_not_read,
    ),
    BrokenRule(
        Mutant("42", "configuration_store.c", "while (number == configuration->current) {"),
        "the backup of the configuration is written over",
        test_configuration.TestUpdates().test_the_backup_outlasts_any_number_of_writes_in_a_trial,
    ),
    BrokenRule(
        Mutant("43", "configuration_store.c"),
        "the configuration of a reverted update stays",
        test_configuration.TestUpdates().test_a_reverted_update_gives_the_configuration_back,
    ),
    BrokenRule(
        Mutant("50", "streamer.c", "return count > 0 || chunk > 0;"),
        "the decoder gets chunks as they come",
        test_streaming.test_a_corrupt_chunk_reaches_neither_decoder_nor_slot,
    ),
    BrokenRule(
        Mutant("50b", "streamer.c"),
        "a hash that can be met on purpose stands before the decoder",
        test_streaming.test_hashes_that_could_be_met_on_purpose_are_not_streamed_by,
    ),
    BrokenRule(
        Mutant("51", "streamer.c"),
        "a head is believed after a reset as it is",
        test_streaming.test_nothing_is_decoded_after_a_reset_before_the_signature_is_checked_again,
    ),
    BrokenRule(
        Mutant("52", "checkpoint.c", "return AIRDELTA_DEVICE_OK;"),
        "a checkpoint is not stated",
        test_streaming.test_a_reset_costs_what_came_since_the_last_checkpoint,
    ),
    BrokenRule(
        Mutant("52b", "checkpoint.c", "return 1;"),
        "the state of a decoder is believed as it is in flash",
        test_streaming.test_a_checkpoint_that_changed_in_flash_is_not_resumed,
    ),
    BrokenRule(
        Mutant("53", "checkpoint.c", ERASE_BANK_OF_CHECKPOINTS_UNLESS_IT_READS_BLANK),
        "a bank is not erased when it reads blank",
        cuts_while_streaming,
    ),
    BrokenRule(
        Mutant("54", "checkpoint.c", "return region->offset + 0u * number;"),
        "a checkpoint is written over the one before",
        cut_while_saving,
    ),
    BrokenRule(
        Mutant("55", "streamer.c", "install->position > 0;"),
        "a checkpoint is taken in the middle of a sector",
        cuts_within_sectors,
    ),
    BrokenRule(
        Mutant("60", "key_ring.c"),
        "anybody names the next key",
        test_key_ring.test_a_key_change_that_the_current_key_did_not_sign_is_refused,
    ),
    BrokenRule(
        Mutant("60b", "key_ring.c"),
        "the key of another vendor is taken",
        test_key_ring.test_a_key_change_of_another_vendor_is_refused,
    ),
    BrokenRule(
        Mutant("60c", "key_ring.c"),
        "a key that was left behind comes back",
        test_key_ring.test_a_number_that_was_used_is_not_taken_again,
    ),
    BrokenRule(
        Mutant("16", "install.c"),
        "a checkpoint is taken for one of the next package",
        test_device.test_a_checkpoint_of_one_package_means_nothing_to_the_next,
    ),
]


@pytest.mark.parametrize("rule", BROKEN_RULES, ids=lambda rule: f"{rule.mutant.rule}: {rule.fault}")
def test_a_library_with_one_rule_broken_is_caught(rule: BrokenRule, native: Native) -> None:
    rule.catcher(native)  # the shipped library passes what the broken one fails
    mutant = broken(rule.mutant)
    with pytest.raises(AssertionError):
        rule.catcher(mutant)


def test_every_rule_in_the_sources_is_broken_by_a_mutant() -> None:
    marked = {(rule, source.name) for source in SOURCES for rule in rule_lines(source)}

    assert {(rule.mutant.rule, rule.mutant.source) for rule in BROKEN_RULES} == marked
