"""The device library, compiled for a Cortex-M, takes an update through every cut of the power.

RAM is mapped for exactly what is announced: one byte beside it ends a test.
"""

import random
from pathlib import Path
from typing import Final

import pytest

from device_apply.core.device.status import Status
from device_apply.core.needs import (
    DEVICE_BYTES,
    DEVICE_RAM_BYTES,
    DEVICE_STACK_BYTES,
    STACK_BYTES,
)
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from tests.device_apply.core_device.test_streaming import CHUNK_BYTES
from tests.device_apply.cortex_m.instruction_counter import InstructionCounter
from tests.device_apply.cortex_m.processor import StrayAccessError
from tests.device_apply.device_on_target.device_build import build_device
from tests.device_apply.device_on_target.emulated_device import EmulatedDevice
from tests.device_apply.device_on_target.power_cuts import UpdateUnderCuts
from tests.device_apply.device_on_target.updates import (
    TargetUpdate,
    announced_for,
    in_place_update,
    release_update,
    small_update,
    streamed_release_update,
    streamed_update,
)
from tests.device_apply.small_device import VERIFIER

SMALL: Final = small_update("unit-4")
PAGES: Final = small_update("pages-128")
OVERWRITE: Final = small_update("overwrite-128")
IN_PLACE: Final = in_place_update()
STREAMED: Final = streamed_update()
MOST_CUTS: Final = 9
EARLY_OPERATIONS: Final = 6
"""Half of the cuts hit the first operations of a boot, where recovery itself is at work."""
INSTRUCTIONS_PER_BYTE: Final = {"cortex-m0plus": 2_500, "cortex-m4": 1_600}
"""Of the new image: rehearsed, staged, read back, and found intact by two boots."""


def drawn_plans(seed: int, operations: int) -> list[PowerCutPlan]:
    """Two to nine cuts in a row."""
    chance = random.Random(seed)
    return [
        PowerCutPlan(
            operation=chance.randint(1, chance.choice((EARLY_OPERATIONS, operations))),
            variant=chance.choice(list(CutVariant)),
            seed=chance.randrange(1 << 16),
        )
        for _ in range(chance.randint(2, MOST_CUTS))
    ]


def cut_everywhere(device: EmulatedDevice, case: TargetUpdate, step: int) -> int:
    """Cut each operation in every `step`-th variant, turn by turn; return the number of cases."""
    under_cuts = UpdateUnderCuts(device, case.update)
    cases = 0
    for index, operation in enumerate(under_cuts.record()):
        for variant in list(CutVariant)[index % step :: step]:
            plan = PowerCutPlan(operation=1, variant=variant, seed=index)
            under_cuts.survive(operation, plan)
            cases += 1
    return cases


def test_a_release_is_installed_from_its_patch_in_exactly_the_announced_ram(
    cpu: str, programs: Path
) -> None:
    case = release_update("1.1.0")
    device = case.device(programs, cpu)
    counter = InstructionCounter(device.processor.emulator, device.target.library)
    announced_bytes = announced_for(case.update).device_ram_bytes
    UpdateUnderCuts(device, case.update).survive_all(())

    assert device.slot_holds(1, case.update.new_image)
    assert device.processor.data_bytes <= announced_bytes - STACK_BYTES + DEVICE_BYTES
    assert device.processor.stack_bytes == DEVICE_STACK_BYTES
    assert device.target.ram_bytes <= announced_bytes + DEVICE_RAM_BYTES
    assert counter.total() < INSTRUCTIONS_PER_BYTE[cpu] * len(case.update.new_image)


def test_a_release_is_streamed_in_the_announced_ram_and_a_chunk(cpu: str, programs: Path) -> None:
    case = streamed_release_update("1.1.0")
    device = case.device(programs, cpu)
    announced_bytes = announced_for(case.update).device_ram_bytes + CHUNK_BYTES
    cuts = [PowerCutPlan(operation=70, variant=variant, seed=1) for variant in CutVariant]
    UpdateUnderCuts(device, case.update).survive_all(cuts)

    assert device.slot_holds(1, case.update.new_image)
    assert device.processor.data_bytes <= announced_bytes - STACK_BYTES + DEVICE_BYTES
    assert device.processor.stack_bytes == DEVICE_STACK_BYTES


def test_a_stack_that_is_too_small_is_noticed(cpu: str, programs: Path) -> None:
    target = build_device(programs, SMALL.setup, cpu=cpu, stack_bytes=512)
    device = EmulatedDevice(target, SMALL.setup, SMALL.device(programs, cpu).flash, VERIFIER)

    with pytest.raises(StrayAccessError, match=r"target_boot: \d bytes at 0x1fff"):
        device.power_on()


def test_an_update_whose_signature_does_not_verify_erases_nothing(cpu: str, programs: Path) -> None:
    device = SMALL.device(programs, cpu)
    assert device.power_on() is Status.OK
    assert device.start() is Status.OK
    head = bytearray(SMALL.update.head)
    head[head.index(b"\x58\x40") + 2] ^= 1  # the first byte of the signature
    before = device.flash.usage

    assert device.offer(bytes(head), SMALL.update.fragment_bytes) is Status.REJECTED_SIGNATURE
    assert device.flash.usage == before


@pytest.mark.parametrize(
    "case",
    [SMALL, OVERWRITE, IN_PLACE, STREAMED],
    ids=["two slots", "overwrite", "in place", "streamed"],
)
def test_one_cut_at_each_operation_leaves_base_or_new_and_the_update_can_finish(
    case: TargetUpdate, cpu: str, programs: Path
) -> None:
    cases = cut_everywhere(case.device(programs, cpu), case, step=7)

    assert cases > 60


def test_up_to_nine_cuts_in_a_row_leave_base_or_new(cpu: str, programs: Path) -> None:
    under_cuts = UpdateUnderCuts(PAGES.device(programs, cpu), PAGES.update)
    operations = len(under_cuts.record())
    boots = sum(under_cuts.survive_all(drawn_plans(seed, operations)) for seed in range(16))

    assert boots > 60


def test_a_few_cuts_of_a_release_leave_base_or_new(cpu: str, programs: Path) -> None:
    case = release_update("1.0.1")
    under_cuts = UpdateUnderCuts(case.device(programs, cpu), case.update)
    for index, operation in enumerate(under_cuts.record()[::60]):
        variant = list(CutVariant)[index % len(CutVariant)]
        under_cuts.survive(operation, PowerCutPlan(operation=1, variant=variant, seed=index))


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [SMALL, PAGES, OVERWRITE, IN_PLACE],
    ids=["two slots", "small pages", "overwrite", "in place"],
)
def test_every_cut_in_every_variant_leaves_base_or_new(
    case: TargetUpdate, cpu: str, programs: Path
) -> None:
    cases = cut_everywhere(case.device(programs, cpu), case, step=1)

    assert cases > 400


@pytest.mark.slow
def test_a_thousand_cases_of_many_cuts_leave_base_or_new(cpu: str, programs: Path) -> None:
    under_cuts = UpdateUnderCuts(PAGES.device(programs, cpu), PAGES.update)
    operations = len(under_cuts.record())
    for seed in range(1000, 2000):
        under_cuts.survive_all(drawn_plans(seed, operations))


@pytest.mark.slow
def test_every_fourth_operation_of_a_release_may_be_cut(cpu: str, programs: Path) -> None:
    case = release_update("1.1.0")
    under_cuts = UpdateUnderCuts(case.device(programs, cpu), case.update)
    for index, operation in enumerate(under_cuts.record()[::4]):
        variant = list(CutVariant)[index % len(CutVariant)]
        under_cuts.survive(operation, PowerCutPlan(operation=1, variant=variant, seed=index))
