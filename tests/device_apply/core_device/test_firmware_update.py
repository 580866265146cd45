"""The sample firmware's releases, as patches that the encoder made, on the device in C."""

from functools import cache
from pathlib import Path

import pytest

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.status import Status, Verdict
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.flash_model import parts
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant
from device_apply.profile import AbLayout, Region, SlotAddressing
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from tests.device_apply.core_device.native_build import ROOT
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    manifest_for,
    seal,
)

IMAGES: Path = ROOT / "sample_firmware" / "images"
SECTOR_BYTES = 2048
SETUP = BenchSetup(
    part=parts.stm32l4(72),
    layout=AbLayout(
        slot_addressing=SlotAddressing.REMAP,
        slot_a=Region(offset=0, size_bytes=24 * SECTOR_BYTES),
        slot_b=Region(offset=24 * SECTOR_BYTES, size_bytes=24 * SECTOR_BYTES),
        download=Region(offset=48 * SECTOR_BYTES, size_bytes=20 * SECTOR_BYTES),
        state=Region(offset=68 * SECTOR_BYTES, size_bytes=4 * SECTOR_BYTES),
    ),
    vendor="vendor.example",
    device_class="sensor",
    state_bank_bytes=SECTOR_BYTES,
    work_bytes=Tier.TINY.ram_limit_bytes,
)


def image(version: str) -> bytes:
    return (IMAGES / f"sensor-node-cm3-{version}.bin").read_bytes()


@cache
def patch_to(version: str, tier: Tier = Tier.TINY) -> bytes:
    options = EncoderOptions(tier=tier, scratch_flash_bytes=0)
    return encode(image("1.0.0"), image(version), options).patch


def sweep_to(native: Native, version: str) -> tuple[Bench, Sweep]:
    base, new, patch = image("1.0.0"), image(version), patch_to(version)
    head = seal(manifest_for(PayloadFormat.AIRDELTA, patch, new, base))
    bench = Bench(SETUP, native)
    assert bench.provision(0, base, BASE_COUNTER) is Status.OK
    bench.trust(head, VERIFIER)
    update = SweptUpdate(
        head=head,
        payload=patch,
        base=base,
        new_image=new,
        base_counter=BASE_COUNTER,
        new_counter=NEW_COUNTER,
        fragment_bytes=51,
    )
    return bench, Sweep(bench, update)


@pytest.mark.parametrize("version", ["1.0.1", "1.1.0", "1.2.0"])
def test_a_release_is_installed_from_its_patch_in_8_kib(native: Native, version: str) -> None:
    bench, sweep = sweep_to(native, version)

    assert sweep.run(()).verdict is Verdict.OK
    assert bench.slot_is(1, image(version))


def test_a_release_is_installed_although_no_boot_lasts_for_long(native: Native) -> None:
    _, sweep = sweep_to(native, "1.1.0")

    assert sweep.short_boots(64, CutVariant.TORN).verdict is Verdict.OK


def test_sampled_cuts_of_a_release_are_survived(native: Native) -> None:
    _, sweep = sweep_to(native, "1.0.1")
    operations = sweep.operations()
    for operation in range(1, operations, 41):
        report = sweep.single_cuts(operation, operation, seed=3)
        assert report.failures == 0, (report.first_failure, report.first_verdict)


@pytest.mark.slow
def test_every_cut_of_a_release_is_survived(native: Native) -> None:
    _, sweep = sweep_to(native, "1.0.1")
    report = sweep.single_cuts(1, sweep.operations(), seed=4)

    assert report.failures == 0, (report.first_failure, report.first_verdict)
