"""What a device's refusal means, in sentences.

The library answers with a number, -1 to -15 for the numbered checks of `device_apply.admission`.
Whoever is in front of a desk wants to know which value was expected and which came; the host's own
run of the same checks says so.
"""

from typing import Final

from device_apply.admission import DeviceFacts, admit_head
from device_apply.core.device.status import Status
from device_apply.errors import (
    ApplyFailed,
    DeviceApplyError,
    FlashError,
    NoBootableImage,
    Rejected,
    StateLost,
)
from device_apply.trust import SignatureVerifier
from device_apply.wire.envelope import EnvelopeHead

HEAD_CHECKS: Final = range(Status.REJECTED_BASE, Status.REJECTED_FORMAT + 1)
"""The checks that a head alone decides."""

_PLAIN: Final[dict[Status, tuple[type[DeviceApplyError], str]]] = {
    Status.REJECTED_PAYLOAD: (Rejected, "payload: its digest is not the one in the manifest"),
    Status.REJECTED_MEMORY: (Rejected, "RAM: the device has too little to decode this payload"),
    Status.REJECTED_REHEARSAL: (
        Rejected,
        "rehearsal: the payload does not decode to the signed new image",
    ),
    Status.FAILED_STAGING: (
        ApplyFailed,
        "staging: the slot does not hold the signed new image afterwards",
    ),
    Status.REJECTED_ENCRYPTION: (
        Rejected,
        "encryption: for no key that the device holds, or not what that key encrypted",
    ),
    Status.FLASH_FAILED: (FlashError, "flash: it does not take or give what it should"),
    Status.STATE_LOST: (StateLost, "no valid state record: provision the device first"),
    Status.NOTHING_BOOTS: (NoBootableImage, "no slot holds an image that may run"),
    Status.ON_TRIAL: (
        Rejected,
        "device: the running image is on trial and has to confirm first",
    ),
}


def refusal(status: Status, objection: DeviceApplyError | None = None) -> DeviceApplyError:
    """Return the error for a status; `objection` is what the host had against the payload."""
    kind, text = _PLAIN.get(status, (Rejected, f"the device says {status.name.lower()}"))
    if objection is None:
        return kind(text)
    if status is Status.REJECTED_REHEARSAL:
        return Rejected(f"rehearsal: {objection}")
    if status is Status.FAILED_STAGING:
        return ApplyFailed(f"staging: {objection}")
    return objection


def refused_head(
    status: Status, head: bytes, verifier: SignatureVerifier, facts: DeviceFacts
) -> DeviceApplyError:
    """Return the error for a head that the device refused."""
    if status not in HEAD_CHECKS:
        return refusal(status)
    try:
        admit_head(head, verifier, facts)
    except Rejected as error:
        return error
    if status is Status.REJECTED_SIZE:  # the download area's part of check 8
        payload = (
            EnvelopeHead.from_bytes(head).manifest.for_base(facts.running_image.digest).payload
        )
        area_bytes = facts.profile.layout.download.size_bytes
        return Rejected(
            f"payload: {payload.size} bytes in fragments with their headers do not fit "
            f"the download area of {area_bytes} bytes"
        )
    return refusal(status)
