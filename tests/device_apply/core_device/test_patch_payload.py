"""An airdelta patch on the device in C: decoded against the running slot, under power cuts."""

import random
from dataclasses import replace

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status, Verdict
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from pipeline.encoder.header import FORMAT_VERSION, Mode
from tests.device_apply.core_device.scenarios import SCENARIOS
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    manifest_for,
    seal,
)

SCENARIO = SCENARIOS["pages-128"]
BASE = SCENARIO.base
RUN_LENGTH_MODE = bytes([FORMAT_VERSION << 4 | Mode.RUN_LENGTH])
LARGE_MODE = bytes([FORMAT_VERSION << 4 | Mode.LARGE])


def edited_image() -> bytes:
    image = bytearray(BASE)
    for at in range(50, len(image) - 8, 400):
        image[at : at + 8] = random.Random(at).randbytes(8)
    return bytes(image)


def run_length_patch(base: bytes, new: bytes) -> bytes:
    """Runs alternate: as in the base image, then replaced (PATCH_FORMAT.md section 3)."""
    patch, at = bytearray(RUN_LENGTH_MODE), 0
    while at < len(new):
        for is_copy in (True, False):
            start = at
            while at < len(new) and (new[at : at + 1] == base[at : at + 1]) is is_copy:
                at += 1
            patch += number(at - start)
            patch += b"" if is_copy else new[start:at]
            if at == len(new):
                break
    return bytes(patch)


def number(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


NEW = edited_image()
PATCH = run_length_patch(BASE, NEW)


def patch_manifest(patch: bytes = PATCH) -> Manifest:
    return manifest_for(PayloadFormat.AIRDELTA, patch, NEW, BASE)


def bench_for(native: Native, manifest: Manifest) -> tuple[Bench, bytes]:
    bench, head = Bench(SCENARIO.setup(), native), seal(manifest)
    assert bench.provision(0, BASE, BASE_COUNTER) is Status.OK
    bench.trust(head, VERIFIER)
    assert bench.boot() is Status.OK
    return bench, head


def install(native: Native, manifest: Manifest, patch: bytes) -> Status:
    """Run an update up to staging; the inactive slot is trapped until that begins."""
    bench, head = bench_for(native, manifest)
    offered = bench.offer(head, 100)
    if offered is not Status.OK:
        return offered
    slot = SCENARIO.setup().layout.slot_b
    bench.deliver(patch, 100)
    bench.protect(slot.offset, slot.size_bytes)
    status = bench.install()
    assert bench.usage().traps <= (status is Status.FAILED_STAGING)
    return status


def swept(native: Native) -> Sweep:
    bench, head = bench_for(native, patch_manifest())
    return Sweep(
        bench,
        SweptUpdate(
            head=head,
            payload=PATCH,
            base=BASE,
            new_image=NEW,
            base_counter=BASE_COUNTER,
            new_counter=NEW_COUNTER,
            fragment_bytes=100,
        ),
    )


def test_a_patch_becomes_the_new_image(native: Native) -> None:
    bench, head = bench_for(native, patch_manifest())
    bench.offer(head, 100)
    bench.deliver(PATCH, 100)

    assert len(PATCH) < len(NEW) // 8
    assert bench.install() is Status.OK
    assert bench.boot() is Status.OK
    assert bench.running_slot() == 1
    assert bench.slot_is(1, NEW)


def test_one_cut_anywhere_is_survived(native: Native) -> None:
    sweep = swept(native)
    report = sweep.single_cuts(1, sweep.operations(), seed=0)

    assert report.cases == sweep.operations() * len(CutVariant)
    assert report.failures == 0, (report.first_failure, report.first_verdict)


def test_many_cuts_and_short_boots_are_survived(native: Native) -> None:
    sweep = swept(native)

    assert sweep.drawn_cuts(0, 300, 9).failures == 0
    for variant in CutVariant:
        assert sweep.short_boots(40, variant).verdict is Verdict.OK


def test_a_patch_against_another_base_is_refused_at_the_door(native: Native) -> None:
    manifest = replace(patch_manifest(), base_digest=SizedDigest.of(BASE[:-1]).digest)

    assert install(native, manifest, PATCH) is Status.REJECTED_BASE


@pytest.mark.parametrize("size", range(0, len(PATCH), 7))
def test_a_signed_but_truncated_patch_ends_in_the_rehearsal(native: Native, size: int) -> None:
    patch = PATCH[:size]
    expected = Status.REJECTED_REHEARSAL if patch else Status.REJECTED_SIZE

    assert install(native, patch_manifest(patch), patch) is expected


@pytest.mark.parametrize("at", range(0, len(PATCH), 5))
def test_a_signed_but_wrong_patch_ends_in_the_rehearsal(native: Native, at: int) -> None:
    patch = bytearray(PATCH)
    patch[at] ^= 0x21

    assert install(native, patch_manifest(bytes(patch)), bytes(patch)) is Status.REJECTED_REHEARSAL


def test_a_patch_that_wants_more_memory_than_there_is_is_refused(native: Native) -> None:
    large_tier = LARGE_MODE + bytes(60)

    assert install(native, patch_manifest(large_tier), large_tier) is Status.REJECTED_MEMORY
