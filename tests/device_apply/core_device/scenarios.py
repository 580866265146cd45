"""Updates on benches of many kinds, by name, so that a fault case is one line that replays it.

AIRDELTA_REPLAY=pages-128/17:torn:3 pytest -k replayed tests/device_apply/core_device
"""

import random
from dataclasses import dataclass
from functools import cache
from typing import Final

from device_apply.core.device.bench import DEFAULT_WORK_BYTES, Bench, BenchSetup
from device_apply.core.device.sweep import Sweep, SweptUpdate
from device_apply.flash_model import parts
from device_apply.flash_model.native import Native
from device_apply.flash_model.parts import ERASED_ONES, ERASED_ZEROS, FlashPart, Sector
from device_apply.profile import (
    MIN_STATE_BANK_BYTES,
    AbLayout,
    LayoutKind,
    Region,
    SlotAddressing,
)
from device_apply.wire.chunks import MAX_HASH_BYTES, MIN_HASH_BYTES
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    Update,
    full_update,
)

STREAMING_WORK_BYTES: Final = 1024
"""The head, or a chunk and the state of a decoder of full images."""


@cache
def image(seed: int, size_bytes: int) -> bytes:
    return random.Random(f"image {seed}").randbytes(size_bytes)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A part, and an update from one image of a size to another."""

    part: FlashPart
    image_bytes: int
    fragment_bytes: int
    kind: LayoutKind = LayoutKind.AB
    chunk_bytes: int = 0
    """Of the chunks whose hashes are signed; 0: none."""
    streams: bool = False
    """Whether the payload is decoded while it is downloaded."""

    @property
    def base(self) -> bytes:
        return image(1, self.image_bytes)

    @property
    def new_image(self) -> bytes:
        return image(2, self.image_bytes + 37)

    def setup(self) -> BenchSetup:
        """Lay out slots, download area and state, in this order, by whole sectors."""
        sectors = iter(self.part.sectors)
        at = 0

        def take(least_bytes: int) -> Region:
            nonlocal at
            start = at
            while at - start < least_bytes:
                at += next(sectors).size_bytes
            return Region(offset=start, size_bytes=at - start)

        slot_bytes = len(self.new_image)
        fragments = -(-slot_bytes // self.fragment_bytes) + 8

        def take_two(least_bytes: int) -> Region:
            first, second = take(least_bytes), take(least_bytes)
            assert first.size_bytes == second.size_bytes
            return Region(offset=first.offset, size_bytes=2 * first.size_bytes)

        slots = take(slot_bytes), take(slot_bytes)
        if self.streams:
            download = take(512 + MAX_HASH_BYTES * (slot_bytes // self.chunk_bytes + 1))
        else:
            download = take(512 + fragments * (self.fragment_bytes + 12 + 31))
        state = take_two(MIN_STATE_BANK_BYTES)
        checkpoints = take_two(320 + STREAMING_WORK_BYTES) if self.streams else None
        return BenchSetup(
            part=self.part,
            layout=AbLayout(
                slot_addressing=SlotAddressing.REMAP,
                slot_a=slots[0],
                slot_b=slots[1],
                download=download,
                state=state,
                checkpoints=checkpoints,
                kind=self.kind,
            ),
            vendor="vendor.example",
            device_class="sensor",
            state_bank_bytes=state.size_bytes // 2,
            work_bytes=STREAMING_WORK_BYTES if self.streams else DEFAULT_WORK_BYTES,
        )

    def bench(self, native: Native) -> Bench:
        """Return a provisioned bench that trusts the update."""
        bench = Bench(self.setup(), native)
        assert bench.provision(0, self.base, BASE_COUNTER) == 0
        bench.trust(self.package().head, VERIFIER)
        return bench

    def package(self) -> Update:
        return full_update(
            self.new_image,
            chunk_bytes=self.chunk_bytes,
            hash_bytes=MAX_HASH_BYTES if self.streams else MIN_HASH_BYTES,
        )

    def update(self) -> SweptUpdate:
        update = self.package()
        return SweptUpdate(
            head=update.head,
            payload=update.payload,
            base=self.base,
            new_image=self.new_image,
            base_counter=BASE_COUNTER,
            new_counter=NEW_COUNTER,
            fragment_bytes=self.fragment_bytes,
        )

    def sweep(self, native: Native) -> Sweep:
        return Sweep(self.bench(native), self.update())


def pages(
    count: int,
    page_bytes: int,
    unit_bytes: int,
    *,
    erased_byte: int = ERASED_ONES,
    program_once: bool = True,
) -> FlashPart:
    return FlashPart(
        sectors=(Sector(page_bytes, 10.0),) * count,
        write_unit_bytes=unit_bytes,
        program_unit_us=50.0,
        erased_byte=erased_byte,
        program_once=program_once,
    )


_MIXED_SECTORS: Final = FlashPart(
    sectors=(Sector(512, 5.0),) * 4
    + (Sector(2048, 20.0), Sector(2048, 20.0))
    + (Sector(8192, 80.0),)
    + (Sector(1024, 10.0),) * 2,
    write_unit_bytes=4,
    program_unit_us=16.0,
)

SCENARIOS: Final = {
    "pages-128": Scenario(pages(96, 128, 8), 1900, 100),
    "unit-1": Scenario(pages(24, 512, 1), 1900, 100),
    "unit-4": Scenario(pages(24, 512, 4), 1900, 51),
    "unit-16": Scenario(pages(24, 512, 16), 1900, 222),
    "unit-32": Scenario(pages(24, 512, 32), 1900, 256),
    "erased-zeros": Scenario(pages(96, 128, 4, erased_byte=ERASED_ZEROS), 1900, 100),
    "no-ecc": Scenario(pages(24, 512, 4, program_once=False), 1900, 100),
    "no-ecc-zeros": Scenario(
        pages(24, 512, 1, erased_byte=ERASED_ZEROS, program_once=False), 1900, 100
    ),
    "chunk-hashes": Scenario(pages(96, 128, 8), 1900, 100, chunk_bytes=250),
    "streaming": Scenario(pages(128, 128, 8), 3900, 100, chunk_bytes=150, streams=True),
    "streaming-unit-32": Scenario(pages(48, 512, 32), 5900, 256, chunk_bytes=200, streams=True),
    "streaming-no-ecc": Scenario(
        pages(48, 512, 1, erased_byte=ERASED_ZEROS, program_once=False),
        5900,
        64,
        chunk_bytes=256,
        streams=True,
    ),
    "mixed-sectors": Scenario(_MIXED_SECTORS, 1900, 100),
    "many-pages": Scenario(pages(300, 128, 8), 9000, 100),
    "overwrite-128": Scenario(pages(96, 128, 8), 1900, 100, LayoutKind.OVERWRITE),
    "overwrite-unit-32": Scenario(pages(24, 512, 32), 1900, 256, LayoutKind.OVERWRITE),
    "overwrite-mixed": Scenario(_MIXED_SECTORS, 1900, 100, LayoutKind.OVERWRITE),
    "image-24k": Scenario(parts.stm32l4(64), 24_000, 256),
    "image-320k": Scenario(pages(280, 4096, 8), 320_000, 256),
}
