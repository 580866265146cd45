"""Staging: the payload is proved before the slot is erased, the slot is proved before it boots."""

import io
from dataclasses import replace

import detools
import pytest

from device_apply.appliers.contract import Source
from device_apply.appliers.sources import BytesSource
from device_apply.errors import ApplyFailed, Rejected
from device_apply.simulator.nor_flash import NorFlash
from device_apply.slots import SlotImage
from device_apply.staging import check_needs, check_payload, rehearse, stage_image
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import (
    base_image,
    crle_patch,
    delta_manifest,
    delta_update,
    manifest_for,
    new_image,
    small_profile,
)

PROFILE = small_profile()
BASE = BytesSource(base_image())
PAYLOAD = BytesSource(delta_update().payload)


class UnreadableSource:
    """A source that must not be read."""

    size = 2400

    def read(self, offset: int, size: int) -> bytes:
        raise AssertionError(f"read of {size} bytes at {offset}")


class DeafFlash(NorFlash):
    """A flash that loses every program of one byte value, as a worn part does."""

    def program(self, offset: int, data: bytes) -> None:
        super().program(offset, bytes(max(byte, 1) for byte in data))


def staged(manifest: Manifest, payload: Source, base: Source, flash: NorFlash) -> bytes:
    slot = PROFILE.layout.slot_b
    stage_image(manifest, payload, base, flash, slot)
    return SlotImage(flash, slot, manifest.new_image.size).read(0, manifest.new_image.size)


def test_11_a_payload_with_one_other_bit_is_rejected() -> None:
    for at in range(PAYLOAD.size):
        flipped = bytearray(PAYLOAD.data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(Rejected, match=r"^payload: the manifest names"):
            check_payload(delta_manifest(), BytesSource(bytes(flipped)))


def test_11_a_payload_that_is_shorter_or_longer_is_rejected() -> None:
    for data in (PAYLOAD.data[:-1], PAYLOAD.data + b"\0", b""):
        with pytest.raises(Rejected, match=r"^payload: the manifest names"):
            check_payload(delta_manifest(), BytesSource(data))


def test_11_the_signed_payload_passes() -> None:
    check_payload(delta_manifest(), PAYLOAD)


def test_12_a_payload_that_takes_more_ram_than_there_is_is_rejected() -> None:
    frugal = replace(PROFILE, applier_ram_bytes=16)

    with pytest.raises(Rejected, match=r"^RAM: applying takes \d+ bytes .* the device has 16$"):
        check_needs(delta_manifest(), PAYLOAD, BASE, frugal)
    check_needs(delta_manifest(), PAYLOAD, BASE, PROFILE)


def test_12_the_needs_are_known_without_decoding() -> None:
    check_needs(delta_manifest(), PAYLOAD, UnreadableSource(), PROFILE)


def test_12_a_payload_that_needs_scratch_flash_is_rejected() -> None:
    patch = io.BytesIO()
    detools.create_patch(
        io.BytesIO(base_image()),
        io.BytesIO(new_image()),
        patch,
        compression="crle",
        patch_type="in-place",
        memory_size=8192,
        segment_size=512,
    )
    manifest = manifest_for(
        PayloadFormat.DETOOLS_IN_PLACE, patch.getvalue(), new_image(), base_image()
    )

    with pytest.raises(Rejected, match=r"^flash: applying takes \d+ bytes of scratch"):
        check_needs(manifest, BytesSource(patch.getvalue()), BASE, PROFILE)


def test_13_a_rehearsal_with_the_right_base_passes() -> None:
    rehearse(delta_manifest(), PAYLOAD, BASE)


def test_13_a_rehearsal_against_a_base_that_changed_is_rejected() -> None:
    changed = BytesSource(base_image()[:1000] + b"\0" + base_image()[1001:])

    with pytest.raises(Rejected, match=r"^rehearsed image: the manifest names"):
        rehearse(delta_manifest(), PAYLOAD, changed)


def test_13_a_payload_that_decodes_to_another_size_is_rejected() -> None:
    for size in (2549, 2551):
        manifest = replace(delta_manifest(), new_image=SizedDigest(bytes(32), size))
        with pytest.raises(Rejected):
            rehearse(manifest, PAYLOAD, BASE)


def test_13_a_payload_that_reads_outside_its_base_is_rejected() -> None:
    with pytest.raises(Rejected):
        rehearse(delta_manifest(), PAYLOAD, BytesSource(base_image()[:100]))


def test_13_a_payload_of_another_format_is_rejected() -> None:
    """A signed mistake of the vendor: a full image declared as a patch."""
    manifest = manifest_for(
        PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, new_image(), new_image(), base_image()
    )

    with pytest.raises(Rejected):
        rehearse(manifest, BytesSource(new_image()), BASE)


def test_14_the_slot_holds_the_new_image() -> None:
    flash = NorFlash(PROFILE.flash)

    assert staged(delta_manifest(), PAYLOAD, BASE, flash) == new_image()


def test_14_only_the_sectors_under_the_new_image_are_erased() -> None:
    flash = NorFlash(PROFILE.flash)
    staged(delta_manifest(), PAYLOAD, BASE, flash)
    erased = [sector for sector, erases in enumerate(flash.erases_by_sector) if erases]

    assert erased == [8, 9, 10, 11, 12]


def test_14_a_slot_that_does_not_read_back_is_a_failure() -> None:
    with pytest.raises(ApplyFailed, match=r"^staging: staged image: the manifest names"):
        staged(delta_manifest(), PAYLOAD, BASE, DeafFlash(PROFILE.flash))


def test_14_a_base_that_changes_after_the_rehearsal_is_a_failure() -> None:
    changed = BytesSource(bytes(2400))

    with pytest.raises(ApplyFailed, match=r"^staging: "):
        staged(delta_manifest(), PAYLOAD, changed, NorFlash(PROFILE.flash))


def test_14_a_payload_that_breaks_after_the_rehearsal_is_a_failure() -> None:
    broken = BytesSource(crle_patch(base_image(), new_image())[:-40])

    with pytest.raises(ApplyFailed):
        staged(delta_manifest(), broken, BASE, NorFlash(PROFILE.flash))
