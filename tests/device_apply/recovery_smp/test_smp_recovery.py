"""Recovery over a serial line: what the SMP server answers, takes, refuses, and survives."""

import random
from dataclasses import replace

import pytest

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.errors import PowerCut
from device_apply.flash_model.native import Native
from device_apply.flash_model.power_cuts import CutVariant, PowerCutPlan
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.core_device.native_build import shipped
from tests.device_apply.core_device.small_case import SMALL
from tests.device_apply.recovery_smp.smp_line import (
    ECHO,
    IMAGE,
    OS,
    PARAMETERS,
    READ,
    RESET,
    STATE,
    UPLOAD,
    WRITE,
    ask,
    lines,
    message,
    reply,
    upload,
)
from tests.device_apply.small_device import (
    BASE_COUNTER,
    VERIFIER,
    delta_update,
    full_update,
    manifest_for,
    seal,
)

DENIED, INVALID, UNSUPPORTED = 11, 3, 8
ECHO_REQUEST = lines(message(WRITE, OS, ECHO, {"d": "hello"}))


@pytest.fixture(scope="module")
def native() -> Native:
    return shipped()


def package(security_counter: int = BASE_COUNTER, *, trusted_by: Bench) -> bytes:
    """A signed package of the scenario's base image."""
    update = full_update(SMALL.base, security_counter)
    trusted_by.trust(update.head, VERIFIER)
    return update.head + update.payload


@pytest.fixture
def bench(native: Native) -> Bench:
    """A device whose only image has a damaged byte, in recovery."""
    device = SMALL.bench(native)
    start = device.setup.layout.slot_a.offset
    damaged = bytearray(device.read_flash(start, len(SMALL.base)))
    damaged[100] ^= 1
    for offset in range(start, start + len(damaged), device.setup.part.sectors[0].size_bytes):
        device.erase_flash(offset)
    device.program_flash(start, bytes(damaged) + b"\xff" * (-len(damaged) % 4))
    assert device.boot() is Status.NOTHING_BOOTS
    assert device.recover() is Status.OK
    return device


class TestTheLine:
    def test_an_echo_comes_back(self, bench: Bench) -> None:
        assert ask(bench, WRITE, OS, ECHO, {"d": "hello"}) == {"r": "hello"}

    @pytest.mark.parametrize("characters", [4, 8, 60, 124])
    def test_a_message_may_come_in_lines_of_any_length(self, bench: Bench, characters: int) -> None:
        request = message(WRITE, OS, ECHO, {"d": "x" * 150})

        assert reply(bench.hear(lines(request, characters)))[1] == {"r": "x" * 150}

    def test_other_text_on_the_line_is_ignored(self, bench: Bench) -> None:
        assert bench.hear(b"boot: recovery\r\n\n\x06 no\n") == b""
        assert reply(bench.hear(ECHO_REQUEST))[1] == {"r": "hello"}

    def test_a_message_with_a_wrong_crc_is_not_answered(self, bench: Bench) -> None:
        for position in range(2, len(ECHO_REQUEST) - 1):
            damaged = bytearray(ECHO_REQUEST)
            damaged[position] = ord("A") if damaged[position] != ord("A") else ord("B")
            assert bench.hear(bytes(damaged)) == b""
        assert reply(bench.hear(ECHO_REQUEST))[1] == {"r": "hello"}

    def test_a_line_that_breaks_off_does_not_spoil_the_next_message(self, bench: Bench) -> None:
        for length in range(len(ECHO_REQUEST) - 1):
            assert bench.hear(ECHO_REQUEST[:length] + b"\n") == b""
            assert reply(bench.hear(ECHO_REQUEST))[1] == {"r": "hello"}

    def test_a_message_beyond_the_buffer_is_not_answered(self, bench: Bench) -> None:
        assert bench.hear(lines(message(WRITE, OS, ECHO, {"d": "x" * 600}))) == b""
        assert reply(bench.hear(ECHO_REQUEST))[1] == {"r": "hello"}

    def test_noise_is_survived(self, bench: Bench) -> None:
        chance = random.Random(1)
        for _ in range(2000):
            body = bytearray(message(WRITE, IMAGE, UPLOAD, {"off": 0, "len": 9, "data": b"123"}))
            for _ in range(chance.randrange(6)):
                body[chance.randrange(8, len(body))] = chance.randrange(256)
            bench.hear(lines(bytes(body)))
        assert reply(bench.hear(ECHO_REQUEST))[1] == {"r": "hello"}


class TestTheRequests:
    def test_the_parameters_name_the_buffer(self, bench: Bench) -> None:
        assert ask(bench, READ, OS, PARAMETERS, {}) == {"buf_size": 512, "buf_count": 1}

    def test_image_states_are_the_slots_of_the_state_log(self, bench: Bench) -> None:
        state = {
            "slot": 0,
            "version": f"{BASE_COUNTER}.0.0",
            "hash": SizedDigest.of(SMALL.base).digest,
            "confirmed": True,
        }

        assert ask(bench, READ, IMAGE, STATE, {}) == {"images": [state]}

    @pytest.mark.parametrize(
        ("operation", "group", "command"), [(WRITE, IMAGE, STATE), (WRITE, IMAGE, 5), (READ, 9, 0)]
    )
    def test_anything_else_is_not_supported(
        self, bench: Bench, operation: int, group: int, command: int
    ) -> None:
        assert ask(bench, operation, group, command, {}) == {"rc": UNSUPPORTED}

    @pytest.mark.parametrize(
        "body", [{}, {"off": 0, "data": b""}, {"off": b"", "data": b"", "len": 1}, {"d": 1}]
    )
    def test_an_upload_without_its_fields_is_invalid(
        self, bench: Bench, body: dict[str, object]
    ) -> None:
        assert ask(bench, WRITE, IMAGE, UPLOAD, body) == {"rc": INVALID}

    def test_a_reset_is_answered_first(self, bench: Bench) -> None:
        assert ask(bench, WRITE, OS, RESET, {}) == {}


class TestTheUpload:
    def test_the_last_working_version_is_restored(self, bench: Bench) -> None:
        data = package(trusted_by=bench)

        assert upload(bench, data) == {"off": len(data)}
        assert bench.boot() is Status.OK
        assert bench.slot_is(0, SMALL.base)
        assert bench.state().security_counter == BASE_COUNTER

    def test_a_newer_version_is_taken(self, bench: Bench) -> None:
        assert "off" in upload(bench, package(BASE_COUNTER + 1, trusted_by=bench))
        assert bench.boot() is Status.OK

    def test_an_older_version_is_refused_without_an_erase(self, bench: Bench) -> None:
        before = bench.usage()

        assert upload(bench, package(BASE_COUNTER - 1, trusted_by=bench)) == {"rc": DENIED}
        assert bench.usage() == before

    def test_a_package_that_nobody_trusted_is_refused_without_an_erase(self, bench: Bench) -> None:
        update, before = full_update(SMALL.base), bench.usage()

        assert upload(bench, update.head + update.payload) == {"rc": DENIED}
        assert bench.usage() == before

    def test_a_patch_is_refused(self, bench: Bench) -> None:
        bench.trust(delta_update().head, VERIFIER)

        assert upload(bench, delta_update().head + delta_update().payload) == {"rc": DENIED}

    def test_a_package_for_another_device_class_is_refused(self, bench: Bench) -> None:
        manifest = manifest_for(PayloadFormat.FULL, SMALL.base, SMALL.base, None)
        head = seal(replace(manifest, class_id=bytes(16)))
        bench.trust(head, VERIFIER)

        assert upload(bench, head + SMALL.base) == {"rc": DENIED}

    def test_a_payload_with_a_wrong_byte_does_not_boot(self, bench: Bench) -> None:
        data = bytearray(package(trusted_by=bench))
        data[-1] ^= 1

        assert upload(bench, bytes(data)) == {"rc": DENIED}
        assert bench.boot() is Status.NOTHING_BOOTS

    @pytest.mark.parametrize("length_change", [-1, 1])
    def test_a_package_of_another_length_is_refused(self, bench: Bench, length_change: int) -> None:
        data = (package(trusted_by=bench) + b"\0")[: length_change - 1 or None]

        assert upload(bench, data) == {"rc": INVALID}

    def test_a_piece_that_comes_twice_is_answered_with_the_one_that_is_due(
        self, bench: Bench
    ) -> None:
        data = package(trusted_by=bench)
        ask(bench, WRITE, IMAGE, UPLOAD, {"off": 0, "len": len(data), "data": data[:64]})
        again = {"off": 64, "data": data[64:128]}

        assert ask(bench, WRITE, IMAGE, UPLOAD, again) == {"off": 128}
        assert ask(bench, WRITE, IMAGE, UPLOAD, again) == {"off": 128}

    @pytest.mark.parametrize("variant", list(CutVariant))
    def test_a_cut_at_any_operation_leaves_recovery_or_the_image(
        self, bench: Bench, variant: CutVariant
    ) -> None:
        data = package(trusted_by=bench)
        operation = 0
        is_cut = True
        while is_cut:
            operation += 1
            bench.plan_cut(PowerCutPlan(operation=operation, variant=variant, seed=operation))
            is_cut = self.recovered_through_a_cut(bench, data)
            assert bench.slot_is(0, SMALL.base)
            self.damage_again(bench)

        assert operation > 5

    @staticmethod
    def recovered_through_a_cut(bench: Bench, data: bytes) -> bool:
        try:
            assert upload(bench, data) == {"off": len(data)}
        except PowerCut:
            bench.plan_cut(None)
            if bench.boot() is not Status.OK:
                assert bench.recover() is Status.OK
                assert upload(bench, data) == {"off": len(data)}
                assert bench.boot() is Status.OK
            return True
        return False

    @staticmethod
    def damage_again(bench: Bench) -> None:
        bench.plan_cut(None)
        bench.erase_flash(bench.setup.layout.slot_a.offset)
        assert bench.boot() is Status.NOTHING_BOOTS
        assert bench.recover() is Status.OK


def test_without_a_state_log_a_signed_package_makes_a_new_one(native: Native) -> None:
    setup = SMALL.setup()
    bench = Bench(setup, native)
    assert bench.boot() is Status.STATE_LOST
    assert bench.recover() is Status.OK

    assert "off" in upload(bench, package(trusted_by=bench))
    assert bench.boot() is Status.OK
