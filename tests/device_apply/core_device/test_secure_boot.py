"""Secure boot: a ROM runs signed bootloaders only, a bootloader signed images only."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.core.device.bench import Bench
from device_apply.core.device.status import Status
from device_apply.flash_model.native import Native
from device_apply.lifecycle import LifecycleState
from device_apply.profile import Region
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.signed_image import TRAILER_BYTES, signed_bytes, with_trailer_head
from tests.device_apply.core_device.scenarios import image, pages
from tests.device_apply.core_device.small_case import SMALL
from tests.device_apply.small_device import (
    BASE_COUNTER,
    KEY,
    NEW_COUNTER,
    VERIFIER,
    Update,
    full_update,
)

SECTOR = 512
SCENARIO = replace(SMALL, part=pages(40, SECTOR, 4))
COPIES = tuple(Region(offset=sector * SECTOR, size_bytes=2 * SECTOR) for sector in (34, 37))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)


def signed(bench: Bench, code: bytes, security_counter: int, *, trusted: bool = True) -> bytes:
    """Sign an image; only what the trusted key signed is believed."""
    algorithm = CoseAlgorithm.ED25519
    unsigned = with_trailer_head(code, security_counter, algorithm)
    message = signed_bytes(unsigned)
    signature = (KEY if trusted else OTHER_KEY).sign(message)
    if trusted:
        bench.trust_message(algorithm, message, signature)
    return unsigned + signature


def put(bench: Bench, region: Region, data: bytes) -> None:
    for offset in range(region.offset, region.end, SECTOR):
        bench.erase_flash(offset)
    bench.program_flash(region.offset, data)


def copy_of_bootloader(bench: Bench, seed: int, counter: int, *, trusted: bool = True) -> bytes:
    code = image(seed, COPIES[0].size_bytes - TRAILER_BYTES)
    return signed(bench, code, counter, trusted=trusted)


def secure_device(native: Native) -> tuple[Bench, Update]:
    """A device that runs signed images only, and an update to the next one, offered and staged."""
    bench = Bench(SCENARIO.setup(), native)
    bench.require_signatures()
    base = signed(bench, image(1, 1900), BASE_COUNTER)
    update = full_update(signed(bench, image(2, 1901), NEW_COUNTER))
    bench.trust(update.head, VERIFIER)
    assert bench.provision(0, base, BASE_COUNTER) is Status.OK
    assert bench.boot() is Status.OK
    return bench, update


def stage(bench: Bench, update: Update) -> None:
    assert bench.offer(update.head, SCENARIO.fragment_bytes) is Status.OK
    assert bench.deliver(update.payload, SCENARIO.fragment_bytes) is Status.OK
    assert bench.install() is Status.OK


class TestRom:
    def test_the_rom_runs_the_newest_signed_copy(self, native: Native) -> None:
        bench = Bench(SCENARIO.setup(), native)
        assert bench.rom_choice(*COPIES) is None
        put(bench, COPIES[0], copy_of_bootloader(bench, 5, 1))
        assert bench.rom_choice(*COPIES) == 0
        put(bench, COPIES[1], copy_of_bootloader(bench, 6, 2))
        assert bench.rom_choice(*COPIES) == 1

    def test_of_equals_the_first_copy_runs(self, native: Native) -> None:
        bench = Bench(SCENARIO.setup(), native)
        put(bench, COPIES[0], copy_of_bootloader(bench, 5, 1))
        put(bench, COPIES[1], copy_of_bootloader(bench, 6, 1))

        assert bench.rom_choice(*COPIES) == 0

    def test_a_bootloader_of_another_key_does_not_run(self, native: Native) -> None:
        """Rule 31."""
        bench = Bench(SCENARIO.setup(), native)
        put(bench, COPIES[0], copy_of_bootloader(bench, 5, 9, trusted=False))
        assert bench.rom_choice(*COPIES) is None
        put(bench, COPIES[1], copy_of_bootloader(bench, 6, 1))
        assert bench.rom_choice(*COPIES) == 1

    def test_every_flipped_bit_of_a_bootloader_is_found(self, native: Native) -> None:
        bench = Bench(SCENARIO.setup(), native)
        good = copy_of_bootloader(bench, 5, 1)
        trailer_at = len(good) - TRAILER_BYTES
        positions = [*range(0, trailer_at, 31), *range(trailer_at, len(good))]
        for at in positions:
            changed = bytearray(good)
            changed[at] ^= 1 << at % 8
            put(bench, COPIES[0], bytes(changed))
            assert bench.rom_choice(*COPIES) is None, at

    def test_a_trailer_of_another_length_is_no_trailer(self, native: Native) -> None:
        bench = Bench(SCENARIO.setup(), native)
        put(bench, COPIES[0], copy_of_bootloader(bench, 5, 1))
        at, size = COPIES[0].offset, COPIES[0].size_bytes

        assert bench.is_signed(at, size)
        assert not any(bench.is_signed(at, size - less) for less in (4, 79, 80, size - 4, size))
        assert not bench.is_signed(at + 4, size - 4)


class TestImages:
    def test_a_signed_update_is_installed_and_confirmed(self, native: Native) -> None:
        bench, update = secure_device(native)
        stage(bench, update)

        assert bench.boot() is Status.OK
        assert bench.slot_is(bench.running_slot(), update.payload)
        assert bench.confirm() is Status.OK

    def test_an_image_that_nobody_signed_is_not_tried(self, native: Native) -> None:
        """Rule 33: the package is the vendor's and the digest is right, but not the image's own."""
        bench, _update = secure_device(native)
        unsigned = full_update(signed(bench, image(2, 1901), NEW_COUNTER, trusted=False))
        bench.trust(unsigned.head, VERIFIER)
        stage(bench, unsigned)

        assert bench.boot() is Status.OK
        assert bench.running_slot() == 0
        assert bench.state().lifecycle is LifecycleState.REVERTED

    def test_a_state_log_that_names_another_image_does_not_make_it_run(
        self, native: Native
    ) -> None:
        """Flash that an attacker can write: image and record agree, and still it is not signed."""
        bench, _update = secure_device(native)
        forged = signed(bench, image(3, 1900), BASE_COUNTER, trusted=False)
        other = Bench(SCENARIO.setup(), native)
        assert other.provision(0, forged, BASE_COUNTER) is Status.OK
        layout = SCENARIO.setup().layout
        for region in (layout.slot_a, layout.state):
            put(bench, region, other.read_flash(region.offset, region.size_bytes))

        assert bench.boot() is Status.NOTHING_BOOTS

    def test_a_damaged_image_gives_way_to_the_other_slot_then_to_recovery(
        self, native: Native
    ) -> None:
        bench, update = secure_device(native)
        equal = full_update(update.payload, security_counter=BASE_COUNTER)
        bench.trust(equal.head, VERIFIER)
        stage(bench, equal)
        assert bench.boot() is Status.OK
        assert bench.confirm() is Status.OK
        layout = SCENARIO.setup().layout
        bench.erase_flash(layout.slot_b.offset)
        assert bench.boot() is Status.OK
        assert bench.running_slot() == 0
        bench.erase_flash(layout.slot_a.offset)

        assert bench.boot() is Status.NOTHING_BOOTS

    def test_the_factory_cannot_provision_an_unsigned_image(self, native: Native) -> None:
        bench = Bench(SCENARIO.setup(), native)
        bench.require_signatures()

        assert bench.provision(0, image(1, 1900), BASE_COUNTER) is Status.NOTHING_BOOTS

    @pytest.mark.parametrize("security_counter", [0, 2**32 - 1])
    def test_what_python_signs_is_what_the_device_accepts(
        self, native: Native, security_counter: int
    ) -> None:
        bench = Bench(SCENARIO.setup(), native)
        data = signed(bench, b"code of any length", security_counter)
        size = len(data)
        bench.program_flash(COPIES[0].offset, data + bytes(-size % 4))

        assert bench.is_signed(COPIES[0].offset, size)
