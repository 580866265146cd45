"""The small parts of the device library, each against Python's."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.core.device.generate_wire_numbers import HEADER, header_text
from device_apply.flash_model.native import Native
from device_apply.lifecycle import TRANSITIONS, LifecycleEvent, LifecycleState
from tests.device_apply.core_device.native_build import shipped

IMPOSSIBLE = 0xFF
EVENTS = {event: number for number, event in enumerate(LifecycleEvent)}
"""`enum dv_event` begins with Python's events, in their order."""


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


@pytest.mark.parametrize("event", list(LifecycleEvent))
@pytest.mark.parametrize("state", list(LifecycleState))
def test_the_lifecycle_is_the_python_table(
    native: Native, state: LifecycleState, event: LifecycleEvent
) -> None:
    expected = TRANSITIONS[state].get(event)
    found = native.lib.bench_next_lifecycle(state, EVENTS[event])

    assert found == (IMPOSSIBLE if expected is None else expected)


def test_states_and_events_that_do_not_exist_lead_nowhere(native: Native) -> None:
    assert native.lib.bench_next_lifecycle(9, 0) == IMPOSSIBLE
    assert native.lib.bench_next_lifecycle(255, 0) == IMPOSSIBLE
    assert native.lib.bench_next_lifecycle(0, 11) == IMPOSSIBLE


def test_a_device_takes_about_a_kilobyte_of_ram(native: Native) -> None:
    assert native.lib.bench_device_bytes() <= 1024
