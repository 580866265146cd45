"""The proof: a package is applied to a simulated device before anybody may write it out.

The device starts with the base image, takes the package as any device does, and must end with the
new image running and confirmed. Only then is the flash compared, byte by byte.
"""

from dataclasses import dataclass
from typing import Final

from device_apply.errors import DeviceApplyError
from device_apply.key_store import KeyStore
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.simulator.simulated_device import MAX_FRAGMENT_BYTES
from device_apply.simulator.update_run import deliver_directly, run_update
from device_apply.trust import SignatureVerifier
from pipeline.errors import Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.json_document import Json
from pipeline.packaging.update_package import UpdatePackage
from pipeline.rehearsal.bench import set_up

_FRAGMENT_BYTES: Final = MAX_FRAGMENT_BYTES
"""The proof is about the device, so any link will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the device did."""

    profile: str
    erased_sectors: int
    programmed_bytes: int
    flash_busy_s: float

    @property
    def summary(self) -> str:
        """One line for people."""
        return (
            f"a simulated {self.profile!r} runs the new image: {self.erased_sectors} sectors "
            f"erased, {self.programmed_bytes:,} bytes programmed, flash busy "
            f"{self.flash_busy_s:.1f} s"
        )

    def to_json(self) -> dict[str, Json]:
        """Return the proof as the build record holds it."""
        return {
            "profile": self.profile,
            "erased_sectors": self.erased_sectors,
            "programmed_bytes": self.programmed_bytes,
            "flash_busy_s": round(self.flash_busy_s, 3),
        }


def prove(
    package: UpdatePackage,
    base: FirmwareImage,
    new: FirmwareImage,
    profile: DeviceProfile,
    verifier: SignatureVerifier,
    keys: KeyStore | None = None,
) -> Proof:
    """Apply `package` to a simulated device that runs `base` and require that `new` runs then.

    Raises:
        Refused: the device rejected the package, failed, or ended with other bytes.
    """
    board = set_up(base, package.head.manifest, profile, verifier)
    if keys is not None:
        board.device.lend_keys(keys)
    before = board.device.usage
    deliver = deliver_directly(package.payload, _FRAGMENT_BYTES)
    try:
        state = run_update(board, package.head_bytes, _FRAGMENT_BYTES, deliver)
    except DeviceApplyError as error:
        raise Refused(f"no proof, no package: the simulated device says: {error}") from error
    if state is not LifecycleState.CONFIRMED or board.device.running_image() != new.data:
        raise Refused(
            f"no proof, no package: the simulated device ended {state.label}, not with {new.name}"
        )
    after = board.device.usage
    return Proof(
        profile=profile.name,
        erased_sectors=after.erased_sectors - before.erased_sectors,
        programmed_bytes=after.programmed_bytes - before.programmed_bytes,
        flash_busy_s=after.busy_s - before.busy_s,
    )
