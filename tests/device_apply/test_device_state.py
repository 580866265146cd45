"""State records: whole or void."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.device_state import DeviceState, SlotRecord, StateRecord
from device_apply.lifecycle import LifecycleEvent, LifecycleState
from device_apply.wire.suit import SizedDigest

numbers = st.integers(0, 2**32 - 1)
digests = st.binary(min_size=32, max_size=32).filter(any)
slot_records = st.none() | st.builds(
    SlotRecord, st.builds(SizedDigest, digests, st.integers(1, 2**32 - 1)), numbers
)
states = st.builds(
    DeviceState,
    lifecycle=st.sampled_from(LifecycleState),
    confirmed_slot=st.integers(0, 1),
    trial_slot=st.none() | st.integers(0, 1),
    attempts_left=st.integers(0, 3),
    security_counter=numbers,
    slots=st.tuples(slot_records, slot_records),
    package_digest=st.none() | digests,
)
records = st.builds(StateRecord, numbers, states)

RECORD = StateRecord(
    7,
    DeviceState(
        lifecycle=LifecycleState.TRIAL,
        confirmed_slot=0,
        trial_slot=1,
        attempts_left=2,
        security_counter=3,
        slots=(
            SlotRecord(SizedDigest(b"\x11" * 32, 2400), 3),
            SlotRecord(SizedDigest(b"\x22" * 32, 2550), 4),
        ),
        package_digest=b"\x33" * 32,
    ),
)


@given(records)
def test_a_record_reads_back_as_it_was_written(record: StateRecord) -> None:
    assert StateRecord.from_bytes(record.to_bytes()) == record


def test_a_record_is_whole_write_units_on_every_part() -> None:
    assert StateRecord.SIZE % 32 == 0
    assert len(RECORD.to_bytes()) == StateRecord.SIZE


def test_a_record_with_any_one_bit_wrong_is_void() -> None:
    for bit in range(StateRecord.SIZE * 8):
        data = bytearray(RECORD.to_bytes())
        data[bit // 8] ^= 1 << bit % 8
        assert StateRecord.from_bytes(bytes(data)) is None


def test_a_record_of_which_only_the_beginning_was_programmed_is_void() -> None:
    for size in range(StateRecord.SIZE):
        torn = RECORD.to_bytes()[:size] + b"\xff" * (StateRecord.SIZE - size)
        assert StateRecord.from_bytes(torn) is None


@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_uniform_flash_holds_no_record(byte: int) -> None:
    assert StateRecord.from_bytes(bytes([byte]) * StateRecord.SIZE) is None


def test_a_trial_that_is_over_leaves_nothing_behind() -> None:
    for event in (LifecycleEvent.CONFIRM, LifecycleEvent.REVERT):
        after = RECORD.state.after(event)
        assert after.trial_slot is None
        assert after.attempts_left == 0


def test_a_trial_that_goes_on_keeps_its_slot() -> None:
    assert RECORD.state.after(LifecycleEvent.TRY_BOOT).trial_slot == 1
