"""Any sequence of offers, fragments, resets, power cuts and trials, against a model of a device."""

import random
from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from device_apply.errors import Rejected
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.small_device import (
    FRAGMENT_BYTES,
    VERIFIER,
    Update,
    base_image,
    crle_patch,
    manifest_for,
    seal,
    small_profile,
)

RELEASES = 4
PROFILE = small_profile()


@cache
def release(number: int) -> bytes:
    """Release `number`; each differs from the others in a few places."""
    image = bytearray(base_image()[:1200])
    image[number * 100 : number * 100 + 50] = random.Random(number).randbytes(50)
    return bytes(image) + bytes([number]) * number


@cache
def update_between(base: int, new: int, security_counter: int) -> Update:
    payload = crle_patch(release(base), release(new))
    manifest = manifest_for(
        PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, payload, release(new), release(base)
    )
    return Update(seal(replace(manifest, security_counter=security_counter)), payload)


@cache
def full_release(new: int, security_counter: int) -> Update:
    manifest = manifest_for(PayloadFormat.FULL, release(new), release(new), None)
    return Update(seal(replace(manifest, security_counter=security_counter)), release(new))


releases = st.integers(0, RELEASES - 1)


class DeviceModel(RuleBasedStateMachine):
    """The model knows the confirmed release, the counter and the update that was accepted."""

    def __init__(self) -> None:
        super().__init__()
        device = SimulatedDevice(PROFILE, VERIFIER)
        device.provision(release(0))
        self.board = Board(device)
        self.confirmed = 0
        self.counter = 0
        self.updates = 0
        self.accepted: tuple[int, int, Update] | None = None

    @property
    def lifecycle(self) -> LifecycleState:
        return self.board.device.state.lifecycle

    @rule(
        operation=st.integers(1, 20),
        variant=st.sampled_from(CutVariant),
        seed=st.integers(0, 2**16),
    )
    def power_will_fail(self, operation: int, variant: CutVariant, seed: int) -> None:
        self.board.cut_next(PowerCutPlan(operation=operation, variant=variant, seed=seed))

    @rule(new=releases, step=st.integers(0, 1), is_patch=st.booleans())
    def a_good_update_is_offered(self, new: int, step: int, *, is_patch: bool) -> None:
        self.offer_a_good_update(new, step, is_patch=is_patch)

    def offer_a_good_update(self, new: int, step: int, *, is_patch: bool) -> None:
        counter = self.counter + step
        if is_patch:
            update = update_between(self.confirmed, new, counter)
        else:
            update = full_release(new, counter)
        self.offer(new, counter, update, is_welcome=True)

    @rule(base=releases, new=releases, counter=st.integers(0, 5))
    def offer_any_patch(self, base: int, new: int, counter: int) -> None:
        is_welcome = base == self.confirmed and counter >= self.counter
        self.offer(new, counter, update_between(base, new, counter), is_welcome=is_welcome)

    def offer(self, new: int, counter: int, update: Update, *, is_welcome: bool) -> None:
        before, operations = self.board.device.state, self.board.device.usage.operations
        is_known = self.accepted is not None and self.accepted[2] == update
        if self.lifecycle is LifecycleState.TRIAL and not is_known:
            is_welcome = False
        elif self.lifecycle in (LifecycleState.STAGED, LifecycleState.TRIAL) and is_known:
            is_welcome = True
        if is_welcome:
            if self.board.attempt(lambda device: device.offer(update.head, FRAGMENT_BYTES)):
                self.accepted = (new, counter, update)
            else:
                self.settle_accepted((new, counter, update))
        else:
            with pytest.raises(Rejected):
                self.board.device.offer(update.head, FRAGMENT_BYTES)
            assert self.board.device.state == before
            assert self.board.device.usage.operations == operations

    def settle_accepted(self, offered: tuple[int, int, Update]) -> None:
        """Find out which package the device handles after a cut during an offer."""
        if self.lifecycle in (LifecycleState.IDLE, LifecycleState.CONFIRMED):
            self.accepted = None
        elif self.lifecycle is not LifecycleState.REVERTED:
            digest = self.board.device.state.package_digest
            for candidate in (offered, self.accepted):
                if candidate is not None and sha256(candidate[2].head).digest() == digest:
                    self.accepted = candidate

    @rule(data=st.data())
    def one_fragment_arrives(self, data: st.DataObject) -> None:
        if self.accepted is not None and self.board.device.missing():
            fragments = self.accepted[2].fragments
            index = data.draw(st.integers(0, len(fragments) - 1))
            if self.board.receive(index, fragments[index]):
                assert index not in self.board.device.missing()

    @rule(index=st.integers(-2, 40), size=st.integers(0, 120))
    def nonsense_arrives(self, index: int, size: int) -> None:
        fragments = [] if self.accepted is None else self.accepted[2].fragments
        if not 0 <= index < len(fragments) or size != len(fragments[index]):
            with pytest.raises(Rejected):
                self.board.device.receive(index, bytes(size))

    @rule()
    def device_resets(self) -> None:
        self.board.reset()

    @rule(new=releases, step=st.integers(0, 1), is_patch=st.booleans(), turns=st.integers(1, 6))
    def gateway_goes_on(self, new: int, step: int, turns: int, *, is_patch: bool) -> None:
        """Do what comes next, several times: how updates get anywhere."""
        for _ in range(turns):
            state = self.lifecycle
            match state:
                case LifecycleState.DOWNLOADING:
                    assert self.accepted is not None
                    for index in self.board.device.missing():
                        self.board.receive(index, self.accepted[2].fragments[index])
                case LifecycleState.DOWNLOADED | LifecycleState.VERIFIED:
                    if self.board.attempt(SimulatedDevice.install):
                        assert self.lifecycle is LifecycleState.STAGED
                case LifecycleState.STAGED:
                    self.board.reset()
                case LifecycleState.TRIAL:
                    self.confirm()
                case _:
                    self.offer_a_good_update(new, step, is_patch=is_patch)

    def confirm(self) -> None:
        assert self.accepted is not None
        done = self.board.attempt(SimulatedDevice.confirm)
        if done or self.lifecycle is LifecycleState.CONFIRMED:
            assert self.lifecycle is LifecycleState.CONFIRMED
            self.confirmed, self.counter, _ = self.accepted
            self.accepted = None
            self.updates += 1

    @invariant()
    def device_runs_the_confirmed_release_or_tries_the_accepted_one(self) -> None:
        device = self.board.device
        if self.lifecycle is LifecycleState.TRIAL:
            assert self.accepted is not None
            assert device.running_image() == release(self.accepted[0])
        else:
            assert device.running_image() == release(self.confirmed)

    def teardown(self) -> None:
        event(f"ended {self.lifecycle.label}")
        event(f"confirmed {self.updates} updates")

    @invariant()
    def counter_is_the_confirmed_releases(self) -> None:
        assert self.board.device.state.security_counter == self.counter

    @invariant()
    def fragments_are_wanted_in_one_state_only(self) -> None:
        wants = bool(self.board.device.missing())
        assert wants == (self.lifecycle is LifecycleState.DOWNLOADING)


TestDeviceModel = DeviceModel.TestCase
TestDeviceModel.settings = settings(stateful_step_count=40)
