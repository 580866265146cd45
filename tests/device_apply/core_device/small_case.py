"""A small device in C and what its tests do to it again and again."""

from typing import Final

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from tests.device_apply.core_device.scenarios import SCENARIOS, Scenario
from tests.device_apply.small_device import Update

SMALL: Final = SCENARIOS["unit-4"]
PAGES: Final = SCENARIOS["pages-128"]


def booted(native: Native, scenario: Scenario = SMALL) -> Bench:
    """A provisioned device that trusts the scenario's update and runs its base image."""
    bench = scenario.bench(native)
    assert bench.boot() is Status.OK
    return bench


def update_of(scenario: Scenario = SMALL) -> Update:
    return scenario.package()


def downloaded(native: Native, scenario: Scenario = SMALL) -> Bench:
    bench, update = booted(native, scenario), update_of(scenario)
    assert bench.offer(update.head, scenario.fragment_bytes) is Status.OK
    assert bench.deliver(update.payload, scenario.fragment_bytes) is Status.OK
    return bench


def staged(native: Native, scenario: Scenario = SMALL) -> Bench:
    """A device whose new image waits for the bootloader."""
    bench = downloaded(native, scenario)
    assert bench.install() is Status.OK
    return bench


def staged_halfway(native: Native) -> Bench:
    """A device whose power failed behind a checkpoint of staging."""
    bench = downloaded(native, PAGES)
    while not bench.staged_bytes():
        assert bench.install_slice() is Status.BUSY
    assert bench.boot() is Status.OK
    return bench


def confirmed(native: Native, scenario: Scenario = SMALL) -> Bench:
    bench = staged(native, scenario)
    assert bench.boot() is Status.OK
    assert bench.confirm() is Status.OK
    return bench
