"""TS003, TS005, TS006 and TS004's small messages: lengths and bytes as SWL2001 and others send."""

from collections.abc import Callable

import pytest

from link_sim.errors import ImpossibleValueError
from link_sim.transports import ts003, ts004, ts004_status, ts005, ts006
from link_sim.transports.ts004 import Version


def test_clock_synchronisation_messages_have_their_published_lengths() -> None:
    assert len(ts003.app_time_request(1_300_000_000, 3, answer_required=True)) == 6
    assert ts003.app_time_answer(-2, 3).hex() == "01feffffff03"
    assert len(ts003.periodicity_request(5)) == 2
    assert len(ts003.periodicity_answer(supported=True, device_time_s=1)) == 6
    assert ts003.force_resync_request(3).hex() == "0303"


def test_a_group_is_set_up_with_30_bytes_and_answered_with_2() -> None:
    setup = ts005.GroupSetup(
        group=1,
        address=bytes.fromhex("ffffff01"),
        encrypted_key=bytes(range(16)),
        min_frame_counter=0,
        max_frame_counter=0xFFFF_FFFF,
    ).to_bytes()

    assert setup.hex() == "0201ffffff01" + bytes(range(16)).hex() + "00000000ffffffff"
    assert len(setup) == ts005.GROUP_SETUP_REQUEST_BYTES
    assert len(ts005.group_setup_answer(1)) == ts005.GROUP_SETUP_ANSWER_BYTES
    assert len(ts005.group_delete_request(1)) == 2


def test_a_class_c_session_is_announced_with_11_bytes() -> None:
    announcement = ts005.SessionAnnouncement(
        group=0, start_gps_s=0x01020304, timeout_exponent=11, frequency_hz=869_525_000, data_rate=3
    )

    assert announcement.to_bytes().hex() == "0400040302010bd2ad8403"
    assert announcement.longest_s == 2048
    assert len(ts005.session_answer(0, 300)) == ts005.SESSION_ANSWER_BYTES
    assert len(ts005.session_refusal(0)) == ts005.SESSION_REFUSAL_BYTES


def test_a_class_b_session_carries_its_periodicity_and_counts_beacon_periods() -> None:
    announcement = ts005.SessionAnnouncement(
        group=2,
        start_gps_s=0,
        timeout_exponent=4,
        frequency_hz=869_525_000,
        data_rate=3,
        ping_slot_periodicity=7,
    )

    assert announcement.to_bytes()[:2].hex() == "0502"
    assert announcement.to_bytes()[6] == 0x74
    assert announcement.longest_s == 16 * 128


def test_firmware_management_messages_have_their_published_lengths() -> None:
    assert len(ts006.version_request()) == 1
    assert len(ts006.version_answer(1, 2)) == 9
    assert len(ts006.reboot_time(1)) == 5
    assert len(ts006.reboot_countdown(60)) == 4
    assert len(ts006.upgrade_image_request()) == 1
    assert len(ts006.upgrade_image_answer(ts006.UpgradeImage.CORRUPT)) == 2
    assert len(ts006.upgrade_image_answer(ts006.UpgradeImage.VALID, 7)) == 6
    assert len(ts006.delete_image_request(7)) == 5
    assert len(ts006.delete_image_answer()) == 2


def test_the_status_answer_orders_its_fields_by_version() -> None:
    older = ts004_status.status_answer(1, 20, 3, Version.V1)
    newer = ts004_status.status_answer(1, 20, 3, Version.V2)

    assert older.hex() == "0114400300"
    assert newer.hex() == "0100144003"
    assert len(older) == len(newer) == ts004.STATUS_ANSWER_BYTES


def test_more_missing_fragments_than_a_byte_holds_are_reported_as_255() -> None:
    assert ts004_status.status_answer(0, 0, 1000, Version.V2)[-1] == 255


def test_the_other_small_messages_have_two_bytes() -> None:
    assert ts004_status.status_request(2, all_participants=True).hex() == "0105"
    assert len(ts004_status.setup_answer(1)) == ts004.SETUP_ANSWER_BYTES
    assert ts004_status.block_received(1, mic_error=True).hex() == "0405"


@pytest.mark.parametrize(
    "send",
    [
        lambda: ts003.app_time_answer(0, 16),
        lambda: ts003.periodicity_request(16),
        lambda: ts003.force_resync_request(8),
        lambda: ts005.group_setup_answer(4),
        lambda: ts005.SessionAnnouncement(
            group=0, start_gps_s=0, timeout_exponent=16, frequency_hz=869_525_000, data_rate=0
        ).to_bytes(),
        lambda: ts005.SessionAnnouncement(
            group=0, start_gps_s=0, timeout_exponent=1, frequency_hz=869_525_050, data_rate=0
        ).to_bytes(),
        lambda: ts004_status.status_request(4, all_participants=False),
    ],
)
def test_a_field_that_does_not_fit_is_refused(send: Callable[[], bytes]) -> None:
    with pytest.raises(ImpossibleValueError):
        send()
