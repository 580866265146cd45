"""A device in C on the bench, driven from Python: one call, one status."""

from dataclasses import dataclass
from typing import Any, Final

from device_apply.core.device.native import installed_bench
from device_apply.core.device.status import Status
from device_apply.device_state import BootReport, DeviceState, SlotRecord
from device_apply.errors import PowerCut
from device_apply.flash_model.native import Native
from device_apply.flash_model.native_flash import FlashUsage, c_part, usage_of
from device_apply.flash_model.parts import FlashPart
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.lifecycle import LifecycleState
from device_apply.profile import (
    CHECKPOINT_BYTES,
    AbLayout,
    DeviceProfile,
    LayoutKind,
    Region,
    SlotAddressing,
)
from device_apply.trust import SignatureVerifier
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.suit import SizedDigest

NONE_MISSING: Final = 0xFFFF_FFFF
_NO_SLOT: Final = 0xFF
_SAID_BYTES: Final = 1024
_INSTALLERS: Final = {LayoutKind.AB: 0, LayoutKind.OVERWRITE: 1, LayoutKind.IN_PLACE: 2}
"""`enum bench_installer_kind`."""
DEFAULT_WORK_BYTES: Final = 8192
"""The head and the decoder's memory: the whole of the `tiny` tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSetup:
    """What stands on the bench."""

    part: FlashPart
    layout: AbLayout
    vendor: str
    device_class: str
    state_bank_bytes: int
    work_bytes: int = DEFAULT_WORK_BYTES

    @classmethod
    def of(cls, profile: DeviceProfile, work_bytes: int = DEFAULT_WORK_BYTES) -> "BenchSetup":
        """Return the device that a profile describes, on a flash as strict as parts get.

        One that streams has as much work memory as its checkpoints have room for.
        """
        if profile.checkpoint_bank_bytes > CHECKPOINT_BYTES:
            work_bytes = profile.checkpoint_bank_bytes - CHECKPOINT_BYTES
        return cls(
            part=FlashPart.uniform(profile.flash),
            layout=profile.layout,
            vendor=profile.vendor,
            device_class=profile.device_class,
            state_bank_bytes=profile.state_bank_bytes,
            work_bytes=work_bytes,
        )


class Bench:
    """One device. Everything but its flash is gone after `boot`."""

    def __init__(self, setup: BenchSetup, native: Native | None = None) -> None:
        """Build the device, with a blank flash.

        Raises:
            ValueError: no such part is possible.
        """
        self.setup = setup
        self.native = native or installed_bench()
        self._lib = self.native.lib
        part, _sectors = c_part(self.native, setup.part)
        handle = self._lib.bench_new(
            part,
            self._c_layout(),
            class_id(vendor_id(setup.vendor), setup.device_class),
            setup.work_bytes,
        )
        if handle == self.native.ffi.NULL:
            raise ValueError("no such part: units are powers of two, sectors whole units")
        self.handle = self.native.ffi.gc(handle, self._lib.bench_free)

    def provision(self, slot: int, image: bytes, security_counter: int) -> Status:
        """Do what the factory does: an image, and the record that it is the confirmed one."""
        return Status(
            self._lib.bench_provision(self.handle, slot, image, len(image), security_counter)
        )

    def put_image(self, slot: int, image: bytes) -> Status:
        """Program an image into a slot, without a record of it."""
        return Status(self._lib.bench_put_image(self.handle, slot, image, len(image)))

    def trust(self, head: bytes, verifier: SignatureVerifier) -> None:
        """Let `verifier` judge a head's signature; the device believes what it accepts.

        Raises:
            device_apply.errors.Rejected: the verifier does not accept it.
        """
        envelope = EnvelopeHead.from_bytes(head)
        verifier.verify(envelope.algorithm, envelope.signed_bytes, envelope.signature)
        self._lib.bench_trust(
            self.handle, envelope.algorithm, envelope.signed_bytes, envelope.signature
        )
        if envelope.rollback is not None:
            rollback = envelope.rollback
            verifier.verify(rollback.algorithm, rollback.signed_bytes, rollback.signature)
            self.trust_message(rollback.algorithm, rollback.signed_bytes, rollback.signature)

    def permit(self, *, may_commit: bool) -> None:
        """Let battery and user allow the next steps, or not."""
        self._lib.bench_permit(self.handle, may_commit)

    def set_clock(self, now_ms: int) -> None:
        """Set the device's clock."""
        self._lib.bench_set_clock(self.handle, now_ms)

    def plan_cut(self, cut: PowerCutPlan | None) -> None:
        """Let the power fail as planned, counted from now on; None takes the plan back."""
        flash = self._lib.bench_flash(self.handle)
        if cut is None:
            self._lib.flash_model_plan_cut(flash, 0, 0, 0)
        else:
            self._lib.flash_model_plan_cut(flash, cut.operation, cut.variant, cut.seed)

    def protect(self, offset: int, size_bytes: int) -> None:
        """Trap every erase and program in this range from now on."""
        self._lib.flash_model_protect(self._lib.bench_flash(self.handle), offset, size_bytes)

    def usage(self) -> FlashUsage:
        """Return the counters of the flash."""
        return usage_of(self.native, self._lib.bench_flash(self.handle))

    def read_flash(self, offset: int, size: int) -> bytes:
        """Read flash past the device, where it can be read."""
        buffer = self.native.ffi.new("uint8_t[]", size)
        self._lib.flash_model_read(self._lib.bench_flash(self.handle), offset, buffer, size)
        return bytes(self.native.ffi.buffer(buffer, size))

    def program_flash(self, offset: int, data: bytes) -> None:
        """Program flash behind the device's back.

        Raises:
            ValueError: it does not take it.
        """
        flash = self._lib.bench_flash(self.handle)
        if self._lib.flash_model_program(flash, offset, data, len(data)):
            raise ValueError(f"program at {offset:#x}: refused")

    def erase_flash(self, offset: int) -> None:
        """Erase a sector behind the device's back.

        Raises:
            ValueError: no sector starts there.
        """
        if self._lib.flash_model_erase(self._lib.bench_flash(self.handle), offset):
            raise ValueError(f"erase at {offset:#x}: refused")

    def boot(self) -> Status:
        """Power on, run the bootloader and start the application."""
        return Status(self._lib.bench_boot(self.handle))

    def offer_slice(self, head: bytes, fragment_bytes: int) -> Status:
        """Offer the head of a package and prepare at most one sector for it."""
        return Status(self._lib.bench_offer_slice(self.handle, head, len(head), fragment_bytes))

    def offer(self, head: bytes, fragment_bytes: int) -> Status:
        """Offer the head of a package until the area is prepared or the offer is refused."""
        return Status(self._lib.bench_offer(self.handle, head, len(head), fragment_bytes))

    def admit(self, head: bytes) -> Status:
        """Run checks 1 to 10 on a head and nothing else."""
        return Status(self._lib.bench_admit(self.handle, head, len(head)))

    def receive(self, index: int, data: bytes) -> Status:
        """Hand over one fragment."""
        return Status(self._lib.bench_receive(self.handle, index, data, len(data)))

    def deliver(self, payload: bytes, fragment_bytes: int) -> Status:
        """Hand over every missing fragment, in order."""
        return Status(self._lib.bench_deliver(self.handle, payload, len(payload), fragment_bytes))

    def missing(self) -> list[int]:
        """Return the indices of the fragments that are still wanted."""
        indices: list[int] = []
        index = self._lib.bench_next_missing(self.handle, 0)
        while index != NONE_MISSING:
            indices.append(index)
            index = self._lib.bench_next_missing(self.handle, index + 1)
        return indices

    def is_stalled(self) -> bool:
        """Whether a download is open and has not grown for a minute."""
        return bool(self._lib.bench_is_stalled(self.handle))

    def install(self) -> Status:
        """Run the installation until it ends, waits or the power fails."""
        return Status(self._lib.bench_install(self.handle))

    def install_slice(self) -> Status:
        """Run one slice of the installation."""
        return Status(self._lib.bench_install_slice(self.handle))

    def confirm(self) -> Status:
        """Let the running image find itself healthy."""
        return Status(self._lib.bench_confirm(self.handle))

    def recover(self) -> Status:
        """Start recovery over the serial line, after a boot that found nothing to run."""
        return Status(self._lib.bench_recover(self.handle))

    def hear(self, data: bytes) -> bytes:
        """Let recovery take bytes from its serial line; return what it answers.

        Raises:
            PowerCut: as planned.
        """
        if self._lib.bench_hear(self.handle, data, len(data)) == Status.POWER_LOST:
            raise PowerCut("power cut: recovery")
        said = self.native.ffi.new("uint8_t[]", _SAID_BYTES)
        return bytes(
            self.native.ffi.buffer(said, self._lib.bench_said(self.handle, said, _SAID_BYTES))
        )

    def trust_message(self, algorithm: int, message: bytes, signature: bytes) -> None:
        """Believe exactly this signature over exactly this message."""
        self._lib.bench_trust_message(self.handle, algorithm, message, len(message), signature)

    def identify(self, device_id: bytes) -> None:
        """Give the device an identity of 16 bytes."""
        self._lib.bench_identify(self.handle, device_id)

    def require_signatures(self) -> None:
        """Run only images that carry the signature of a trusted key."""
        self._lib.bench_require_signatures(self.handle)

    def is_signed(self, offset: int, size_bytes: int) -> bool:
        """Whether this range of flash is an image that a trusted key signed."""
        return bool(self._lib.bench_is_signed(self.handle, offset, size_bytes))

    def rom_choice(self, *copies: Region) -> int | None:
        """Return the number of the copy of the bootloader that the ROM would run."""
        made = [{"offset": copy.offset, "bytes": copy.size_bytes} for copy in copies]
        regions = self.native.ffi.new("struct airdelta_region[]", made)
        chosen = self._lib.bench_rom_choose(self.handle, regions, len(copies))
        return None if chosen == _NO_SLOT else int(chosen)

    def begin_recovery(self, package_bytes: int, least_security_counter: int = 0) -> Status:
        """Wait for a package from which the device is recovered."""
        return Status(
            self._lib.bench_recovery_begin(self.handle, package_bytes, least_security_counter)
        )

    def recovery_take(self, data: bytes) -> Status:
        """Hand over the next bytes of that package."""
        return Status(self._lib.bench_recovery_take(self.handle, data, len(data)))

    def recover_from(self, package: bytes, piece_bytes: int = 64) -> Status:
        """Let the device fetch a package, as far as this one goes."""
        return Status(self._lib.bench_recover_from(self.handle, package, len(package), piece_bytes))

    def abandon(self) -> Status:
        """Forget the update being handled."""
        return Status(self._lib.bench_abandon(self.handle))

    def running_slot(self) -> int:
        """Return the slot that the bootloader chose."""
        return self.boot_report().slot

    def boot_report(self) -> BootReport:
        """Return what the bootloader chose."""
        report = self.native.ffi.new("struct airdelta_boot_report *")
        self._lib.bench_report(self.handle, report)
        return BootReport(
            slot=report.slot,
            image=SizedDigest(bytes(report.image.digest), report.image.bytes),
            is_trial=bool(report.is_trial),
            attempts_left=report.attempts_left,
        )

    def cut_place(self) -> str:
        """Say what was cut last, such as `programming at 0x1f00`."""
        place = self.native.ffi.new("struct flash_model_cut_place *")
        self._lib.flash_model_cut_place_of(self._lib.bench_flash(self.handle), place)
        return f"{'erasing' if place.was_erasing else 'programming'} at {place.offset:#x}"

    def slot_is(self, slot: int, image: bytes) -> bool:
        """Whether a slot holds these bytes."""
        return bool(self._lib.bench_slot_is(self.handle, slot, image, len(image)))

    def state(self) -> DeviceState:
        """Return what the device remembers."""
        state = self.native.ffi.new("struct airdelta_state *")
        self._lib.bench_state(self.handle, state)
        package_digest = bytes(state.package_digest)
        return DeviceState(
            lifecycle=LifecycleState(state.lifecycle),
            confirmed_slot=state.confirmed_slot,
            trial_slot=None if state.trial_slot == _NO_SLOT else state.trial_slot,
            attempts_left=state.attempts_left,
            security_counter=state.security_counter,
            slots=(_slot_record(state.slots[0]), _slot_record(state.slots[1])),
            package_digest=package_digest if any(package_digest) else None,
        )

    def staged_bytes(self) -> int:
        """Return how much of a new image the last checkpoint of staging covers."""
        state = self.native.ffi.new("struct airdelta_state *")
        self._lib.bench_state(self.handle, state)
        record = state.slots[1 - self.running_slot()]
        return 0 if record.image.bytes else int(record.security_counter)

    def longest_slice(self) -> int:
        """Return the most flash operations between two calls of the watchdog since the boot."""
        return int(self._lib.bench_longest_slice(self.handle))

    def _c_layout(self) -> Any:  # noqa: ANN401 (cffi data: `struct airdelta_layout`)
        layout = self.native.ffi.new("struct airdelta_layout *")
        ab = self.setup.layout
        areas = ab.in_place
        if areas is not None:
            layout.page_bytes = areas.page_bytes
        layout.installer = self._lib.bench_installer(_INSTALLERS[ab.kind])
        named = [
            (layout.slots[0], ab.slot_a),
            (layout.slots[1], ab.slot_b),
            (layout.download, ab.download),
            (layout.state, ab.state),
        ]
        if ab.scratch is not None:
            named.append((layout.scratch, ab.scratch))
        if ab.checkpoints is not None:
            named.append((layout.checkpoints, ab.checkpoints))
        if areas is not None:
            named += [(layout.journal, areas.journal), (layout.stash, areas.stash)]
        for made, region in named:
            made.offset = region.offset
            made.bytes = region.size_bytes
        layout.state_bank_bytes = self.setup.state_bank_bytes
        layout.write_unit_bytes = self.setup.part.write_unit_bytes
        layout.erased_value = self.setup.part.erased_byte
        layout.takes_reprogramming = not self.setup.part.program_once
        layout.is_per_slot = ab.slot_addressing is SlotAddressing.PER_SLOT
        return layout


def _slot_record(record: Any) -> SlotRecord | None:  # noqa: ANN401 (`struct airdelta_slot_record`)
    if record.image.bytes == 0:
        return None
    image = SizedDigest(bytes(record.image.digest), record.image.bytes)
    return SlotRecord(image, record.security_counter)
