"""Power cuts of an update on the emulated device: every flash operation, every variant.

An update runs once; before each of its flash operations the flash is copied. A cut at an operation
then needs only that copy: the operation is done to it by itself, cut as planned, and the device
powers on. What was in RAM is lost anyway, so nothing before the cut has to run again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from device_apply.core.device.status import Status
from device_apply.core.device.sweep import SweptUpdate
from device_apply.errors import PowerCut
from device_apply.flash_model.native_flash import NativeFlash
from device_apply.flash_model.power_cuts import PowerCutPlan, cuts_label
from device_apply.lifecycle import LifecycleState
from tests.device_apply.device_on_target.emulated_device import EmulatedDevice

_PATIENCE_BOOTS: Final = 12
_HARMLESS: Final = {Status.OK, Status.STORAGE_SPENT, Status.REJECTED_PAYLOAD}
"""After a cut, spoilt spares and a payload that faded are fetched again."""


@dataclass(frozen=True, slots=True)
class FlashOperation:
    """One erase or program of the update, and the flash as it was before it."""

    flash: NativeFlash
    offset: int
    data: bytes | None
    """What is programmed; None: the sector is erased."""

    def cut(self, plan: PowerCutPlan) -> NativeFlash:
        """Return the flash after this operation was cut."""
        flash = self.flash.clone()
        flash.plan_cut(plan)
        try:
            if self.data is None:
                flash.erase_sector(self.offset)
            else:
                flash.program(self.offset, self.data)
        except PowerCut:
            return flash
        raise AssertionError("the planned cut did not happen")


class UpdateUnderCuts:
    """One update of one device; it begins with the flash that the device has now."""

    def __init__(self, device: EmulatedDevice, update: SweptUpdate) -> None:
        self._device = device
        self._update = update
        self._start = device.flash.clone()

    def record(self) -> list[FlashOperation]:
        """Run the update without a cut and return its flash operations."""
        operations: list[FlashOperation] = []
        device = self._device

        def note(offset: int, data: bytes | None) -> None:
            operations.append(FlashOperation(device.flash.clone(), offset, data))

        device.flash = self._start.clone()
        device.observer = note
        self._run_to_end(())
        device.observer = None
        return operations

    def survive(self, operation: FlashOperation, plan: PowerCutPlan) -> None:
        """Cut one operation, then let the device finish; every boot is checked."""
        self._device.flash = operation.cut(plan)
        self._run_to_end(())

    def survive_all(self, plans: Sequence[PowerCutPlan]) -> int:
        """Let the power fail again and again, each time counted from the cut before.

        Returns:
            How many boots it took.
        """
        self._device.flash = self._start.clone()
        return self._run_to_end(plans)

    def _run_to_end(self, plans: Sequence[PowerCutPlan]) -> int:
        waiting = list(plans)
        label = cuts_label(plans)
        for boots in range(1, len(plans) + _PATIENCE_BOOTS):
            self._device.flash.power_on()
            self._device.flash.protect(0, 0)
            self._device.flash.plan_cut(waiting[0] if waiting else None)
            try:
                is_over = self._run_power_cycle(label)
            except PowerCut:
                del waiting[0]
            else:
                if is_over:
                    return boots
        raise AssertionError(f"{label}: the update does not end although the cuts did")

    def _run_power_cycle(self, label: str) -> bool:
        """Boot, check, do what comes next; whether the update is over."""
        device = self._device
        assert device.power_on() is Status.OK, f"{label}: nothing boots"
        slot = device.setup.layout.slots[device.running_slot]
        device.flash.protect(slot.offset, slot.size_bytes)
        assert device.start() is Status.OK, label
        self._check_boot(label)
        said = self._take_next_step()
        assert said in _HARMLESS, f"{label}: {said.name}"
        assert device.flash.usage.traps == 0, f"{label}: a slot that runs was touched"
        return device.lifecycle is LifecycleState.CONFIRMED

    def _check_boot(self, label: str) -> None:
        device, update = self._device, self._update
        runs_new = device.slot_holds(device.running_slot, update.new_image)
        is_new = device.lifecycle in {LifecycleState.TRIAL, LifecycleState.CONFIRMED}
        counter = (
            update.new_counter
            if device.lifecycle is LifecycleState.CONFIRMED
            else update.base_counter
        )
        assert runs_new or device.slot_holds(device.running_slot, update.base), label
        assert runs_new == is_new, label
        assert device.security_counter == counter, label

    def _take_next_step(self) -> Status:
        device, update = self._device, self._update
        match device.lifecycle:
            case LifecycleState.CONFIRMED:
                return Status.OK
            case LifecycleState.TRIAL:
                return device.confirm()
            case _:
                said = device.offer(update.head, update.fragment_bytes)
                if said is Status.OK:
                    said = device.deliver(update.payload, update.fragment_bytes)
                return device.install() if said is Status.OK else said
