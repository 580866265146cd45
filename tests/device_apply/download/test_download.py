"""The download area: any order, any repetition, any number of resets, one fragment lost per cut."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.download.area import MAX_FRAGMENT_BYTES, SPARE_CELLS, DownloadArea
from device_apply.download.layout import Cell, SessionLayout
from device_apply.download.session import DownloadSession
from device_apply.errors import ApplyFailed, PowerCut, Rejected
from device_apply.profile import Region
from device_apply.simulator.nor_flash import NorFlash
from device_apply.simulator.power_cuts import CutVariant, PlannedCut
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import small_profile
from tests.device_apply.watched_flash import RefusalCounter

HEAD = random.Random(1).randbytes(333)
PAYLOAD = random.Random(2).randbytes(1234)
FRAGMENT_BYTES = 100
COUNT = 13


def fragment(index: int) -> bytes:
    return PAYLOAD[index * FRAGMENT_BYTES : (index + 1) * FRAGMENT_BYTES]


def flash_and_area(write_unit_bytes: int = 4) -> tuple[NorFlash, DownloadArea]:
    profile = small_profile(write_unit_bytes)
    flash = NorFlash(profile.flash)
    return flash, DownloadArea(flash, profile.layout.download)


def begun(area: DownloadArea) -> DownloadSession:
    return area.begin(HEAD, area.plan(len(HEAD), len(PAYLOAD), FRAGMENT_BYTES))


def resumed(area: DownloadArea) -> DownloadSession:
    session = area.resume(SizedDigest.of(HEAD).digest)
    assert session is not None
    return session


def filled(area: DownloadArea) -> DownloadSession:
    session = begun(area)
    for index in range(COUNT):
        assert session.receive(index, fragment(index))
    return session


@given(st.permutations(range(COUNT)), st.lists(st.integers(0, COUNT - 1)))
def test_fragments_in_any_order_and_repeated_give_the_payload(
    order: Sequence[int], repeated: Sequence[int]
) -> None:
    _, area = flash_and_area()
    session = begun(area)
    for index in [*order, *repeated]:
        assert session.receive(index, fragment(index))
    payload = session.payload()

    assert session.missing() == []
    assert payload.read(0, payload.size) == PAYLOAD


@given(st.sets(st.integers(0, COUNT - 1)), st.sampled_from([1, 2, 8, 32]))
def test_a_reset_loses_nothing_that_was_stored(stored: set[int], write_unit_bytes: int) -> None:
    _, area = flash_and_area(write_unit_bytes)
    session = begun(area)
    for index in stored:
        session.receive(index, fragment(index))

    after = resumed(area)
    assert set(after.missing()) == set(range(COUNT)) - stored
    assert after.head == HEAD
    for index in after.missing():
        after.receive(index, fragment(index))
    assert after.payload().read(0, len(PAYLOAD)) == PAYLOAD


@given(st.data())
def test_the_payload_reads_the_same_at_every_offset(data: st.DataObject) -> None:
    _, area = flash_and_area()
    payload = filled(area).payload()
    offset = data.draw(st.integers(0, len(PAYLOAD)))
    size = data.draw(st.integers(0, len(PAYLOAD) - offset))

    assert payload.read(offset, size) == PAYLOAD[offset : offset + size]


@pytest.mark.parametrize(("offset", "size"), [(-1, 2), (0, 1235), (1234, 1), (0, -1)])
def test_reading_outside_the_payload_is_refused(offset: int, size: int) -> None:
    _, area = flash_and_area()

    with pytest.raises(ApplyFailed, match="leaves the 1234 there are"):
        filled(area).payload().read(offset, size)


def test_an_incomplete_payload_cannot_be_read() -> None:
    _, area = flash_and_area()

    with pytest.raises(RuntimeError, match="not complete"):
        begun(area).payload()


def test_a_fragment_that_is_there_already_costs_no_operation() -> None:
    flash, area = flash_and_area()
    session = begun(area)
    session.receive(3, fragment(3))
    before = flash.usage
    session.receive(3, fragment(3))

    assert flash.usage == before


@pytest.mark.parametrize("index", [-1, COUNT, 2**32])
def test_a_fragment_that_the_payload_does_not_have_is_rejected(index: int) -> None:
    flash, area = flash_and_area()
    session = begun(area)
    before = flash.usage

    with pytest.raises(Rejected, match="the payload has fragments 0 to 12"):
        session.receive(index, bytes(FRAGMENT_BYTES))
    assert flash.usage == before


@pytest.mark.parametrize(("index", "size"), [(0, 99), (0, 101), (0, 0), (12, 100), (12, 33)])
def test_a_fragment_of_another_size_is_rejected(index: int, size: int) -> None:
    _, area = flash_and_area()

    with pytest.raises(Rejected, match=f"fragment {index}: {size} bytes instead of"):
        begun(area).receive(index, bytes(size))


def test_only_the_sectors_that_the_session_needs_are_erased() -> None:
    flash, area = flash_and_area()
    begun(area)
    layout = area.plan(len(HEAD), len(PAYLOAD), FRAGMENT_BYTES)

    assert flash.usage.erased_sectors == -(-layout.size_bytes(4) // 512)


def test_a_payload_that_does_not_fit_is_rejected_without_touching_flash() -> None:
    flash, area = flash_and_area()

    with pytest.raises(Rejected, match="the download area has 12288"):
        area.plan(len(HEAD), 11_000, FRAGMENT_BYTES)
    assert flash.usage.operations == 0


def test_the_largest_payload_that_is_planned_fits() -> None:
    flash, area = flash_and_area()

    def fits(size: int) -> bool:
        try:
            area.plan(len(HEAD), size, FRAGMENT_BYTES)
        except Rejected:
            return False
        return True

    largest = max(filter(fits, range(9_000, 11_000)))
    layout = area.plan(len(HEAD), largest, FRAGMENT_BYTES)
    session = area.begin(HEAD, layout)
    for index in range(layout.fragment_count):
        assert session.receive(index, bytes(layout.fragment_size(index)))
    region = small_profile().layout.download

    assert session.is_complete
    assert flash.read(region.end, 512) == b"\xff" * 512


@pytest.mark.parametrize("fragment_bytes", [0, -1, MAX_FRAGMENT_BYTES + 1])
def test_fragments_that_the_device_cannot_buffer_are_refused(fragment_bytes: int) -> None:
    _, area = flash_and_area()

    with pytest.raises(ValueError, match="1 to 4096 fit"):
        area.plan(len(HEAD), len(PAYLOAD), fragment_bytes)


def test_an_area_of_another_package_is_not_resumed() -> None:
    _, area = flash_and_area()
    filled(area)

    assert area.resume(SizedDigest.of(b"another head").digest) is None


def test_a_blank_area_is_not_resumed() -> None:
    _, area = flash_and_area()

    assert area.resume(SizedDigest.of(HEAD).digest) is None


def test_a_begun_area_with_a_damaged_header_is_not_resumed() -> None:
    flash, area = flash_and_area()
    offset = small_profile().layout.download.offset
    layout = area.plan(len(HEAD), len(PAYLOAD), FRAGMENT_BYTES)
    flash.program(offset, replace(layout, payload_bytes=1).to_bytes()[:16] + bytes(4))

    assert area.resume(SizedDigest.of(HEAD).digest) is None


def test_cells_of_an_earlier_package_are_not_taken_for_ours() -> None:
    flash, area = flash_and_area()
    session = begun(area)
    foreign = Cell(index=0, package_tag=b"nope", data=fragment(0))
    layout = area.plan(len(HEAD), len(PAYLOAD), FRAGMENT_BYTES)
    flash.program(
        small_profile().layout.download.offset + layout.first_cell(4), foreign.to_bytes(4)
    )

    assert 0 in resumed(area).missing()
    assert session.receive(0, fragment(0))  # refused by the first cell, stored in the second
    assert 0 not in resumed(area).missing()


def test_a_stored_fragment_that_rots_is_missing_after_a_reset() -> None:
    flash, area = flash_and_area()
    filled(area)
    flash._cells._content[small_profile().layout.download.offset + 700] ^= 0x10

    assert len(resumed(area).missing()) == 1


@pytest.mark.parametrize("write_unit_bytes", [1, 4, 32])
@pytest.mark.parametrize("variant", CutVariant)
def test_a_cut_costs_at_most_the_fragment_being_written(
    variant: CutVariant, write_unit_bytes: int
) -> None:
    for seed in range(20):
        flash, area = flash_and_area(write_unit_bytes)
        session = begun(area)
        for index in range(5):
            session.receive(index, fragment(index))
        flash.plan_cut(PlannedCut(operation=1, variant=variant, seed=seed))
        with pytest.raises(PowerCut):
            session.receive(5, fragment(5))
        flash.power_on()
        after = resumed(area)
        assert list(after.missing()) in ([5, *range(6, COUNT)], list(range(6, COUNT)))
        for index in after.missing():
            assert after.receive(index, fragment(index))
        assert after.payload().read(0, len(PAYLOAD)) == PAYLOAD


def test_a_cell_that_does_not_read_blank_is_never_programmed_again() -> None:
    for seed in range(16):
        flash, area = flash_and_area()
        session = begun(area)
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.TORN, seed=seed))
        with pytest.raises(PowerCut):
            session.receive(0, fragment(0))
        flash.power_on()
        counter = RefusalCounter(flash)
        after = resumed(DownloadArea(counter, small_profile().layout.download))
        assert after.receive(0, fragment(0))
        assert counter.refused == 0


def test_a_session_whose_cells_are_all_spoilt_says_so() -> None:
    flash, area = flash_and_area()
    session = begun(area)
    for _ in range(COUNT + SPARE_CELLS):
        flash.plan_cut(PlannedCut(operation=1, variant=CutVariant.TORN))
        with pytest.raises(PowerCut):
            session.receive(0, fragment(0))
        flash.power_on()
        session = resumed(area)

    assert not session.receive(0, fragment(0))
    assert list(session.missing()) == list(range(COUNT))


@given(
    st.builds(
        SessionLayout,
        head_bytes=st.integers(0, 4096),
        fragment_bytes=st.integers(1, 4096),
        payload_bytes=st.integers(0, 2**32 - 1),
        cell_count=st.integers(0, 2**32 - 1),
    )
)
def test_a_session_header_reads_back_as_it_was_written(layout: SessionLayout) -> None:
    data = layout.to_bytes()

    assert SessionLayout.from_bytes(data) == layout
    assert SessionLayout.from_bytes(data[:-1] + bytes([data[-1] ^ 1])) is None


@given(
    st.integers(0, 2**32 - 1), st.binary(min_size=4, max_size=4), st.binary(min_size=1), st.data()
)
def test_a_cell_reads_back_as_it_was_written_or_not_at_all(
    index: int, tag: bytes, fragment_data: bytes, data: st.DataObject
) -> None:
    cell = Cell(index=index, package_tag=tag, data=fragment_data)
    encoded = cell.to_bytes(8)
    assert Cell.from_bytes(encoded) == cell

    bit = data.draw(st.integers(0, 8 * (Cell.OVERHEAD_BYTES + len(fragment_data)) - 1))
    flipped = bytearray(encoded)
    flipped[bit // 8] ^= 1 << bit % 8
    assert Cell.from_bytes(bytes(flipped)) is None


def test_areas_begin_where_the_profile_says() -> None:
    profile = small_profile()
    flash = NorFlash(profile.flash)
    region = Region(offset=profile.layout.download.offset + 512, size_bytes=10 * 512)
    filled(DownloadArea(flash, region))
    touched = [sector for sector, erases in enumerate(flash.erases_by_sector) if erases]

    assert touched[0] == region.offset // 512
    assert touched[-1] < region.end // 512
