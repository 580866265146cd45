"""Updates of devices with one slot, whose commit has to order its pages and to stash some.

The new image is the base image with parts moved by odd distances, both up and down, so that pages
read each other in cycles; some pages do not change at all.
"""

import random
import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

from device_apply.core.device.bench import Bench, BenchSetup
from device_apply.core.device.status import Status
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.flash_model.native import Native
from device_apply.flash_model.parts import ERASED_ZEROS, FlashPart, Sector
from device_apply.profile import (
    MIN_STATE_BANK_BYTES,
    AbLayout,
    InPlaceAreas,
    LayoutKind,
    Region,
    SlotAddressing,
)
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    manifest_for,
    seal,
)

FRAGMENT_BYTES: Final = 100


@dataclass(frozen=True, slots=True)
class InPlaceCase:
    """A device with one slot, and an update for it."""

    page_bytes: int
    write_unit_bytes: int = 8
    sectors_per_page: int = 1
    pages: int = 14
    stash_pages: int = 2
    erased_byte: int = 0xFF
    program_once: bool = True
    plan: bytes | None = None
    """Runs of pages; None: the payload comes without a plan."""
    release: int = 1
    """Which of several new images it is."""
    program_bytes: int | None = None
    """Room for the program; None: enough."""

    @property
    def base(self) -> bytes:
        return random.Random("base").randbytes(self.pages * self.page_bytes - 29)

    @property
    def new_image(self) -> bytes:
        """Two unchanged pages, then parts that moved up, moved down, and changed a little."""
        base, page = self.base, self.page_bytes
        changes = random.Random(f"changes {self.release}")
        moved = (
            base[6 * page :] + changes.randbytes(20 + self.release) + base[2 * page : 6 * page - 13]
        )
        image = bytearray(base[: 2 * page] + moved)
        for at in range(2 * page + 40, len(image) - 8, page + 11):
            image[at : at + 3] = changes.randbytes(3)
        return bytes(image)

    @property
    def payload(self) -> bytes:
        patch = patch_of(self.base, self.new_image)
        if self.plan is None:
            return patch
        page_log2 = self.page_bytes.bit_length() - 1
        head = struct.pack("<BBH", 0xF0 + self.stash_pages, page_log2, len(self.plan))
        return head + self.plan + patch

    def setup(self) -> BenchSetup:
        """Lay out slot, program, download area, journal, stash and state, in this order."""
        sector = self.page_bytes // self.sectors_per_page
        at = 0

        def take(least_bytes: int) -> Region:
            nonlocal at
            start, at = at, at - (-least_bytes // sector * sector)
            return Region(offset=start, size_bytes=at - start)

        # a poor order loses most copies
        program_bytes = self.program_bytes or len(self.new_image) * 5 // 4 + 600
        fragments = -(-len(self.payload) // FRAGMENT_BYTES) + 8
        slot, program = take(self.pages * self.page_bytes), take(program_bytes)
        download = take(700 + fragments * (FRAGMENT_BYTES + 12 + 31))
        bank = take(8 * max(8, self.write_unit_bytes)).size_bytes
        journal = Region(offset=take(bank).offset - bank, size_bytes=2 * bank)
        stash = take(self.stash_pages * self.page_bytes)
        state_bank = take(MIN_STATE_BANK_BYTES).size_bytes
        state = Region(offset=take(state_bank).offset - state_bank, size_bytes=2 * state_bank)
        return BenchSetup(
            part=FlashPart(
                sectors=(Sector(sector, 10.0),) * (at // sector),
                write_unit_bytes=self.write_unit_bytes,
                program_unit_us=50.0,
                erased_byte=self.erased_byte,
                program_once=self.program_once,
            ),
            layout=AbLayout(
                slot_addressing=SlotAddressing.REMAP,
                slot_a=slot,
                slot_b=program,
                download=download,
                state=state,
                kind=LayoutKind.IN_PLACE,
                in_place=InPlaceAreas(page_bytes=self.page_bytes, journal=journal, stash=stash),
            ),
            vendor="vendor.example",
            device_class="sensor",
            state_bank_bytes=state_bank,
        )

    @property
    def head(self) -> bytes:
        return seal(manifest_for(PayloadFormat.AIRDELTA, self.payload, self.new_image, self.base))

    def bench(self, native: Native) -> Bench:
        """A provisioned device that trusts the update."""
        bench = Bench(self.setup(), native)
        assert bench.provision(0, self.base, BASE_COUNTER) is Status.OK
        bench.trust(self.head, VERIFIER)
        return bench

    def staged(self, native: Native) -> Bench:
        """A device whose program waits for the bootloader."""
        bench = self.downloaded(native)
        assert bench.install() is Status.OK
        return bench

    def downloaded(self, native: Native) -> Bench:
        bench = self.bench(native)
        assert bench.boot() is Status.OK
        assert bench.offer(self.head, FRAGMENT_BYTES) is Status.OK
        assert bench.deliver(self.payload, FRAGMENT_BYTES) is Status.OK
        return bench

    def sweep(self, native: Native) -> Sweep:
        """The whole update, from download to confirmation."""
        return Sweep(self.bench(native), self.update())

    def commit_sweep(self, native: Native) -> Sweep:
        """What the bootloader does, and the confirmation."""
        return Sweep(self.staged(native), self.update())

    def update(self) -> SweptUpdate:
        return SweptUpdate(
            head=self.head,
            payload=self.payload,
            base=self.base,
            new_image=self.new_image,
            base_counter=BASE_COUNTER,
            new_counter=NEW_COUNTER,
            fragment_bytes=FRAGMENT_BYTES,
        )


@cache
def patch_of(base: bytes, new: bytes) -> bytes:
    return encode(base, new, EncoderOptions(tier=Tier.TINY, scratch_flash_bytes=0)).patch


CASES: Final = {
    "pages-128": InPlaceCase(128),
    "no-stash": InPlaceCase(128, stash_pages=0),
    "unit-32": InPlaceCase(256, write_unit_bytes=32),
    "unit-1": InPlaceCase(128, write_unit_bytes=1, program_once=False),
    "two-sectors-a-page": InPlaceCase(256, write_unit_bytes=4, sectors_per_page=2, stash_pages=3),
    "erased-zeros": InPlaceCase(128, write_unit_bytes=4, erased_byte=ERASED_ZEROS),
    "planned": InPlaceCase(128, plan=bytes([0, 13 * 4 + 2 + 1])),
}
