"""A board on the bench: a flash, the device over it, and a power switch that follows a plan."""

from collections.abc import Callable, Iterable

from device_apply.bootloader import BootReport
from device_apply.errors import PowerCut
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.simulator.nor_flash import NorFlash
from device_apply.simulator.power_cuts import PlannedCut
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.trust import SignatureVerifier


class Board:
    """Keeps a device running: after each power cut it is powered on and booted again."""

    def __init__(
        self,
        profile: DeviceProfile,
        flash: NorFlash,
        verifier: SignatureVerifier,
        cuts: Iterable[PlannedCut] = (),
    ) -> None:
        """Power on and boot a device that was provisioned; the first cut counts from here.

        Raises:
            device_apply.errors.DeviceApplyError: the device does not boot.
        """
        self.flash = flash
        self.boots: list[BootReport] = []
        """Every boot that reached an image, oldest first."""
        self.power_cuts: list[PowerCut] = []
        """Every power cut that happened, oldest first."""
        self._profile = profile
        self._verifier = verifier
        self._cuts = iter(cuts)
        self.flash.plan_cut(next(self._cuts, None))
        self.device = self._boot()

    def reset(self) -> BootReport:
        """Reset the device and return what it boots."""
        self.device = self._boot()
        return self.device.running

    def attempt(self, action: Callable[[SimulatedDevice], None]) -> bool:
        """Let the device do something; return False if the power failed meanwhile.

        The device has booted again by then, and `action` may have taken effect or not.
        """
        try:
            action(self.device)
        except PowerCut as cut:
            self._record(cut)
            self.device = self._boot()
            return False
        return True

    def receive(self, index: int, data: bytes) -> bool:
        """Hand the device a fragment; return False if the power failed meanwhile.

        Only `device.missing()` tells whether the fragment was stored. One that comes late, when the
        device waits for none, is dropped as the device's radio stack would.
        """
        if self.device.state.lifecycle is not LifecycleState.DOWNLOADING:
            return True
        return self.attempt(lambda device: device.receive(index, data))

    def _boot(self) -> SimulatedDevice:
        while True:
            self.flash.power_on()
            device = SimulatedDevice(self._profile, self.flash, self._verifier)
            try:
                self.boots.append(device.boot())
            except PowerCut as cut:
                self._record(cut)
            else:
                return device

    def _record(self, cut: PowerCut) -> None:
        self.power_cuts.append(cut)
        self.flash.plan_cut(next(self._cuts, None))
