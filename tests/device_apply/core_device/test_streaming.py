"""Streaming: a payload is decoded into the free slot while it is downloaded, and never stored."""

from dataclasses import replace

import pytest

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.native import FOLDER
from device_apply.core.device.status import Status, Verdict
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.flash_model import parts
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import CHECKPOINT_BYTES, Region
from device_apply.wire.chunks import MAX_HASH_BYTES, ChunkHashes
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.options import Tier
from tests.device_apply.core_device import test_firmware_update as releases
from tests.device_apply.core_device.native_build import ROOT
from tests.device_apply.core_device.scenarios import SCENARIOS, Scenario
from tests.device_apply.core_device.small_case import booted
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    full_update,
    manifest_for,
    seal,
)

STREAMING = SCENARIOS["streaming"]
CHUNKS_PER_CHECKPOINT = 4
PAGE_BYTES = 128
ONE_TRUSTED = 16
"""As many signatures as the bench believes; further ones replace the first."""


def offered(native: Native, scenario: Scenario = STREAMING) -> Bench:
    """A device that verified a head and waits for the payload."""
    bench = booted(native, scenario)
    assert bench.offer(scenario.package().head, scenario.fragment_bytes) is Status.OK
    return bench


def fragment(index: int, scenario: Scenario = STREAMING) -> bytes:
    at = index * scenario.fragment_bytes
    return scenario.package().payload[at : at + scenario.fragment_bytes]


def send(bench: Bench, index: int) -> Status:
    return bench.receive(index, fragment(index))


def send_corrupt(bench: Bench, index: int) -> Status:
    sent = fragment(index)
    return bench.receive(index, bytes([sent[0] ^ 1]) + sent[1:])


def send_until_checkpoint(bench: Bench, number: int) -> int:
    """Send fragments until the device has stated so many checkpoints; how many were sent."""
    for index in range(len(STREAMING.package().payload) // STREAMING.fragment_bytes):
        assert send(bench, index) is Status.OK
        if bench.staged_bytes() == number:
            return index + 1
    raise AssertionError(f"checkpoint {number} was never taken")


def protect_slot(bench: Bench) -> None:
    slot = STREAMING.setup().layout.slot_b
    bench.protect(slot.offset, slot.size_bytes)


def test_a_payload_is_installed_that_no_area_has_room_for(native: Native) -> None:
    bench = offered(native)
    payload = STREAMING.package().payload

    assert STREAMING.setup().layout.download.size_bytes < len(payload)
    assert bench.deliver(payload, STREAMING.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK
    assert bench.boot() is Status.OK
    assert bench.confirm() is Status.OK
    assert bench.slot_is(1, STREAMING.new_image)


def test_a_corrupt_chunk_reaches_neither_decoder_nor_slot(native: Native) -> None:
    """Rule 50."""
    bench = offered(native)
    protect_slot(bench)
    verdicts = [send_corrupt(bench, 0), send(bench, 1)]

    assert verdicts == [Status.OK, Status.CHUNK_CORRUPT]
    assert bench.usage().traps == 0
    assert bench.missing()[0] == 0


def test_a_corrupt_chunk_is_asked_for_again_and_nothing_before_it(native: Native) -> None:
    bench = offered(native)
    verdicts = [send(bench, index) for index in range(6)]
    verdicts.append(send_corrupt(bench, 6))

    # 7 fragments of 100 bytes are 4 chunks of 150 bytes and a piece
    assert verdicts == [Status.OK] * 7
    assert send(bench, 7) is Status.CHUNK_CORRUPT
    assert bench.missing()[0] == 6
    assert bench.deliver(STREAMING.package().payload, STREAMING.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


def test_the_host_counts_with_the_device_s_checkpoints() -> None:
    header = (ROOT / FOLDER / "include" / "airdelta_streaming.h").read_text()

    assert f"#define AIRDELTA_CHECKPOINT_BYTES {CHECKPOINT_BYTES}u" in header
    assert f"#define AIRDELTA_CHUNKS_PER_CHECKPOINT {CHUNKS_PER_CHECKPOINT}u" in header


def test_fragments_come_in_order_and_repeated_ones_do_no_harm(native: Native) -> None:
    bench = offered(native)

    assert send(bench, 3) is Status.TOO_EARLY
    assert [send(bench, index) for index in (0, 0, 1, 0, 2)] == [Status.OK] * 5
    assert bench.missing()[0] == 3


def test_hashes_that_could_be_met_on_purpose_are_not_streamed_by(native: Native) -> None:
    """Rule 50b: with short hashes the payload is stored first, and here there is no room for it."""
    bench = booted(native, STREAMING)
    short = full_update(STREAMING.new_image, chunk_bytes=150, hash_bytes=MAX_HASH_BYTES - 1)
    bench.trust(short.head, VERIFIER)

    assert bench.offer(short.head, 100) is Status.REJECTED_SIZE


def test_nothing_is_decoded_after_a_reset_before_the_signature_is_checked_again(
    native: Native,
) -> None:
    """Rule 51."""
    bench = offered(native)
    send_until_checkpoint(bench, 1)
    assert bench.boot() is Status.OK
    for other in range(ONE_TRUSTED):
        bench.trust_message(-19, bytes([other]), bytes(64))
    protect_slot(bench)

    assert send(bench, bench.missing()[0]) is Status.REJECTED_SIGNATURE
    assert bench.usage().traps == 0
    assert bench.state().lifecycle is LifecycleState.IDLE


def test_a_reset_costs_what_came_since_the_last_checkpoint(native: Native) -> None:
    """Rule 52."""
    bench = offered(native)
    sent = send_until_checkpoint(bench, 2)
    assert [send(bench, sent + n) for n in range(4)] == [Status.OK] * 4
    assert bench.boot() is Status.OK
    again = (sent + 4) * STREAMING.fragment_bytes - bench.missing()[0] * STREAMING.fragment_bytes

    most = CHUNKS_PER_CHECKPOINT * STREAMING.chunk_bytes + PAGE_BYTES + STREAMING.fragment_bytes
    assert 0 < again <= most
    assert bench.deliver(STREAMING.package().payload, STREAMING.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


def test_a_checkpoint_that_changed_in_flash_is_not_resumed(native: Native) -> None:
    """Rule 52b: the state of a decoder is believed only as the state log knows it."""
    bench = offered(native)
    send_until_checkpoint(bench, 1)
    region = STREAMING.setup().layout.checkpoints
    assert region is not None
    at = region.offset + region.size_bytes // 2
    changed = bytearray(bench.read_flash(at, PAGE_BYTES))
    changed[0] ^= PAGE_BYTES
    bench.erase_flash(at)
    bench.program_flash(at, bytes(changed))
    assert bench.boot() is Status.OK
    told = bench.missing()[0]

    assert told > 0
    assert send(bench, told) is Status.TOO_EARLY
    assert bench.missing()[0] == 0
    assert bench.deliver(STREAMING.package().payload, STREAMING.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


@pytest.mark.parametrize("variant", list(CutVariant))
def test_a_cut_while_a_checkpoint_is_saved_leaves_the_one_before(
    native: Native, variant: CutVariant
) -> None:
    """Rule 54."""
    bench = offered(native)
    sent = send_until_checkpoint(bench, 1)
    assert bench.boot() is Status.OK
    resumed = bench.missing()[0]
    region = STREAMING.setup().layout.checkpoints
    assert region is not None
    for operation in range(1, 40):
        bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))
        for index in range(resumed, sent + 8):
            if send(bench, index) is Status.POWER_LOST:
                break
        assert bench.boot() is Status.OK
        if bench.staged_bytes() != 1:
            break

        assert send(bench, resumed) is Status.OK
        assert bench.missing()[0] >= resumed
    else:
        raise AssertionError("no second checkpoint in 39 operations")


def test_the_free_slot_stays_while_the_device_may_not_commit(native: Native) -> None:
    bench = offered(native)
    protect_slot(bench)
    bench.permit(may_commit=False)

    assert send(bench, 0) is Status.WAITING
    assert bench.usage().traps == 0
    bench.permit(may_commit=True)
    assert send(bench, 0) is Status.OK


def test_a_package_whose_chunks_do_not_fit_into_memory_is_refused(native: Native) -> None:
    bench = booted(native, STREAMING)
    large = full_update(STREAMING.new_image, chunk_bytes=1024, hash_bytes=MAX_HASH_BYTES)
    bench.trust(large.head, VERIFIER)

    assert bench.offer(large.head, 100) is Status.REJECTED_MEMORY


def test_a_device_without_room_for_checkpoints_of_its_memory_says_so(native: Native) -> None:
    setup = STREAMING.setup()
    region = setup.layout.checkpoints
    assert region is not None
    small = Region(offset=region.offset, size_bytes=2 * PAGE_BYTES)
    bench = Bench(replace(setup, layout=replace(setup.layout, checkpoints=small)), native)
    assert bench.provision(0, STREAMING.base, BASE_COUNTER) is Status.OK
    bench.trust(STREAMING.package().head, VERIFIER)
    assert bench.boot() is Status.OK

    assert bench.offer(STREAMING.package().head, 100) is Status.REJECTED_SIZE


def test_what_was_streamed_of_one_package_means_nothing_to_the_next(native: Native) -> None:
    """Rule 16b: nor does its checkpoint."""
    bench = offered(native)
    send_until_checkpoint(bench, 1)
    other = full_update(
        STREAMING.new_image[::-1], chunk_bytes=STREAMING.chunk_bytes, hash_bytes=MAX_HASH_BYTES
    )
    bench.trust(other.head, VERIFIER)

    assert bench.offer(other.head, 100) is Status.OK
    assert bench.missing()[0] == 0
    assert bench.boot() is Status.OK
    assert bench.deliver(other.payload, 100) is Status.OK
    assert bench.install() is Status.OK
    assert bench.slot_is(1, STREAMING.new_image[::-1])


# --- a patch --------------------------------------------------------------------------------------


CHUNK_BYTES = 256
CHECKPOINT_SECTORS = {Tier.TINY: 10, Tier.STANDARD: 36}


def release_case(version: str, tier: Tier = Tier.TINY) -> tuple[BenchSetup, SweptUpdate]:
    """A release of the sample firmware as a patch, for a device with its tier's memory and a chunk.

    Checkpoints lie behind everything else.
    """
    base, new = releases.image("1.0.0"), releases.image(version)
    patch = releases.patch_to(version, tier)
    sector_bytes, sectors = releases.SECTOR_BYTES, CHECKPOINT_SECTORS[tier]
    layout = replace(
        releases.SETUP.layout,
        download=Region(offset=48 * sector_bytes, size_bytes=2 * sector_bytes),
        checkpoints=Region(offset=72 * sector_bytes, size_bytes=sectors * sector_bytes),
    )
    setup = replace(
        releases.SETUP,
        part=parts.stm32l4(72 + sectors),
        layout=layout,
        work_bytes=tier.ram_limit_bytes + CHUNK_BYTES,
    )
    manifest = replace(
        manifest_for(PayloadFormat.AIRDELTA, patch, new, base),
        chunks=ChunkHashes.of(patch, CHUNK_BYTES, MAX_HASH_BYTES),
    )
    update = SweptUpdate(
        head=seal(manifest),
        payload=patch,
        base=base,
        new_image=new,
        base_counter=BASE_COUNTER,
        new_counter=NEW_COUNTER,
        fragment_bytes=51,
    )
    return setup, update


def streaming_release(native: Native, version: str) -> tuple[Bench, SweptUpdate]:
    setup, update = release_case(version)
    bench = Bench(setup, native)
    assert bench.provision(0, update.base, BASE_COUNTER) is Status.OK
    bench.trust(update.head, VERIFIER)
    return bench, update


def test_a_release_is_streamed_from_its_patch_with_checkpoints(native: Native) -> None:
    bench, update = streaming_release(native, "1.1.0")
    numbers = set()
    patch = releases.patch_to("1.1.0")
    assert bench.boot() is Status.OK
    assert bench.offer(update.head, 51) is Status.OK
    for index in bench.missing():
        assert bench.receive(index, patch[index * 51 :][:51]) is Status.OK
        numbers.add(bench.staged_bytes())

    assert len(numbers) > 2
    assert bench.install() is Status.OK
    assert bench.slot_is(1, releases.image("1.1.0"))


def test_sampled_cuts_of_a_streamed_release_are_survived(native: Native) -> None:
    sweep = Sweep(*streaming_release(native, "1.1.0"))
    for operation in range(1, sweep.operations(), 31):
        report = sweep.single_cuts(operation, operation, seed=5)
        assert report.failures == 0, (report.first_failure, report.first_verdict)


@pytest.mark.slow
def test_every_cut_of_a_streamed_release_is_survived(native: Native) -> None:
    sweep = Sweep(*streaming_release(native, "1.1.0"))
    report = sweep.single_cuts(1, sweep.operations(), seed=6)

    assert report.failures == 0, (report.first_failure, report.first_verdict)


def test_a_streamed_release_ends_right_after_several_cuts(native: Native) -> None:
    sweep = Sweep(*streaming_release(native, "1.1.0"))
    cuts = [PowerCutPlan(operation=60, variant=variant, seed=1) for variant in CutVariant]

    assert sweep.run(cuts).verdict is Verdict.OK
