"""The lifecycle table: what can follow what, and nothing else."""

from itertools import product

import pytest

from device_apply.lifecycle import (
    SESSION_STATES,
    TRANSITIONS,
    LifecycleEvent,
    LifecycleState,
    next_state,
)


def reachable_from(state: LifecycleState) -> set[LifecycleState]:
    seen, waiting = {state}, [state]
    while waiting:
        following = set(TRANSITIONS[waiting.pop()].values()) - seen
        seen |= following
        waiting += following
    return seen


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(LifecycleState)


@pytest.mark.parametrize("state", LifecycleState)
def test_every_state_is_reached_from_a_new_device_and_leads_on_to_a_confirmed_update(
    state: LifecycleState,
) -> None:
    assert state in reachable_from(LifecycleState.IDLE)
    assert LifecycleState.CONFIRMED in reachable_from(state)


def test_what_is_not_in_the_table_cannot_happen() -> None:
    refused = 0
    for state, event in product(LifecycleState, LifecycleEvent):
        if event in TRANSITIONS[state]:
            assert next_state(state, event) is TRANSITIONS[state][event]
        else:
            refused += 1
            with pytest.raises(RuntimeError, match=f"{event.name} cannot happen while"):
                next_state(state, event)
    assert refused > 40


def test_the_message_says_what_would_have_been_possible() -> None:
    with pytest.raises(RuntimeError) as caught:
        next_state(LifecycleState.IDLE, LifecycleEvent.CONFIRM)

    assert str(caught.value) == "CONFIRM cannot happen while idle (possible: OPEN_SESSION)"


def test_no_image_is_staged_before_its_payload_is_verified() -> None:
    staging = [state for state in TRANSITIONS if LifecycleEvent.STAGE_IMAGE in TRANSITIONS[state]]

    assert staging == [LifecycleState.VERIFIED]


def test_no_image_is_confirmed_but_from_its_trial() -> None:
    confirming = [state for state in TRANSITIONS if LifecycleEvent.CONFIRM in TRANSITIONS[state]]

    assert confirming == [LifecycleState.TRIAL]


def test_a_trial_ends_by_its_result_alone() -> None:
    assert set(TRANSITIONS[LifecycleState.TRIAL].values()) == {
        LifecycleState.TRIAL,
        LifecycleState.CONFIRMED,
        LifecycleState.REVERTED,
    }


def test_every_state_that_owns_the_download_area_can_give_it_up() -> None:
    for state in SESSION_STATES:
        assert next_state(state, LifecycleEvent.ABANDON) is LifecycleState.IDLE


def test_the_numbers_in_flash_stay_what_they_are() -> None:
    assert {state.label: int(state) for state in LifecycleState} == {
        "idle": 0,
        "downloading": 1,
        "downloaded": 2,
        "verified": 3,
        "staged": 4,
        "trial": 5,
        "confirmed": 6,
        "reverted": 7,
    }
