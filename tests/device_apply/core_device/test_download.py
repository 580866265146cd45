"""The download area: fragments in any order, lost, repeated, torn or from another package."""

import random
from struct import pack
from zlib import crc32

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.lifecycle import LifecycleState
from tests.device_apply.core_device.small_case import SMALL, booted, update_of
from tests.device_apply.small_device import VERIFIER, Update, full_update

UPDATE: Update = update_of()
SIZE = SMALL.fragment_bytes
FRAGMENTS = [UPDATE.payload[at : at + SIZE] for at in range(0, len(UPDATE.payload), SIZE)]
SPARES = 8


def offered(native: Native) -> Bench:
    bench = booted(native)
    assert bench.offer(UPDATE.head, SIZE) is Status.OK
    return bench


def place_of(index: int) -> int:
    """Where fragment `index` belongs: behind 24 bytes of header and the head, by write units."""
    first = -(-(24 + len(UPDATE.head)) // 4) * 4
    return SMALL.setup().layout.download.offset + first + index * -(-(12 + SIZE) // 4) * 4


def fragment_record(index: int, tag: bytes, crc_error: int = 0) -> bytes:
    data = FRAGMENTS[index]
    header = pack("<HH4s", index, len(data), tag)
    record = header + pack("<I", crc32(data, crc32(header)) ^ crc_error) + data
    return record + b"\xff" * (-len(record) % 4)


@pytest.mark.parametrize("seed", range(5))
def test_fragments_arrive_in_any_order_and_more_than_once(native: Native, seed: int) -> None:
    bench = offered(native)
    order = [index for index in range(len(FRAGMENTS)) for _ in range(2)]
    random.Random(seed).shuffle(order)
    for index in order:
        assert bench.receive(index, FRAGMENTS[index]) is Status.OK

    assert bench.missing() == []
    assert bench.state().lifecycle is LifecycleState.DOWNLOADED
    assert bench.install() is Status.OK
    assert bench.slot_is(1, SMALL.new_image)


def test_what_is_missing_is_known_after_a_reset(native: Native) -> None:
    bench = offered(native)
    for index in (5, 0, 17):
        bench.receive(index, FRAGMENTS[index])
    bench.boot()

    assert set(range(len(FRAGMENTS))) - set(bench.missing()) == {0, 5, 17}


@pytest.mark.parametrize("variant", list(CutVariant))
@pytest.mark.parametrize("seed", range(4))
def test_a_cut_costs_at_most_the_fragment_that_was_being_written(
    native: Native, variant: CutVariant, seed: int
) -> None:
    bench = offered(native)
    bench.receive(2, FRAGMENTS[2])
    bench.receive(3, FRAGMENTS[3])
    bench.plan_cut(PowerCutPlan(operation=1, variant=variant, seed=seed))
    assert bench.receive(4, FRAGMENTS[4]) is Status.POWER_LOST
    bench.boot()

    assert {2, 3}.isdisjoint(bench.missing())
    assert bench.deliver(UPDATE.payload, SIZE) is Status.OK
    assert bench.install() is Status.OK


def test_a_record_of_another_package_does_not_count(native: Native) -> None:
    """Rule 9."""
    bench = offered(native)
    bench.program_flash(place_of(1), fragment_record(1, b"else"))
    bench.boot()

    assert 1 in bench.missing()
    assert bench.receive(1, FRAGMENTS[1]) is Status.OK
    assert 1 not in bench.missing()


def test_a_record_without_its_crc_does_not_count(native: Native) -> None:
    """Rule 10."""
    bench = offered(native)
    tag = (bench.state().package_digest or b"")[:4]
    bench.program_flash(place_of(0), fragment_record(0, tag))
    bench.program_flash(place_of(1), fragment_record(1, tag, crc_error=1))
    bench.boot()

    assert 0 not in bench.missing()
    assert 1 in bench.missing()


def test_a_spoilt_place_is_replaced_by_a_spare(native: Native) -> None:
    bench = offered(native)
    bench.program_flash(place_of(3), bytes(16))
    bench.boot()
    assert bench.deliver(UPDATE.payload, SIZE) is Status.OK
    bench.boot()

    assert bench.missing() == []
    assert bench.install() is Status.OK
    assert bench.slot_is(1, SMALL.new_image)


def test_when_every_spare_is_spoilt_the_download_begins_again(native: Native) -> None:
    bench = offered(native)
    for index in range(SPARES + 1):
        bench.program_flash(place_of(index), bytes(16))
    bench.boot()

    assert bench.deliver(UPDATE.payload, SIZE) is Status.STORAGE_SPENT
    assert bench.state().lifecycle is LifecycleState.IDLE
    assert bench.offer(UPDATE.head, SIZE) is Status.OK
    assert bench.deliver(UPDATE.payload, SIZE) is Status.OK
    assert bench.install() is Status.OK


def test_a_fragment_that_fades_is_fetched_again(native: Native) -> None:
    bench = offered(native)
    assert bench.deliver(UPDATE.payload, SIZE) is Status.OK
    sector = (place_of(5) // 512 + 1) * 512
    bench.erase_flash(sector)
    bench.boot()

    assert bench.state().lifecycle is LifecycleState.DOWNLOADING
    assert bench.missing()
    assert bench.deliver(UPDATE.payload, SIZE) is Status.OK
    assert bench.install() is Status.OK


def test_a_damaged_head_ends_the_session(native: Native) -> None:
    bench = offered(native)
    bench.erase_flash(SMALL.setup().layout.download.offset)
    bench.boot()

    assert bench.state().lifecycle is LifecycleState.IDLE
    assert bench.missing() == []


def test_an_area_whose_erase_was_cut_is_not_resumed(native: Native) -> None:
    """Rule 11: the session ends before its area is erased."""
    for operation in (1, 2, 3):
        bench = offered(native)
        bench.receive(0, FRAGMENTS[0])
        erases = bench.usage().erased_sectors
        bench.plan_cut(PowerCutPlan(operation=operation, variant=CutVariant.NOT_DONE))
        assert bench.offer(UPDATE.head, SIZE - 1) is Status.POWER_LOST
        bench.boot()

        if bench.usage().erased_sectors > erases:
            assert bench.state().lifecycle is LifecycleState.IDLE


@pytest.mark.parametrize(
    ("index", "size"),
    [(len(FRAGMENTS), SIZE), (0, SIZE - 1), (0, SIZE + 1), (0, 0), (2**32 - 1, 1)],
)
def test_a_fragment_that_the_payload_does_not_have_is_refused(
    native: Native, index: int, size: int
) -> None:
    bench = offered(native)
    operations = bench.usage().operations

    assert bench.receive(index, bytes(size)) is Status.BAD_ARGUMENT
    assert bench.usage().operations == operations


@pytest.mark.parametrize("fragment_bytes", [0, 257, 2**32 - 1])
def test_a_fragment_size_that_cannot_be_buffered_is_refused(
    native: Native, fragment_bytes: int
) -> None:
    assert booted(native).offer(UPDATE.head, fragment_bytes) is Status.BAD_ARGUMENT


def test_a_payload_larger_than_the_area_is_refused_before_it_is_touched(native: Native) -> None:
    bench = booted(native)
    operations = bench.usage().operations

    assert bench.offer(UPDATE.head, 1) is Status.REJECTED_SIZE
    assert bench.usage().operations == operations


def test_an_image_larger_than_a_slot_is_refused(native: Native) -> None:
    bench = booted(native)
    update = full_update(bytes(SMALL.setup().layout.slot_a.size_bytes + 1))
    bench.trust(update.head, VERIFIER)

    assert bench.offer(update.head, SIZE) is Status.REJECTED_SIZE


def test_a_download_that_does_not_grow_is_stalled(native: Native) -> None:
    bench = booted(native)
    bench.set_clock(2**32 - 10_000)
    assert not bench.is_stalled()
    bench.offer(UPDATE.head, SIZE)
    bench.set_clock(49_999)
    assert not bench.is_stalled()
    bench.set_clock(50_000)
    assert bench.is_stalled()
    bench.receive(0, FRAGMENTS[0])
    assert not bench.is_stalled()
