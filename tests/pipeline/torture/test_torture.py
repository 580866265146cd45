"""Torture as a library: the same cases on any number of workers, and broken builds that show."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise

import pytest

from device_apply.core.device.status import Verdict
from device_apply.flash_model.power_cuts import CutVariant, parse_cuts
from device_apply.profile import DeviceProfile, LayoutKind
from device_apply.profile_toml import builtin_profile_text, parse_profile
from pipeline.engines.runner import process_executor
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.reader import read_image
from pipeline.torture.compact_layout import compact_layout
from pipeline.torture.shards import (
    EveryCut,
    ManyCuts,
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
    sweep = victim.sweep()
    shards = list(exhaustive_shards(sweep.operations(), seed=0))
    report = run_here(victim, sweep, shards)

    assert report.cases == report.operations * len(CutVariant)
    assert report.failures == 0
    assert report.failed == ()
    assert report.boots > 3 * report.cases


def test_workers_find_what_one_process_finds(victim: Victim, executor: Executor) -> None:
    sweep = victim.sweep()
    shards = list(sampled_shards(sweep.operations(), 120, seed=5))
    seen: list[int] = []
    spread = run_spread(victim, shards, executor, lambda result: seen.append(result.cases))

    assert spread == run_here(victim, sweep, shards)
    assert sum(seen) == spread.cases == 120


def test_the_same_update_is_made_of_the_same_images(
    images: tuple[FirmwareImage, FirmwareImage], victim: Victim, executor: Executor
) -> None:
    assert make_victim(*images, profile("sensor-node"), executor, LayoutKind.AB) == victim


def test_a_broken_build_fails_with_an_id_that_reproduces_the_failure(victim: Victim) -> None:
    build = broken(TORN_SLOT_IS_BUILT_ON)
    sweep = victim.sweep(build)
    report = run_here(victim, sweep, list(exhaustive_shards(sweep.operations(), seed=0)))

    assert report.failures > 0
    failed = report.failed[0]
    assert victim.sweep(build).run(parse_cuts(failed.id)).verdict is failed.verdict
    assert failed.verdict is not Verdict.OK
    assert victim.sweep().run(parse_cuts(failed.id)).verdict is Verdict.OK


@pytest.mark.parametrize(
    "shard", [SingleCuts(parse_cuts("9:torn:1+9:torn:2")), ManyCuts(0, 40), EveryCut(20, 28, 0)]
)
def test_every_kind_of_portion_tells_of_its_failures(victim: Victim, shard: Shard) -> None:
    result = run_shard(victim.sweep(broken(TORN_SLOT_IS_BUILT_ON)), shard)

    assert result.cases == shard.cases
    assert (result.first_failure is None) == (result.failures == 0)


@pytest.mark.parametrize("layout", [LayoutKind.OVERWRITE, LayoutKind.IN_PLACE])
def test_a_device_with_one_slot_survives_drawn_cuts(
    images: tuple[FirmwareImage, FirmwareImage], executor: Executor, layout: LayoutKind
) -> None:
    victim = make_victim(*images, profile("sensor-node"), executor, layout)
    sweep = victim.sweep()
    report = run_here(victim, sweep, list(sampled_shards(sweep.operations(), 200, seed=1)))

    assert report.failures == 0
    assert report.to_json()["layout"] == layout.value


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
