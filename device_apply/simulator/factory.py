"""What the factory does to a device: the first image and the first state."""

from device_apply.device_state import DeviceState, SlotRecord
from device_apply.flash import Flash
from device_apply.lifecycle import LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.slots import SlotWriter
from device_apply.state_store import StateStore
from device_apply.wire.suit import SizedDigest


def provision(
    profile: DeviceProfile, flash: Flash, image: bytes, *, security_counter: int = 0, slot: int = 0
) -> None:
    """Put an image into a slot and make it the confirmed one.

    Raises:
        ValueError: the image is empty or larger than a slot.
    """
    if not 0 < len(image) <= profile.slot_bytes:
        raise ValueError(f"image of {len(image)} bytes; a slot holds 1 to {profile.slot_bytes}")
    writer = SlotWriter(flash, profile.layout.slots[slot], len(image))
    writer.write(image)
    writer.finish()
    record = SlotRecord(SizedDigest.of(image), security_counter)
    state = DeviceState(
        lifecycle=LifecycleState.IDLE,
        confirmed_slot=slot,
        security_counter=security_counter,
        slots=(record, None) if slot == 0 else (None, record),
    )
    StateStore.create(flash, profile.layout.state, state)
