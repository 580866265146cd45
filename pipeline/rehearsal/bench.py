"""Putting a simulated device of a profile on the bench, with the base image in its slot."""

from collections.abc import Sequence
from typing import Final

from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.profile import DeviceProfile
from device_apply.simulator.board import Board
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.trust import SignatureVerifier
from device_apply.wire.manifest import Manifest
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage

_SLOT_A: Final = 0


def set_up(
    base: FirmwareImage,
    manifest: Manifest,
    profile: DeviceProfile,
    verifier: SignatureVerifier,
    cuts: Sequence[PowerCutPlan] = (),
    security_counter: int | None = None,
) -> Board:
    """Return a running board: base image in the slot that the update leaves alone.

    Without a security counter it holds the package's own: equal is what a device must accept.

    Raises:
        Refused: the base image does not fit a slot.
    """
    if not 0 < base.size <= profile.slot_bytes:
        raise Refused(
            f"{base.name}: {base.size} bytes, but a slot of device {profile.name!r} holds "
            f"{profile.slot_bytes}"
        )
    device = SimulatedDevice(profile, verifier)
    slot = _SLOT_A if manifest.slot is None else 1 - manifest.slot
    counter = manifest.security_counter if security_counter is None else security_counter
    device.provision(base.data, security_counter=counter, slot=slot)
    return Board(device, cuts)
