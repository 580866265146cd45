"""What a device knows about itself across resets, and its form in flash: one record, whole or void.

A record holds everything, so the newest valid one is the state and no other has to be read.
"""

from dataclasses import dataclass, replace
from struct import Struct
from typing import ClassVar, Final, Self
from zlib import crc32

from device_apply.lifecycle import LifecycleEvent, LifecycleState, next_state
from device_apply.wire.suit import DIGEST_BYTES, SizedDigest

SLOT_NAMES: Final = ("A", "B")

_NO_SLOT: Final = 0xFF
_NO_DIGEST: Final = bytes(DIGEST_BYTES)
_CRC_SALT: Final = 0x41445331
"""Mixed into the CRC ("ADS1"), so that a record of zeros or of another layout is not valid."""


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """The image that was programmed into a slot; whether it still is there, its digest tells."""

    image: SizedDigest
    security_counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """Everything a device has to remember."""

    lifecycle: LifecycleState
    confirmed_slot: int
    """The slot that boots outside of trials."""
    trial_slot: int | None = None
    """The slot with the staged or tried image."""
    attempts_left: int = 0
    """Trial boots that may still follow."""
    security_counter: int
    """Updates with a lower one are refused; rises only with `CONFIRMED`, in the same record."""
    slots: tuple[SlotRecord | None, SlotRecord | None]
    package_digest: bytes | None = None
    """SHA-256 of the head of the package being handled, or handled last."""

    def after(self, event: LifecycleEvent) -> Self:
        """Return the state that follows; a trial that is over leaves nothing behind.

        Raises:
            RuntimeError: the event cannot happen now.
        """
        lifecycle = next_state(self.lifecycle, event)
        has_trial = lifecycle in (LifecycleState.STAGED, LifecycleState.TRIAL)
        return replace(
            self,
            lifecycle=lifecycle,
            trial_slot=self.trial_slot if has_trial else None,
            attempts_left=self.attempts_left if has_trial else 0,
        )


@dataclass(frozen=True, slots=True)
class StateRecord:
    """A state as the state store's banks hold it."""

    generation: int
    """Counts the banks begun; 32 bits outlast the erase cycles of any flash."""
    state: DeviceState

    _LAYOUT: ClassVar = Struct("<IBBBBIII32sII32s32s")
    """Generation; lifecycle, confirmed slot, trial slot, attempts; counter; per slot size, counter
    and digest; package digest. A CRC follows."""
    _CRC: ClassVar = Struct("<I")
    SIZE: ClassVar[int] = _LAYOUT.size + _CRC.size
    """128 bytes: whole write units on every part (1 to 32 bytes)."""

    def to_bytes(self) -> bytes:
        """Encode; `from_bytes(r.to_bytes()) == r` for every record."""
        state = self.state
        slot_a, slot_b = (_EMPTY_SLOT if slot is None else slot for slot in state.slots)
        body = self._LAYOUT.pack(
            self.generation,
            state.lifecycle,
            state.confirmed_slot,
            _NO_SLOT if state.trial_slot is None else state.trial_slot,
            state.attempts_left,
            state.security_counter,
            *(slot_a.image.size, slot_a.security_counter, slot_a.image.digest),
            *(slot_b.image.size, slot_b.security_counter, slot_b.image.digest),
            state.package_digest or _NO_DIGEST,
        )
        return body + self._CRC.pack(crc32(body) ^ _CRC_SALT)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """Decode; None for a torn record, which is an expected sight and no error."""
        body = data[: cls._LAYOUT.size]
        if data[cls._LAYOUT.size :] != cls._CRC.pack(crc32(body) ^ _CRC_SALT):
            return None
        generation, lifecycle, confirmed, trial, attempts, counter, *rest = cls._LAYOUT.unpack(body)
        size_a, counter_a, digest_a, size_b, counter_b, digest_b, package = rest
        state = DeviceState(
            lifecycle=LifecycleState(lifecycle),
            confirmed_slot=confirmed,
            trial_slot=None if trial == _NO_SLOT else trial,
            attempts_left=attempts,
            security_counter=counter,
            slots=(
                _slot_record(size_a, counter_a, digest_a),
                _slot_record(size_b, counter_b, digest_b),
            ),
            package_digest=None if package == _NO_DIGEST else package,
        )
        return cls(generation, state)


_EMPTY_SLOT: Final = SlotRecord(SizedDigest(_NO_DIGEST, 0), 0)


def _slot_record(size: int, security_counter: int, digest: bytes) -> SlotRecord | None:
    record = SlotRecord(SizedDigest(digest, size), security_counter)
    return None if record == _EMPTY_SLOT else record
