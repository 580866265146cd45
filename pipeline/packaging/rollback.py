"""Authorising a rollback: a package of an older release that devices may go back to."""

from dataclasses import dataclass, replace

from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.rollback import (
    RollbackAuthorisation,
    RollbackClaims,
    rollback_signed_bytes,
)
from pipeline.errors import InputError
from pipeline.keys.signer import Signer
from pipeline.packaging.update_package import UpdatePackage


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPermission:
    """Which devices may take an older image."""

    highest_replaced_counter: int
    """Of devices whose security counter is at most this."""
    device_id: bytes | None = None
    """16 bytes: only of this device."""


def authorise_rollback(
    package: UpdatePackage, permission: RollbackPermission, signer: Signer
) -> UpdatePackage:
    """Return the package with an authorisation for its image in its head; the rest is unchanged.

    Raises:
        InputError: there is nothing to authorise, for the image is not older.
    """
    manifest = package.head.manifest
    if manifest.security_counter >= permission.highest_replaced_counter:
        raise InputError(
            f"the package's security counter is {manifest.security_counter}: devices with up to "
            f"{permission.highest_replaced_counter} take it without an authorisation"
        )
    claims = RollbackClaims(
        class_id=manifest.class_id,
        image_digest=manifest.new_image.digest,
        image_counter=manifest.security_counter,
        highest_replaced_counter=permission.highest_replaced_counter,
        device_id=permission.device_id,
    )
    signature = signer.sign(rollback_signed_bytes(claims, signer.algorithm))
    rollback = RollbackAuthorisation(claims=claims, algorithm=signer.algorithm, signature=signature)
    head: EnvelopeHead = replace(package.head, rollback=rollback)
    return UpdatePackage.sealed(head, package.payload)
