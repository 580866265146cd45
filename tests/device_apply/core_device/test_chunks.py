"""Chunk hashes: what is not what the vendor signed is found on arrival and asked for again."""

from dataclasses import dataclass, replace

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.lifecycle import LifecycleState
from tests.device_apply.core_device.scenarios import Scenario
from tests.device_apply.core_device.small_case import SMALL, booted

SPARES = 8
HEADER_BYTES = 24
FRAGMENT_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that was offered an update, and the fragments for it."""

    bench: Bench
    scenario: Scenario
    fragments: list[bytes]

    @classmethod
    def of(cls, native: Native, scenario: Scenario) -> "Sender":
        bench, update = booted(native, scenario), scenario.package()
        size = scenario.fragment_bytes
        assert bench.offer(update.head, size) is Status.OK
        fragments = [update.payload[at : at + size] for at in range(0, len(update.payload), size)]
        return cls(bench, scenario, fragments)

    def send(self, index: int) -> Status:
        return self.bench.receive(index, self.fragments[index])

    def send_corrupt(self, index: int, changed: int = 1) -> Status:
        fragment = self.fragments[index]
        return self.bench.receive(index, bytes([fragment[0] ^ changed]) + fragment[1:])

    def programs(self) -> int:
        return self.bench.usage().operations


WITHIN_A_FRAGMENT = replace(SMALL, fragment_bytes=128, chunk_bytes=64)
ONE_PER_FRAGMENT = replace(SMALL, fragment_bytes=128, chunk_bytes=128)
OVER_FRAGMENTS = replace(SMALL, fragment_bytes=64, chunk_bytes=256)
ASKEW = replace(SMALL, fragment_bytes=100, chunk_bytes=250)
CASES = {
    "within a fragment": WITHIN_A_FRAGMENT,
    "one per fragment": ONE_PER_FRAGMENT,
    "over fragments": OVER_FRAGMENTS,
    "askew": ASKEW,
}


def test_a_corrupt_chunk_is_asked_for_again_and_nothing_else(native: Native) -> None:
    """Rule 30."""
    sender = Sender.of(native, OVER_FRAGMENTS)
    verdicts = [sender.send_corrupt(5) if index == 5 else sender.send(index) for index in range(8)]

    assert verdicts == [Status.OK] * 7 + [Status.CHUNK_CORRUPT]
    assert sender.bench.missing()[:5] == [4, 5, 6, 7, 8]
    assert [sender.send(index) for index in (4, 5)] == [Status.OK, Status.OK]
    assert sender.bench.missing()[0] == 8


@pytest.mark.parametrize("scenario", CASES.values(), ids=CASES)
@pytest.mark.parametrize("step", [1, -1])
def test_an_update_arrives_whole_however_chunks_and_fragments_meet(
    native: Native, scenario: Scenario, step: int
) -> None:
    sender = Sender.of(native, scenario)
    for index in range(len(sender.fragments))[::step]:
        sender.send_corrupt(index) if index % 9 == 4 else sender.send(index)
    assert sender.bench.state().lifecycle is LifecycleState.DOWNLOADING
    for index in sender.bench.missing():
        sender.send(index)

    assert sender.bench.missing() == []
    assert sender.bench.install() is Status.OK
    assert sender.bench.slot_is(1, scenario.new_image)


@pytest.mark.parametrize("scenario", [WITHIN_A_FRAGMENT, ONE_PER_FRAGMENT])
def test_a_corrupt_fragment_of_whole_chunks_costs_no_flash(
    native: Native, scenario: Scenario
) -> None:
    sender = Sender.of(native, scenario)
    programs = sender.programs()

    assert all(sender.send_corrupt(0, change) is Status.CHUNK_CORRUPT for change in range(1, 99))
    assert sender.programs() == programs
    assert sender.send(0) is Status.OK


def test_a_whole_chunk_that_comes_again_costs_one_spare_per_corrupt_fragment(
    native: Native,
) -> None:
    sender = Sender.of(native, OVER_FRAGMENTS)
    for index in range(4):
        sender.send_corrupt(index) if index == 2 else sender.send(index)
    programs = sender.programs()
    for index in range(4):
        sender.send(index)

    assert sender.programs() == programs + 1


def test_a_wrong_chunk_is_found_again_after_a_reset(native: Native) -> None:
    sender = Sender.of(native, OVER_FRAGMENTS)
    for index in range(len(sender.fragments)):
        sender.send_corrupt(index) if index == 9 else sender.send(index)
    assert sender.bench.boot() is Status.OK

    assert sender.bench.missing() == [8, 9, 10, 11]
    assert sender.bench.state().lifecycle is LifecycleState.DOWNLOADING
    assert sender.send(9) is Status.OK
    assert sender.bench.state().lifecycle is LifecycleState.DOWNLOADED


def test_a_corrupt_fragment_after_a_right_chunk_changes_nothing(native: Native) -> None:
    sender = Sender.of(native, OVER_FRAGMENTS)
    for index in range(4):
        sender.send(index)
    programs = sender.programs()

    assert sender.send_corrupt(1) is Status.OK
    assert sender.programs() == programs
    assert sender.bench.missing()[0] == 4


def test_a_link_that_corrupts_everything_ends_in_a_new_offer(native: Native) -> None:
    """Storage exhaustion: each different copy of a fragment takes a spare, and they are counted."""
    sender = Sender.of(native, OVER_FRAGMENTS)
    for index in range(4):
        sender.send_corrupt(index)
    verdicts = [sender.send_corrupt(0, change) for change in range(2, 2 + SPARES + 1)]

    assert verdicts == [Status.CHUNK_CORRUPT] * SPARES + [Status.STORAGE_SPENT]
    assert sender.bench.state().lifecycle is LifecycleState.IDLE
    package = OVER_FRAGMENTS.package()
    assert sender.bench.offer(package.head, 64) is Status.OK
    assert sender.bench.deliver(package.payload, 64) is Status.OK
    assert sender.bench.install() is Status.OK


def test_corrupt_fragments_are_no_growth_of_a_stalled_download(native: Native) -> None:
    sender = Sender.of(native, ONE_PER_FRAGMENT)
    sender.bench.set_clock(60_000)
    sender.send_corrupt(0)
    assert sender.bench.is_stalled()
    sender.send(0)
    assert not sender.bench.is_stalled()


def test_hashes_that_were_changed_in_flash_are_no_hashes_of_this_package(native: Native) -> None:
    """The head is named by the state log, and its hashes with it."""
    sender = Sender.of(native, ONE_PER_FRAGMENT)
    head = sender.scenario.package().head
    at = sender.scenario.setup().layout.download.offset + HEADER_BYTES
    sectors = sender.bench.read_flash(at - HEADER_BYTES, 512)
    changed = bytearray(sectors)
    changed[HEADER_BYTES + head.index(sender.fragments[0][:1]) % len(head)] ^= 1
    sender.bench.erase_flash(at - HEADER_BYTES)
    sender.bench.program_flash(at - HEADER_BYTES, bytes(changed))
    assert sender.bench.boot() is Status.OK

    assert sender.send(0) is Status.OUT_OF_ORDER


def test_the_payload_s_own_digest_still_decides(native: Native) -> None:
    """A truncated hash can be met on purpose; nothing is installed by it."""
    sender = Sender.of(native, ONE_PER_FRAGMENT)
    for index in range(len(sender.fragments)):
        sender.send(index)
    place = -(-(HEADER_BYTES + len(sender.scenario.package().head)) // 4) * 4
    at = sender.scenario.setup().layout.download.offset + place + FRAGMENT_HEADER_BYTES
    start = at // 512 * 512
    changed = bytearray(sender.bench.read_flash(start, 512))
    changed[at - start] ^= 1
    sender.bench.erase_flash(start)
    sender.bench.program_flash(start, bytes(changed))

    assert sender.bench.install() is Status.REJECTED_PAYLOAD
