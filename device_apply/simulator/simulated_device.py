"""The device: what its bootloader and its firmware do with an update, over any `Flash`.

Everything that outlasts a reset is in flash and everything else is in this object, so a reset is a
new object over the same flash. A power cut surfaces as `PowerCut` from whichever call was running.

    device = SimulatedDevice(profile, flash, verifier)
    device.boot()                          # the bootloader; everything below is the firmware
    device.offer(head, fragment_bytes)     # verified before anything is stored
    for index in device.missing():
        device.receive(index, fragment(index))
    device.install()                       # proved, rehearsed, staged; then reset, boot() ...
    device.confirm()                       # ... and the new image finds itself healthy
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from device_apply import bootloader
from device_apply.admission import DeviceFacts, admit_head
from device_apply.bootloader import BootReport
from device_apply.device_state import DeviceState, SlotRecord
from device_apply.download.area import DownloadArea
from device_apply.download.layout import SessionLayout
from device_apply.download.session import DownloadSession
from device_apply.errors import ApplyFailed, Rejected
from device_apply.flash import Flash
from device_apply.lifecycle import SESSION_STATES, LifecycleEvent, LifecycleState
from device_apply.profile import DeviceProfile
from device_apply.slots import FlashScratch, SlotImage
from device_apply.staging import check_needs, check_payload, rehearse, stage_image
from device_apply.state_store import StateStore
from device_apply.trust import SignatureVerifier
from device_apply.wire.manifest import Manifest


class SimulatedDevice:
    """One power cycle of a device with two slots."""

    def __init__(self, profile: DeviceProfile, flash: Flash, verifier: SignatureVerifier) -> None:
        """Put the parts together; `boot` comes first.

        Raises:
            ValueError: the flash is not the one that the profile describes.
        """
        if flash.geometry != profile.flash:
            raise ValueError("the flash is not the one that the profile describes")
        self._profile = profile
        self._flash = flash
        self._verifier = verifier
        self._area = DownloadArea(flash, profile.layout.download)
        self._store: StateStore | None = None
        self._boot: BootReport | None = None
        self._session: DownloadSession | None = None

    @property
    def state(self) -> DeviceState:
        """What the device remembers."""
        return self._booted_store().state

    @property
    def running(self) -> BootReport:
        """What runs since this reset."""
        if self._boot is None:
            raise RuntimeError("the device has not booted: call boot() first")
        return self._boot

    def boot(self) -> BootReport:
        """Choose a slot and run it; then find the download that was under way.

        Raises:
            device_apply.state_store.StateLost: the device was never provisioned.
            device_apply.bootloader.NoBootableImage: no slot may run.
        """
        layout = self._profile.layout
        self._store = StateStore.open(self._flash, layout.state)
        self._boot = bootloader.boot(self._flash, layout, self._store)
        self._session = self._resume_session()
        return self._boot

    def running_image(self) -> bytes:
        """Read the running image out of its slot."""
        base = self._base()
        return base.read(0, base.size)

    def offer(self, head: bytes, fragment_bytes: int) -> None:
        """Verify the head of a package and make room for its payload.

        The same offer again changes nothing and keeps what was received. Another package, or
        another fragment size, replaces a download that was under way.

        Raises:
            Rejected: a check of `admission` failed, or a trial is under way. No flash was touched.
            ValueError: the device cannot buffer fragments of that size.
        """
        state, digest = self.state, sha256(head).digest()
        if state.lifecycle in (LifecycleState.STAGED, LifecycleState.TRIAL):
            if state.package_digest == digest:
                return
            if state.lifecycle is LifecycleState.TRIAL:
                raise Rejected("device: the running image is on trial and has to confirm first")
        manifest = self._admit(head)
        layout = self._area.plan(len(head), manifest.payload.size, fragment_bytes)  # (8)
        session = self._session
        if session and session.package_digest == digest and session.layout == layout:
            return
        self._begin_session(head, layout)

    def missing(self) -> Sequence[int]:
        """Return the indices of the fragments that are still wanted, ascending."""
        return () if self._session is None else self._session.missing()

    def receive(self, index: int, data: bytes) -> None:
        """Store a fragment of the payload: in any order, any number of times.

        Raises:
            Rejected: no download is open, or the payload has no such fragment.
            ApplyFailed: the download area cannot be programmed.
        """
        session = self._session
        if session is None:
            raise Rejected(f"fragment {index}: no download is open")
        if not session.receive(index, data):
            # Power cuts have spoilt every spare cell: begin again rather than give up.
            session = self._begin_session(session.head, session.layout)
            if not session.receive(index, data):
                raise ApplyFailed("the download area cannot be programmed after its erase")
        if session.is_complete and self.state.lifecycle is LifecycleState.DOWNLOADING:
            self._advance(LifecycleEvent.COMPLETE_PAYLOAD)

    def install(self) -> None:
        """Prove the payload, rehearse it and stage the new image; it runs at the next reset.

        After a power cut, boot and call it again. After an error the update is abandoned.

        Raises:
            Rejected: a check of `admission` failed; the inactive slot was not touched.
            ApplyFailed: the inactive slot does not hold the new image.
            RuntimeError: there is no complete payload.
        """
        session = self._session
        if session is None or not session.is_complete:
            raise RuntimeError(f"nothing to install while {self.state.lifecycle.label}")
        try:
            # The head is verified again: flash may have changed between two power cycles.
            manifest = self._admit(session.head)
            payload, base = session.payload(), self._base()
            check_payload(manifest, payload)
            check_needs(manifest, payload, base, self._profile)
            if self.state.lifecycle is LifecycleState.DOWNLOADED:
                rehearse(manifest, payload, base, self._scratch())
                self._advance(LifecycleEvent.VERIFY_PAYLOAD)
            slot = self._facts().free_slot
            region = self._profile.layout.slots[slot]
            stage_image(manifest, payload, base, self._flash, region, self._scratch())
        except (Rejected, ApplyFailed):
            self._abandon()
            raise
        self._record_staged(manifest, slot)

    def confirm(self) -> None:
        """Keep the new image: in one record it becomes the confirmed one and the counter rises.

        Raises:
            RuntimeError: no trial is under way.
        """
        state, slot = self.state, self.running.slot
        record = state.slots[slot]
        counter = state.security_counter if record is None else record.security_counter
        self._booted_store().append(
            replace(
                state.after(LifecycleEvent.CONFIRM),
                confirmed_slot=slot,
                security_counter=max(state.security_counter, counter),
            )
        )

    def _facts(self) -> DeviceFacts:
        return DeviceFacts(
            profile=self._profile,
            running_slot=self.running.slot,
            running_image=self.running.image,
            security_counter=self.state.security_counter,
        )

    def _admit(self, head: bytes) -> Manifest:
        return admit_head(head, self._verifier, self._facts()).manifest

    def _base(self) -> SlotImage:
        slot = self._profile.layout.slots[self.running.slot]
        return SlotImage(self._flash, slot, self.running.image.size)

    def _scratch(self) -> FlashScratch | None:
        region = self._profile.layout.scratch
        return None if region is None else FlashScratch(self._flash, region)

    def _begin_session(self, head: bytes, layout: SessionLayout) -> DownloadSession:
        """Make room for a payload; only then does the state say that there is a download."""
        self._abandon()
        session = self._area.begin(head, layout)
        state = self.state.after(LifecycleEvent.OPEN_SESSION)
        self._booted_store().append(replace(state, package_digest=session.package_digest))
        self._session = session
        return session

    def _resume_session(self) -> DownloadSession | None:
        state = self.state
        if state.lifecycle not in SESSION_STATES or state.package_digest is None:
            return None
        session = self._area.resume(state.package_digest)
        if session is None:
            self._abandon()
        elif session.is_complete and state.lifecycle is LifecycleState.DOWNLOADING:
            self._advance(LifecycleEvent.COMPLETE_PAYLOAD)
        elif not session.is_complete and state.lifecycle is not LifecycleState.DOWNLOADING:
            self._advance(LifecycleEvent.LOSE_FRAGMENT)
        return session

    def _record_staged(self, manifest: Manifest, slot: int) -> None:
        record = SlotRecord(manifest.new_image, manifest.security_counter)
        slot_a, slot_b = self.state.slots
        self._booted_store().append(
            replace(
                self.state.after(LifecycleEvent.STAGE_IMAGE),
                trial_slot=slot,
                slots=(record, slot_b) if slot == 0 else (slot_a, record),
            )
        )
        self._session = None

    def _abandon(self) -> None:
        """Forget the update being handled, if there is one."""
        self._session = None
        if self.state.lifecycle in (*SESSION_STATES, LifecycleState.STAGED):
            self._advance(LifecycleEvent.ABANDON)

    def _advance(self, event: LifecycleEvent) -> None:
        self._booted_store().append(self.state.after(event))

    def _booted_store(self) -> StateStore:
        if self._store is None:
            raise RuntimeError("the device has not booted: call boot() first")
        return self._store
