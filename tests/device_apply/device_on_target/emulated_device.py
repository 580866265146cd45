"""One device on an emulated Cortex-M, its flash on the native flash model, step by step."""

from collections.abc import Callable
from struct import pack
from typing import Final

from device_apply.core.device.bench import NONE_MISSING, BenchSetup
from device_apply.core.device.status import Status
from device_apply.errors import Rejected
from device_apply.flash_model.native_flash import NativeFlash, SpentError, UnreadableError
from device_apply.lifecycle import LifecycleState
from device_apply.trust import SignatureVerifier
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm
from device_apply.wire.suit import SizedDigest
from tests.device_apply.cortex_m.processor import INBOX, CortexM
from tests.device_apply.device_on_target.device_build import TargetDevice

OK: Final = 0
UNREADABLE: Final = 1
REFUSED: Final = 2
"""Values of `enum airdelta_flash_result`; anything worse is a bug of the library and raises."""

Observer = Callable[[int, bytes | None], None]
"""Hears of a flash operation before it happens: offset, and what is programmed or None: erase."""


class EmulatedDevice:
    """Everything but its flash is gone after `power_on`.

    A power cut that the flash has planned ends the call at hand with `errors.PowerCut`.
    """

    def __init__(
        self,
        target: TargetDevice,
        setup: BenchSetup,
        flash: NativeFlash,
        verifier: SignatureVerifier,
    ) -> None:
        self.setup = setup
        self.flash = flash
        self.target = target
        self.observer: Observer | None = None
        self.processor = CortexM(
            target.library,
            cpu=target.cpu,
            stack_bytes=target.stack_bytes,
            data_bytes=target.data_bytes,
            ports=(self._read, self._program, self._erase, self._sector_bytes, self._verify),
        )
        self._verifier = verifier
        self._sectors: dict[int, int] = {}
        at = 0
        for sector in setup.part.sectors:
            self._sectors[at] = sector.size_bytes
            at += sector.size_bytes

    def provision(self, image: bytes, security_counter: int) -> Status:
        """Do what the factory does: the image in slot A, and the record that it is confirmed."""
        start = self.setup.layout.slot_a.offset
        for offset in range(start, start + len(image), self._sectors[start]):
            self.flash.erase_sector(offset)
        padding = bytes([self.setup.part.erased_byte]) * (-len(image) % 32)
        self.flash.program(start, image + padding)
        digest = SizedDigest.of(image)
        record = pack("<I32sI", digest.size, digest.digest, security_counter)
        self.processor.write(INBOX, record)
        return self._call("target_provision", INBOX)

    def power_on(self) -> Status:
        """Reset, with nothing left in RAM, and run the bootloader."""
        self.flash.power_on()
        self.processor.paint_ram()
        return self._call("target_boot")

    def start(self) -> Status:
        """Start the application's part."""
        return self._call("target_start")

    def offer(self, head: bytes, fragment_bytes: int) -> Status:
        """Offer the head of a package until the area is prepared or the offer is refused."""
        self.processor.write(INBOX, head)
        return self._call("target_offer", INBOX, len(head), fragment_bytes)

    def deliver(self, payload: bytes, fragment_bytes: int) -> Status:
        """Hand over every missing fragment, in order."""
        index = 0
        while (index := self._number("target_next_missing", index)) != NONE_MISSING:
            piece = payload[index * fragment_bytes :][:fragment_bytes]
            self.processor.write(INBOX, piece)
            status = self._call("target_receive", index, INBOX, len(piece))
            if status is not Status.OK:
                return status
        return Status.OK

    def install_slice(self) -> Status:
        """Run one slice of the installation."""
        return self._call("target_install_slice")

    def install(self) -> Status:
        """Run the installation until it ends."""
        return self._call("target_install")

    def confirm(self) -> Status:
        """Let the running image find itself healthy."""
        return self._call("target_confirm")

    @property
    def running_slot(self) -> int:
        """The slot that the bootloader chose."""
        return self._number("target_running_slot")

    @property
    def commit_address(self) -> int:
        """Where the installer of a device with one slot begins to write it."""
        return self._number("target_commit_address")

    @property
    def lifecycle(self) -> LifecycleState:
        """Where the update stands."""
        return LifecycleState(self._number("target_lifecycle"))

    @property
    def security_counter(self) -> int:
        """The least counter that an update needs."""
        return self._number("target_security_counter")

    def slot_holds(self, slot: int, image: bytes) -> bool:
        """Whether a slot holds these bytes."""
        return self.flash.read(self.setup.layout.slots[slot].offset, len(image)) == image

    def _call(self, function: str, *arguments: int) -> Status:
        return Status(self.processor.call(function, *arguments))

    def _number(self, function: str, *arguments: int) -> int:
        return self.processor.call(function, *arguments) & 0xFFFF_FFFF

    def _read(self, offset: int, address: int, count: int) -> int:
        try:
            self.processor.write(address, self.flash.read(offset, count))
        except UnreadableError:
            return UNREADABLE
        return OK

    def _program(self, offset: int, address: int, count: int) -> int:
        data = self.processor.read(address, count)
        if self.observer is not None:
            self.observer(offset, data)
        try:
            self.flash.program(offset, data)
        except SpentError:
            return REFUSED
        return OK

    def _erase(self, offset: int, _second: int, _third: int) -> int:
        if self.observer is not None:
            self.observer(offset, None)
        self.flash.erase_sector(offset)
        return OK

    def _sector_bytes(self, offset: int, _second: int, _third: int) -> int:
        return self._sectors.get(offset, 0)

    def _verify(self, message: int, count: int, signature: int) -> int:
        signed_bytes = self.processor.read(message, count)
        try:
            self._verifier.verify(
                CoseAlgorithm.ED25519, signed_bytes, self.processor.read(signature, SIGNATURE_BYTES)
            )
        except Rejected:
            return 0
        return 1
