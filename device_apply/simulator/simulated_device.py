"""The device: the library in C over a flash of its own, as a profile describes both.

Everything that outlasts a reset is in the flash, so `boot` is a reset. A power cut surfaces as
`PowerCut` from whichever call was running; `boot` comes next then.

    device = SimulatedDevice(profile, verifier)
    device.provision(image)                # what the factory does
    device.boot()                          # the bootloader; everything below is the firmware
    device.offer(head, fragment_bytes)     # verified before anything is stored
    for index in device.missing():
        device.receive(index, fragment(index))
    device.install()                       # proved, rehearsed, staged; then boot() ...
    device.confirm()                       # ... and the new image finds itself healthy
"""

from collections.abc import Callable, Sequence
from typing import Final

from device_apply.admission import DeviceFacts
from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.host import Host
from device_apply.core.device.status import Status
from device_apply.device_state import BootReport, DeviceState
from device_apply.errors import PowerCut, Rejected
from device_apply.flash_model.native_flash import FlashUsage
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.key_store import KeyStore
from device_apply.profile import DeviceProfile
from device_apply.simulator.refusals import refusal, refused_head
from device_apply.trust import SignatureVerifier

MAX_FRAGMENT_BYTES: Final = 256
"""`AIRDELTA_MAX_FRAGMENT_BYTES`: what one cut can lose."""


_RECEIVED: Final = (Status.OK, Status.STORAGE_SPENT, Status.CHUNK_CORRUPT, Status.TOO_EARLY)
"""What is no reason to give up: `missing` tells what to send."""


def fragments_per_message(message_bytes: int) -> tuple[int, int]:
    """Divide what a link carries at once: how many fragments, and bytes of each.

    A message's last few bytes stay unused where they do not divide.
    """
    count = -(-message_bytes // MAX_FRAGMENT_BYTES)
    return count, message_bytes // count


class SimulatedDevice:
    """One device with two slots."""

    def __init__(
        self, profile: DeviceProfile, verifier: SignatureVerifier, keys: KeyStore | None = None
    ) -> None:
        """Make a device with a blank flash; without `keys` it refuses encrypted updates."""
        self.bench = Bench(BenchSetup.of(profile))
        """What the device stands on: its flash can be looked at and tampered with there."""
        self._profile = profile
        self._verifier = verifier
        self._host = Host(self.bench, profile, verifier, keys)
        self._boot: BootReport | None = None

    def lend_keys(self, keys: KeyStore) -> None:
        """Connect a key store, as the factory does."""
        self._host.lend_keys(keys)

    def provision(self, image: bytes, *, security_counter: int = 0, slot: int = 0) -> None:
        """Do what the factory does: put an image into a slot and make it the confirmed one.

        Raises:
            ValueError: the image is empty or larger than a slot.
        """
        if not 0 < len(image) <= self._profile.slot_bytes:
            raise ValueError(
                f"image of {len(image)} bytes; a slot holds 1 to {self._profile.slot_bytes}"
            )
        self._require(self.bench.provision(slot, image, security_counter))

    @property
    def state(self) -> DeviceState:
        """What the device remembers."""
        self._require_booted()
        return self.bench.state()

    @property
    def running(self) -> BootReport:
        """What runs since this reset."""
        return self._require_booted()

    @property
    def usage(self) -> FlashUsage:
        """What the flash has been through."""
        return self.bench.usage()

    def plan_cut(self, cut: PowerCutPlan | None) -> None:
        """Let the power fail as planned, counted from now on; None takes the plan back."""
        self.bench.plan_cut(cut)

    def boot(self) -> BootReport:
        """Power on, choose a slot and run it; then find the download that was under way.

        Raises:
            device_apply.errors.StateLost: the device was never provisioned.
            device_apply.errors.NoBootableImage: no slot may run.
            device_apply.errors.PowerCut: as planned.
        """
        self._boot = None
        self._require(self.bench.boot())
        self._boot = self.bench.boot_report()
        return self._boot

    def running_image(self) -> bytes:
        """Read the running image out of its slot."""
        region = self._profile.layout.slots[self.running.slot]
        return self.bench.read_flash(region.offset, self.running.image.size)

    def offer(self, head: bytes, fragment_bytes: int) -> None:
        """Verify the head of a package and make room for its payload.

        The same offer again changes nothing and keeps what was received. Another package, or
        another fragment size, replaces a download that was under way.

        Raises:
            device_apply.errors.Rejected: a check of `admission` failed, or a trial is under way. No
                flash was touched.
            device_apply.errors.PowerCut: as planned.
            ValueError: the device cannot buffer fragments of that size.
        """
        self._require_booted()
        facts = self._facts()
        status = self._call(lambda: self.bench.offer(head, fragment_bytes))
        if status is Status.BAD_ARGUMENT:
            raise ValueError(f"fragments of {fragment_bytes} bytes; 1 to {MAX_FRAGMENT_BYTES} fit")
        if status is not Status.OK:
            raise refused_head(status, head, self._verifier, facts)

    def missing(self) -> Sequence[int]:
        """Return the indices of the fragments that are still wanted, ascending."""
        return self.bench.missing()

    def receive(self, index: int, data: bytes) -> None:
        """Store a fragment of the payload: in any order, any number of times.

        A device that streams decodes it instead, and drops one that comes before its turn.

        When cuts have spoilt every spare place the download is given up: the state is idle then,
        and the next offer begins anew. A chunk that differs from its signed hash is wanted again.

        Raises:
            device_apply.errors.Rejected: no download is open, or the payload has no such fragment.
            device_apply.errors.FlashError: the download area cannot be programmed.
            device_apply.errors.PowerCut: as planned.
        """
        status = Status.BAD_ARGUMENT
        if index >= 0:
            status = self._call(lambda: self.bench.receive(index, data))
        if status is Status.OUT_OF_ORDER:
            raise Rejected(f"fragment {index}: no download is open")
        if status is Status.BAD_ARGUMENT:
            raise Rejected(f"fragment {index}: the payload has none of {len(data)} bytes there")
        if status not in _RECEIVED:
            raise refusal(status)

    def install(self) -> None:
        """Prove the payload, rehearse it and stage the new image; it runs at the next reset.

        After a power cut, boot and call it again. After an error the update is abandoned.

        Raises:
            device_apply.errors.Rejected: a check of `admission` failed; the inactive slot was not
                touched.
            device_apply.errors.ApplyFailed: the inactive slot does not hold the new image.
            device_apply.errors.PowerCut: as planned.
            RuntimeError: there is no complete payload.
        """
        lifecycle = self.state.lifecycle
        status = self._call(self.bench.install)
        if status is Status.OUT_OF_ORDER:
            raise RuntimeError(f"nothing to install while {lifecycle.label}")
        if status is not Status.OK:
            raise refusal(status, self._host.objection)

    def confirm(self) -> None:
        """Keep the new image: in one record it becomes the confirmed one and the counter rises.

        Raises:
            device_apply.errors.PowerCut: as planned.
            RuntimeError: no trial is under way.
        """
        lifecycle = self.state.lifecycle
        if self._call(self.bench.confirm) is Status.OUT_OF_ORDER:
            raise RuntimeError(f"nothing to confirm while {lifecycle.label}")

    def _facts(self) -> DeviceFacts:
        return DeviceFacts(
            profile=self._profile,
            running_slot=self.running.slot,
            running_image=self.running.image,
            security_counter=self.state.security_counter,
        )

    def _require_booted(self) -> BootReport:
        if self._boot is None:
            raise RuntimeError("the device has not booted: call boot() first")
        return self._boot

    def _call(self, call: Callable[[], Status]) -> Status:
        """Return what a call says, unless the power or the host interrupted it."""
        status = call()
        self._host.raise_failure()
        if status is Status.POWER_LOST:
            self._boot = None
            raise PowerCut(self.bench.cut_place())
        return status

    def _require(self, status: Status) -> None:
        """Accept nothing but OK.

        Raises:
            device_apply.errors.DeviceApplyError: it is something else.
            device_apply.errors.PowerCut: the power failed.
        """
        if self._call(lambda: status) is not Status.OK:
            raise refusal(status)
