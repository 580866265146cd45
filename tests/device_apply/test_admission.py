"""Admission: one test for each numbered check on a head, and one for their order."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.admission import DeviceFacts, admit_head
from device_apply.errors import FormatError, Rejected
from device_apply.profile import SlotAddressing
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.delivery import payload_identity
from device_apply.wire.envelope import MAX_HEAD_BYTES, EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.small_device import (
    BASE_COUNTER,
    KEY,
    VERIFIER,
    base_image,
    delta_manifest,
    delta_update,
    full_update,
    manifest_for,
    new_image,
    seal,
    small_profile,
)

DEVICE = DeviceFacts(
    profile=small_profile(),
    running_slot=0,
    running_image=SizedDigest.of(base_image()),
    security_counter=BASE_COUNTER,
)
PER_SLOT_DEVICE = replace(DEVICE, profile=small_profile(slot_addressing=SlotAddressing.PER_SLOT))


def reason_for(manifest: Manifest, device: DeviceFacts = DEVICE) -> str:
    with pytest.raises(Rejected) as rejected:
        admit_head(seal(manifest), VERIFIER, device)
    return str(rejected.value)


def test_updates_for_this_device_are_admitted() -> None:
    for update in (delta_update(), full_update()):
        head = admit_head(update.head, VERIFIER, DEVICE)
        assert head.manifest.payload == payload_identity(update.payload)


def test_1_every_prefix_of_a_head_is_rejected() -> None:
    head = delta_update().head
    for size in range(len(head)):
        with pytest.raises(FormatError):
            admit_head(head[:size], VERIFIER, DEVICE)


def test_1_a_head_with_bytes_behind_it_is_rejected() -> None:
    with pytest.raises(FormatError, match="too many"):
        admit_head(delta_update().head + b"\0", VERIFIER, DEVICE)


def test_1_a_head_larger_than_the_buffer_is_rejected() -> None:
    with pytest.raises(FormatError, match="over the limit"):
        admit_head(bytes(MAX_HEAD_BYTES + 1), VERIFIER, DEVICE)


def test_1_2_3_every_flipped_bit_of_a_head_is_rejected() -> None:
    head = delta_update().head
    for bit in range(len(head) * 8):
        flipped = bytearray(head)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Rejected):
            admit_head(bytes(flipped), VERIFIER, DEVICE)


def test_2_a_manifest_that_its_digest_does_not_name_is_rejected() -> None:
    head = delta_update().head
    at = head.index(delta_manifest().to_bytes())
    other = replace(delta_manifest(), security_counter=9).to_bytes()

    with pytest.raises(FormatError, match="digest does not match"):
        admit_head(head[:at] + other + head[at + len(other) :], VERIFIER, DEVICE)


def test_3_another_key_is_rejected() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))

    with pytest.raises(Rejected, match="not made by a trusted key"):
        admit_head(seal(delta_manifest(), other), VERIFIER, DEVICE)


def test_3_the_header_does_not_choose_the_algorithm() -> None:
    algorithm = CoseAlgorithm.ESP256
    signature = KEY.sign(signed_bytes(delta_manifest().to_bytes(), algorithm))
    head = EnvelopeHead.sealed(delta_manifest(), algorithm, signature)

    with pytest.raises(Rejected, match="made with ESP256"):
        admit_head(head.to_bytes(), VERIFIER, DEVICE)


def test_3_nothing_that_the_manifest_says_counts_before_its_signature() -> None:
    """All other checks would fail too, but the signature is named."""
    hopeless = replace(
        manifest_for(PayloadFormat.FULL, bytes(9), bytes(9), None),
        security_counter=0,
        class_id=bytes(16),
        new_image=SizedDigest(bytes(32), 2**31),
        payload=SizedDigest(bytes(16), 2**31),
        slot=1,
    )
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))

    with pytest.raises(Rejected, match=r"^signature: "):
        admit_head(seal(hopeless, other), VERIFIER, DEVICE)


def test_4_the_same_class_of_another_vendor_is_rejected() -> None:
    other = class_id(vendor_id("other.example"), "sensor")
    own = class_id(vendor_id("vendor.example"), "sensor")
    reason = reason_for(replace(delta_manifest(), class_id=other))

    assert reason == (
        f"device class: the update is for {other.hex()[:8]}…, "
        f"the device is {own.hex()[:8]}… (sensor of vendor.example)"
    )


def test_5_another_device_class_is_rejected() -> None:
    other = class_id(vendor_id("vendor.example"), "gateway")
    reason = reason_for(replace(delta_manifest(), class_id=other))

    assert reason.startswith(f"device class: the update is for {other.hex()[:8]}…")


def test_6_a_lower_security_counter_is_rejected() -> None:
    reason = reason_for(replace(delta_manifest(), security_counter=BASE_COUNTER - 1))

    assert reason == "security counter: the update has 2, the device requires at least 3"


@pytest.mark.parametrize("counter", [BASE_COUNTER, BASE_COUNTER + 1, 2**32 - 1])
def test_6_an_equal_or_higher_security_counter_is_admitted(counter: int) -> None:
    admit_head(seal(replace(delta_manifest(), security_counter=counter)), VERIFIER, DEVICE)


def test_7_a_format_that_the_device_cannot_decode_is_rejected() -> None:
    manifest = manifest_for(PayloadFormat.BSDIFF4, b"patch", new_image(), base_image())

    assert reason_for(manifest) == "payload format: the device has no applier for bsdiff4"


@pytest.mark.parametrize("size", [0, 8 * 512 + 1, 2**32 - 1])
def test_8_an_image_that_no_slot_holds_is_rejected(size: int) -> None:
    image = SizedDigest(bytes(32), size)
    manifest = replace(delta_manifest(), new_image=image)

    assert reason_for(manifest) == f"new image: {size} bytes, a slot holds 1 to 4096"


def test_8_an_image_that_just_fills_a_slot_is_admitted() -> None:
    image = SizedDigest(bytes(32), 8 * 512)
    admit_head(seal(replace(delta_manifest(), new_image=image)), VERIFIER, DEVICE)


@pytest.mark.parametrize("slot", [0, 1])
def test_9_an_image_linked_for_a_slot_is_rejected_where_slots_are_remapped(slot: int) -> None:
    reason = reason_for(replace(delta_manifest(), slot=slot))

    assert reason == (
        f"slot: the new image is linked for slot {'AB'[slot]}, the device needs one for either slot"
    )


@pytest.mark.parametrize("slot", [None, 0])
def test_9_an_image_for_the_running_slot_or_none_is_rejected_where_images_are_linked_for_one(
    slot: int | None,
) -> None:
    reason = reason_for(replace(delta_manifest(), slot=slot), PER_SLOT_DEVICE)

    assert reason.endswith("the device needs one for slot B")


@pytest.mark.parametrize("running", [0, 1])
def test_9_an_image_for_the_free_slot_is_admitted(running: int) -> None:
    device = replace(PER_SLOT_DEVICE, running_slot=running)
    admit_head(seal(replace(delta_manifest(), slot=1 - running)), VERIFIER, device)


def test_10_a_patch_against_another_image_is_rejected() -> None:
    other = SizedDigest.of(base_image()[:-1] + b"?")
    base = SizedDigest.of(base_image())
    reason = reason_for(replace(delta_manifest(), base_digest=other.digest))

    assert reason == (
        f"base image: the manifest names {other.short}…, this is {base.short}… (2400 bytes)"
    )


def test_10_a_full_image_is_for_any_base() -> None:
    other = replace(DEVICE, running_image=SizedDigest.of(b"something else"))
    admit_head(full_update().head, VERIFIER, other)
