"""A board on the bench: a device, and a power switch that follows a plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from device_apply.device_state import BootReport
from device_apply.errors import PowerCut
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.simulated_device import SimulatedDevice


@dataclass(frozen=True, slots=True)
class HappenedCut:
    """A power cut that came as planned."""

    plan: PowerCutPlan
    place: str
    """What it hit, such as `programming at 0x1f00`."""

    def __str__(self) -> str:
        """Tell it in one line."""
        return f"power cut {self.plan.label} while {self.place}"


class Board:
    """Keeps a device running: after each power cut it is powered on and booted again."""

    def __init__(self, device: SimulatedDevice, cuts: Iterable[PowerCutPlan] = ()) -> None:
        """Boot a device that was provisioned; the first cut counts from here.

        Raises:
            device_apply.errors.DeviceApplyError: the device does not boot.
        """
        self.device = device
        self.boots: list[BootReport] = []
        """Every boot that reached an image, oldest first."""
        self.power_cuts: list[HappenedCut] = []
        """Every power cut that happened, oldest first."""
        self._cuts = iter(cuts)
        self._plan: PowerCutPlan | None = None
        self._plan_next_cut()
        self.reset()

    def reset(self) -> BootReport:
        """Reset the device and return what it boots."""
        while True:
            try:
                self.boots.append(self.device.boot())
            except PowerCut as cut:
                self._record(cut)
            else:
                return self.boots[-1]

    def attempt(self, action: Callable[[SimulatedDevice], None]) -> bool:
        """Let the device do something; return False if the power failed meanwhile.

        The device has booted again by then, and `action` may have taken effect or not.
        """
        try:
            action(self.device)
        except PowerCut as cut:
            self._record(cut)
            self.reset()
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

    def cut_next(self, cut: PowerCutPlan) -> None:
        """Put a cut, counted from now on, in front of those that are planned."""
        self._plan = cut
        self.device.plan_cut(cut)

    def _record(self, cut: PowerCut) -> None:
        if self._plan is None:
            raise RuntimeError(f"the power failed without a plan: {cut}") from cut
        self.power_cuts.append(HappenedCut(self._plan, str(cut)))
        self._plan_next_cut()

    def _plan_next_cut(self) -> None:
        self._plan = next(self._cuts, None)
        self.device.plan_cut(self._plan)
