"""The small parts of the device library, each against Python's or against what it promises."""

import hashlib
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.core.device.generate_wire_numbers import HEADER, header_text
from device_apply.flash_model.native import Native
from device_apply.lifecycle import LifecycleState
from tests.device_apply.core_device.native_build import shipped

IMPOSSIBLE = 0xFF


class Event(IntEnum):
    """`enum dv_event`."""

    OPEN_SESSION = 0
    COMPLETE_PAYLOAD = 1
    LOSE_FRAGMENT = 2
    VERIFY_PAYLOAD = 3
    STAGE_IMAGE = 4
    TRY_BOOT = 5
    CONFIRM = 6
    REVERT = 7
    ABANDON = 8
    LOSE_IMAGES = 9
    RESTORE_IMAGE = 10
    BEGIN_COMMIT = 11
    FINISH_COMMIT = 12


def test_the_wire_numbers_are_those_of_python() -> None:
    assert header_text() == HEADER.read_text(), (
        "run: python -m device_apply.core.device.generate_wire_numbers"
    )


@given(data=st.binary(max_size=400), step=st.integers(1, 200))
def test_sha_256_is_hashlib_s_in_any_pieces(data: bytes, step: int) -> None:
    native = shipped()
    digest = native.ffi.new("uint8_t[32]")
    native.lib.bench_sha256(data, len(data), step, digest)

    assert bytes(digest) == hashlib.sha256(data).digest()


@pytest.mark.parametrize("size", [0, 55, 56, 63, 64, 119, 120, 128, 1 << 20])
def test_sha_256_pads_at_every_boundary(native: Native, size: int) -> None:
    data = bytes(size)
    digest = native.ffi.new("uint8_t[32]")
    native.lib.bench_sha256(data, size, 64, digest)

    assert bytes(digest) == hashlib.sha256(data).digest()


def successors(native: Native, state: LifecycleState) -> dict[Event, LifecycleState]:
    found = {event: native.lib.bench_next_lifecycle(state, event) for event in Event}
    return {event: LifecycleState(to) for event, to in found.items() if to != IMPOSSIBLE}


def reachable_from(native: Native, state: LifecycleState) -> set[LifecycleState]:
    seen, waiting = {state}, [state]
    while waiting:
        following = set(successors(native, waiting.pop()).values()) - seen
        seen |= following
        waiting += following
    return seen


@pytest.mark.parametrize("state", list(LifecycleState))
def test_every_state_is_reached_from_a_new_device_and_leads_on_to_a_confirmed_update(
    native: Native, state: LifecycleState
) -> None:
    assert state in reachable_from(native, LifecycleState.IDLE)
    assert LifecycleState.CONFIRMED in reachable_from(native, state)


@pytest.mark.parametrize(
    ("event", "states"),
    [
        (Event.STAGE_IMAGE, {LifecycleState.VERIFIED}),
        (Event.CONFIRM, {LifecycleState.TRIAL}),
        (Event.BEGIN_COMMIT, {LifecycleState.STAGED}),
        (Event.FINISH_COMMIT, {LifecycleState.COMMITTING}),
        (Event.TRY_BOOT, {LifecycleState.STAGED, LifecycleState.TRIAL}),
        (Event.RESTORE_IMAGE, {LifecycleState.RECOVERY}),
    ],
)
def test_what_matters_happens_in_its_own_states_only(
    native: Native, event: Event, states: set[LifecycleState]
) -> None:
    assert {state for state in LifecycleState if event in successors(native, state)} == states


def test_a_trial_ends_by_its_result_alone(native: Native) -> None:
    assert successors(native, LifecycleState.TRIAL) == {
        Event.TRY_BOOT: LifecycleState.TRIAL,
        Event.CONFIRM: LifecycleState.CONFIRMED,
        Event.REVERT: LifecycleState.REVERTED,
        Event.LOSE_IMAGES: LifecycleState.RECOVERY,  # one slot: there is nothing to revert to
    }


def test_every_state_that_owns_the_download_area_can_give_it_up(native: Native) -> None:
    for state in (
        LifecycleState.DOWNLOADING,
        LifecycleState.DOWNLOADED,
        LifecycleState.VERIFIED,
    ):
        assert successors(native, state)[Event.ABANDON] is LifecycleState.IDLE


def test_states_and_events_that_do_not_exist_lead_nowhere(native: Native) -> None:
    assert native.lib.bench_next_lifecycle(9, 0) == IMPOSSIBLE
    assert native.lib.bench_next_lifecycle(255, 0) == IMPOSSIBLE
    assert native.lib.bench_next_lifecycle(0, 11) == IMPOSSIBLE


def test_a_device_takes_about_a_kilobyte_of_ram(native: Native) -> None:
    assert native.lib.bench_device_bytes() <= 1024
