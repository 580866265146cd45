"""Patches that want more than a work buffer: a segment map in scratch flash, a new image in RAM."""

import random
from dataclasses import replace

import pytest

from device_apply.errors import Rejected
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.simulator.update_run import deliver_directly, run_update
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from tests.device_apply.small_device import NEW_COUNTER, VERIFIER, manifest_for, seal

BLOCK_BYTES = 48
BLOCKS = 900
"""So many segments that their map has no room in the 8 KiB of the `tiny` tier."""
FRAGMENT_BYTES = 256


def shuffled_images() -> tuple[bytes, bytes]:
    rng = random.Random(7)
    blocks = [rng.randbytes(BLOCK_BYTES) for _ in range(BLOCKS)]
    return b"".join(blocks), b"".join(rng.sample(blocks, BLOCKS))


BASE, NEW = shuffled_images()
PROFILE = replace(parse_profile(builtin_profile_text("sensor-node")), applier_ram_bytes=8192)


def manifest(profile: DeviceProfile, patch: bytes) -> Manifest:
    vendor = vendor_id(profile.vendor)
    return replace(
        manifest_for(PayloadFormat.AIRDELTA, patch, NEW, BASE),
        class_id=class_id(vendor, profile.device_class),
        security_counter=NEW_COUNTER,
    )


def update(profile: DeviceProfile, patch: bytes, *cuts: PowerCutPlan) -> Board:
    device = SimulatedDevice(profile, VERIFIER)
    device.provision(BASE)
    board = Board(device, cuts)
    deliver = deliver_directly(patch, FRAGMENT_BYTES)
    ended = run_update(board, seal(manifest(profile, patch)), FRAGMENT_BYTES, deliver)
    assert ended is LifecycleState.CONFIRMED
    assert device.running_image() == NEW
    return board


def scratch_erases(board: Board) -> int:
    scratch, bench = PROFILE.layout.scratch, board.device.bench
    assert scratch is not None
    sector = scratch.offset // PROFILE.flash.sector_bytes
    flash = bench.native.lib.bench_flash(bench.handle)
    return int(bench.native.lib.flash_model_sector_erases(flash, sector))


@pytest.fixture(scope="module")
def tiny_patch() -> bytes:
    return encode(BASE, NEW, EncoderOptions(tier=Tier.TINY, scratch_flash_bytes=1 << 15)).patch


def test_a_segment_map_without_room_in_ram_goes_to_scratch_flash(tiny_patch: bytes) -> None:
    rehearsed_and_staged = 2

    assert scratch_erases(update(PROFILE, tiny_patch)) == rehearsed_and_staged


def test_a_power_cut_while_scratch_is_written_only_costs_another_decoding(
    tiny_patch: bytes,
) -> None:
    factory = SimulatedDevice(PROFILE, VERIFIER)
    factory.provision(BASE)
    operations = update(PROFILE, tiny_patch).device.usage.operations - factory.usage.operations
    for operation in range(operations // 4, operations, 173):
        cut = PowerCutPlan(operation=operation, variant=CutVariant.UNSETTLED, seed=operation)
        assert len(update(PROFILE, tiny_patch, cut).power_cuts) == 1


def test_without_scratch_flash_such_a_patch_is_refused(tiny_patch: bytes) -> None:
    bare = replace(PROFILE, layout=replace(PROFILE.layout, scratch=None))

    with pytest.raises(Rejected, match=r"^flash: applying takes \d+ bytes of scratch"):
        update(bare, tiny_patch)


def test_the_large_tier_reads_back_the_image_that_it_rehearses() -> None:
    patch = encode(BASE, NEW, EncoderOptions(tier=Tier.LARGE)).patch

    with pytest.raises(Rejected, match=r"^RAM: applying takes \d+ bytes"):
        update(PROFILE, patch)
    update(replace(PROFILE, applier_ram_bytes=8 << 20), patch)
