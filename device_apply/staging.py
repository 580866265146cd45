"""From a stored payload to a new image in the inactive slot, with checks 11 to 14 of `admission`.

Nothing is erased before the payload is proved: a wrong base, a bad download or a decoder's fault
ends while the inactive slot still holds the image that ran before.
"""

import hashlib

from device_apply.admission import expect_image
from device_apply.appliers.contract import Scratch, Source
from device_apply.appliers.front_door import apply_payload
from device_apply.appliers.registry import applier_for
from device_apply.errors import ApplyFailed, FlashError, Rejected
from device_apply.flash import Flash
from device_apply.profile import DeviceProfile, Region
from device_apply.slots import SlotImage, SlotWriter, digest_of
from device_apply.wire.manifest import Manifest
from device_apply.wire.suit import SizedDigest


def check_payload(manifest: Manifest, payload: Source) -> None:
    """Check the payload's digest in flash (11); due again after every reset.

    Raises:
        Rejected: it is not the signed payload.
    """
    # (11): payload.
    expect_image("payload", manifest.payload, digest_of(payload))


def check_needs(manifest: Manifest, payload: Source, base: Source, profile: DeviceProfile) -> None:
    """Check that the device has what applying the payload takes (12).

    Raises:
        Rejected: it has not.
    """
    needs = applier_for(manifest.payload_format).needs(payload, base.size, manifest.new_image.size)
    # (12): memory.
    if needs.ram_bytes > profile.applier_ram_bytes:
        raise Rejected(
            f"RAM: applying takes {needs.ram_bytes} bytes ({needs.ram_basis}), "
            f"the device has {profile.applier_ram_bytes}"
        )
    if needs.scratch_flash_bytes > profile.scratch_bytes:
        raise Rejected(
            f"flash: applying takes {needs.scratch_flash_bytes} bytes of scratch, "
            f"the device has {profile.scratch_bytes}"
        )


def rehearse(
    manifest: Manifest, payload: Source, base: Source, scratch: Scratch | None = None
) -> None:
    """Decode into a digest; nothing but scratch flash is written (13).

    Raises:
        Rejected: the payload does not decode to the signed new image.
    """
    sha256 = hashlib.sha256()
    size = manifest.new_image.size
    try:
        apply_payload(manifest.payload_format, payload, base, size, sha256.update, scratch)
    except (ApplyFailed, FlashError) as error:
        # Nothing that matters was written yet, so this is a refusal and not a failure.
        raise Rejected(f"rehearsal: {error}") from error
    # (13): rehearsal.
    expect_image("rehearsed image", manifest.new_image, SizedDigest(sha256.digest(), size))


def stage_image(
    manifest: Manifest,
    payload: Source,
    base: Source,
    flash: Flash,
    slot: Region,
    scratch: Scratch | None = None,
) -> None:
    """Erase what the new image needs of the inactive slot, decode into it and read it back (14).

    Raises:
        ApplyFailed: the slot does not hold the signed new image afterwards.
    """
    size = manifest.new_image.size
    try:
        writer = SlotWriter(flash, slot, size)
        apply_payload(manifest.payload_format, payload, base, size, writer.write, scratch)
        writer.finish()
        # (14): read back.
        expect_image("staged image", manifest.new_image, digest_of(SlotImage(flash, slot, size)))
    except (Rejected, FlashError) as error:
        # The slot is erased: what would have been a refusal before is a failure now.
        raise ApplyFailed(f"staging: {error}") from error
