"""Torture as a library: the same cases on any number of workers, and broken builds that show."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise

import pytest

from device_apply.core.device.status import Status, Verdict
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan, parse_cuts
from device_apply.profile import DeviceProfile, LayoutKind
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.engines.runner import process_executor
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image
from pipeline.torture.commit_phase import find_commit
from pipeline.torture.compact_layout import compact_layout
from pipeline.torture.shards import (
    EveryCut,
    ManyCuts,
    Rack,
    Shard,
    SingleCuts,
    exhaustive_shards,
    run_shard,
    sampled_shards,
)
from pipeline.torture.survival import run_here, run_spread
from pipeline.torture.victim import Victim, make_victim
from sample_firmware import image_path
from tests.device_apply.core_device.native_build import Mutant, broken

TORN_SLOT_IS_BUILT_ON = Mutant("12", "slot_writer.c", "result = AIRDELTA_FLASH_OK;")


ANY_CUT = PowerCutPlan(operation=5, variant=CutVariant.TORN, seed=3)


def profile(name: str = "generic") -> DeviceProfile:
    return parse_profile(builtin_profile_text(name))


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with process_executor(2) as made:
        yield made


@pytest.fixture(scope="module")
def images() -> tuple[FirmwareImage, FirmwareImage]:
    """The beginnings of two releases: what matters here takes a few pages."""
    base, new = (read_image(image_path(version)) for version in ("1.0.0", "1.1.0"))
    return replace(base, data=base.data[:3000]), replace(new, data=new.data[:3100])


@pytest.fixture(scope="module")
def victim(images: tuple[FirmwareImage, FirmwareImage], executor: Executor) -> Victim:
    return make_victim(*images, profile("sensor-node"), executor, LayoutKind.AB)


def test_an_update_survives_every_cut(victim: Victim) -> None:
    shards = list(exhaustive_shards(range(1, victim.sweep().operations() + 1), seed=0))
    report = run_here(victim, shards)

    assert report.cases == report.operations * len(CutVariant)
    assert report.failures == 0
    assert report.failed == ()
    assert report.boots > 3 * report.cases


def test_workers_find_what_one_process_finds(victim: Victim, executor: Executor) -> None:
    shards = list(sampled_shards(victim.sweep().operations(), 120, seed=5))
    seen: list[int] = []
    spread = run_spread(victim, shards, executor, lambda result: seen.append(result.cases))

    assert spread == run_here(victim, shards)
    assert sum(seen) == spread.cases == 120


def test_the_same_update_is_made_of_the_same_images(
    images: tuple[FirmwareImage, FirmwareImage], victim: Victim, executor: Executor
) -> None:
    assert make_victim(*images, profile("sensor-node"), executor, LayoutKind.AB) == victim


def test_a_broken_build_fails_with_an_id_that_reproduces_the_failure(victim: Victim) -> None:
    build = broken(TORN_SLOT_IS_BUILT_ON)
    operations = victim.sweep(build).operations()
    report = run_here(victim, list(exhaustive_shards(range(1, operations + 1), seed=0)), build)

    assert report.failures > 0
    failed = report.failed[0]
    assert victim.sweep(build).run(parse_cuts(failed.id)).verdict is failed.verdict
    assert failed.verdict is not Verdict.OK
    assert victim.sweep().run(parse_cuts(failed.id)).verdict is Verdict.OK


@pytest.mark.parametrize(
    "shard", [SingleCuts(parse_cuts("9:torn:1+9:torn:2")), ManyCuts(0, 40), EveryCut(20, 28, 0)]
)
def test_every_kind_of_portion_tells_of_its_failures(victim: Victim, shard: Shard) -> None:
    result = run_shard(Rack(victim, broken(TORN_SLOT_IS_BUILT_ON)), shard)

    assert result.cases == shard.cases
    assert (result.first_failure is None) == (result.failures == 0)


@pytest.mark.parametrize("layout", [LayoutKind.OVERWRITE, LayoutKind.IN_PLACE])
def test_a_device_with_one_slot_survives_drawn_cuts(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor, layout: LayoutKind
) -> None:
    victim = make_victim(*images, profile("sensor-node"), executor, layout)
    operations = victim.sweep().operations()
    report = run_here(victim, list(sampled_shards(operations, 200, seed=1)))

    assert report.failures == 0
    assert report.to_json()["layout"] == layout.value


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_the_commit_is_what_writes_the_slot(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor, layout: LayoutKind
) -> None:
    """A cut at its first operation finds the slot as it was, one behind its last the new image."""
    victim = make_victim(*images, profile("sensor-node"), executor, layout)
    commit = find_commit(victim).operations
    slot = victim.setup.layout.slots[1 if layout is LayoutKind.AB else 0]

    def slot_after(operation: int) -> bytes:
        bench, update = victim.bench(), victim.update
        bench.plan_cut(PowerCutPlan(operation=operation, variant=CutVariant.NOT_DONE))
        steps: list[Callable[[], Status]] = [
            bench.boot,
            lambda: bench.offer(update.head, update.fragment_bytes),
            lambda: bench.deliver(update.payload, update.fragment_bytes),
            bench.install,
            bench.boot,
            bench.confirm,
        ]
        for step in steps:
            if step() is Status.POWER_LOST:
                break
        bench.native.lib.flash_model_power_on(bench.native.lib.bench_flash(bench.handle))
        return bench.read_flash(slot.offset, len(update.new_image))

    before = slot_after(1)
    assert slot_after(commit.start) == before
    assert slot_after(commit.stop) == victim.update.new_image
    assert slot_after(commit[len(commit) // 2]) not in (before, victim.update.new_image)


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_a_case_that_begins_with_the_commit_is_the_case_of_the_whole_update(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor, layout: LayoutKind
) -> None:
    victim = make_victim(*images, profile("sensor-node"), executor, layout)
    commit, whole = find_commit(victim), victim.sweep()
    for operation in commit.operations[::29]:
        here = replace(ANY_CUT, operation=operation - commit.operations_before)
        late = commit.sweep.run([here, ANY_CUT])
        early = whole.run(commit.whole_id([here, ANY_CUT]))

        assert late.verdict is early.verdict is Verdict.OK
        assert late.cuts == early.cuts == 2
        assert late.operations == early.operations - commit.operations_before


def test_a_derived_layout_is_apart_and_as_small_as_it_can_be() -> None:
    made = compact_layout(profile(), LayoutKind.AB, 100_000, 256)
    layout = made.layout
    regions = [layout.slot_a, layout.slot_b, layout.download, layout.state, layout.scratch]

    for one, other in pairwise(region for region in regions if region is not None):
        assert one.end == other.offset
    assert layout.slot_a.size_bytes == 25 * 4096
    assert made.flash.size_bytes < 500_000


def test_a_base_that_fits_no_slot_is_refused(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor
) -> None:
    base, new = images
    too_large = replace(base, data=bytes(200_000))

    with pytest.raises(Refused, match="a slot of device 'sensor-node' holds 131072"):
        make_victim(too_large, new, profile("sensor-node"), executor)
