"""Admission: every check between an update and the inactive slot, in order.

On the head, before one byte of the update is stored:

1. The head is canonical CBOR within bounds and exactly of our SUIT profile.
2. The manifest is the one that its digest names.
3. A trusted key signed it; the key's type fixes the algorithm. Until here nothing that the manifest
   says is acted upon.
4. It is from the device's vendor.
5. It is for the device's class. One identifier shows both: it names the class within its vendor.
6. Its security counter is not lower than the device's (equal is a re-issue of the same release), or
   the vendor authorised this very image for this device class, and this device, to roll back to.
7. The device has an applier for the payload's format.
8. New image and payload fit the slot and the download area.
9. The new image is linked for the slot that is free; with remapped slots, for none.
10. A patch is against the image that runs now.
15. An encrypted payload has a recipient whose key the device holds. (The host has no such key: this
    one is the device's alone.)

On the stored payload, before one byte of the slot is erased:

11. The payload is the one that the manifest names, and where it has a tag (15), what its content
    key encrypted.
12. The device has the RAM that applying it takes.
13. A rehearsal, which decodes and writes nothing, yields the signed new image.

On the slot, before it may boot:

14. What the slot reads back is the signed new image.

A device does all of this in C (`core/device/app/admission.c`, `install.c`). What is here are the
checks of a head once more, for the host: tests hold the two against each other, and a refusal of
the device is told in the words of this one. `THREATS.md` names the attack that each of them stops.
"""

from dataclasses import dataclass

from device_apply.device_state import SLOT_NAMES
from device_apply.errors import Rejected
from device_apply.profile import DeviceProfile, SlotAddressing
from device_apply.trust import SignatureVerifier
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.rollback import RollbackAuthorisation
from device_apply.wire.suit import SizedDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What the device compares an update with."""

    profile: DeviceProfile
    running_slot: int
    running_image: SizedDigest
    security_counter: int
    device_id: bytes | None = None
    """16 bytes, of this very device; None if it has no identity."""

    @property
    def free_slot(self) -> int:
        """The slot that an update goes to."""
        return 1 - self.running_slot


def admit_head(head_bytes: bytes, verifier: SignatureVerifier, device: DeviceFacts) -> EnvelopeHead:
    """Check a head, steps 1 to 10 without the download area's part of 8 (`DownloadArea.plan`).

    Raises:
        Rejected: a check failed; the message says which value was expected and which came.
    """
    # (1), (2): the wire format refuses anything that is not exactly one of its forms.
    head = EnvelopeHead.from_bytes(head_bytes)
    # (3): signature.
    verifier.verify(head.algorithm, head.signed_bytes, head.signature)
    _check_addressee(head.manifest, device)
    _check_counter(head, verifier, device)
    # Of a manifest for many bases, the part for the running image counts.
    manifest = head.manifest.for_base(device.running_image.digest)
    _check_fit(manifest, device)
    _check_base(manifest, device)
    return head


def expect_image(what: str, expected: SizedDigest, actual: SizedDigest) -> None:
    """Require that `actual` is what the manifest names.

    Raises:
        Rejected: it is not; the message tells both apart.
    """
    if actual != expected:
        raise Rejected(
            f"{what}: the manifest names {expected.short}… ({expected.size} bytes), "
            f"this is {actual.short}… ({actual.size} bytes)"
        )


def expect_base_image(digest: bytes, actual: SizedDigest) -> None:
    """Require that a device, or a file, holds the image that a patch is against.

    Raises:
        Rejected: it does not; the message tells both apart.
    """
    if actual.digest != digest:
        raise Rejected(
            f"base image: the manifest names {digest.hex()[:8]}…, "
            f"this is {actual.short}… ({actual.size} bytes)"
        )


def _check_addressee(manifest: Manifest, device: DeviceFacts) -> None:
    # (4), (5): vendor and device class, in one identifier.
    profile = device.profile
    own = class_id(vendor_id(profile.vendor), profile.device_class)
    if manifest.class_id != own:
        raise Rejected(
            f"device class: the update is for {manifest.class_id.hex()[:8]}…, the device is "
            f"{own.hex()[:8]}… ({profile.device_class} of {profile.vendor})"
        )


def expect_rollback(
    rollback: RollbackAuthorisation, manifest: Manifest, verifier: SignatureVerifier
) -> None:
    """Require that an authorisation is the vendor's, and for the image of this manifest.

    Raises:
        Rejected: it is not; the message says what it is for instead.
    """
    verifier.verify(rollback.algorithm, rollback.signed_bytes, rollback.signature)
    claims = rollback.claims
    addressees = (
        ("device class", claims.class_id == manifest.class_id),
        ("image", claims.image_digest == manifest.new_image.digest),
        ("security counter", claims.image_counter == manifest.security_counter),
    )
    for what, is_same in addressees:
        if not is_same:
            raise Rejected(f"rollback authorisation: it is for another {what}")


def expect_counter(head: EnvelopeHead, security_counter: int) -> None:
    """Require that a device with this security counter may take the image; equal is allowed.

    Raises:
        Rejected: the counter is too low, or too high for the authorisation.
    """
    found = head.manifest.security_counter
    if head.rollback is None:
        if found < security_counter:
            raise Rejected(
                f"security counter: the update has {found}, "
                f"the device requires at least {security_counter}"
            )
        return
    highest = head.rollback.claims.highest_replaced_counter
    if security_counter > highest:
        raise Rejected(
            f"rollback authorisation: it ends at security counter {highest}, "
            f"the device has {security_counter}"
        )


def _check_counter(head: EnvelopeHead, verifier: SignatureVerifier, device: DeviceFacts) -> None:
    # (6): anti-rollback. An authorisation that is there has to be good, needed or not.
    if head.rollback is not None:
        expect_rollback(head.rollback, head.manifest, verifier)
        if head.rollback.claims.device_id not in (None, device.device_id):
            raise Rejected("rollback authorisation: it is for another device")
    expect_counter(head, device.security_counter)


def _check_fit(manifest: Manifest, device: DeviceFacts) -> None:
    profile = device.profile
    # (7): applier.
    if manifest.payload_format not in profile.appliers:
        raise Rejected(
            f"payload format: the device has no applier for {manifest.payload_format.label}"
        )
    # (8): the slot's part; the download area's follows when the session is planned.
    if not 0 < manifest.new_image.size <= profile.slot_bytes:
        raise Rejected(
            f"new image: {manifest.new_image.size} bytes, a slot holds 1 to {profile.slot_bytes}"
        )
    # (9): slot.
    per_slot = profile.layout.slot_addressing is SlotAddressing.PER_SLOT
    expected = device.free_slot if per_slot else None
    if manifest.slot != expected:
        raise Rejected(
            f"slot: the new image is linked for {_slot_name(manifest.slot)}, "
            f"the device needs one for {_slot_name(expected)}"
        )


def _check_base(manifest: Manifest, device: DeviceFacts) -> None:
    # (10): base. `Manifest` guarantees that exactly patches have a base image.
    if manifest.base_digest is not None:
        expect_base_image(manifest.base_digest, device.running_image)


def _slot_name(slot: int | None) -> str:
    return "either slot" if slot is None else f"slot {SLOT_NAMES[slot]}"
