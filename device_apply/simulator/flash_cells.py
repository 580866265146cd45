"""The matter of a NOR flash: what its cells hold, also after an operation that lost its power.

No rules are enforced here, see `nor_flash`; this is what charge does.
"""

import random
from typing import TypeAlias

from device_apply.flash import ERASED_BYTE
from device_apply.profile import FlashGeometry
from device_apply.simulator.power_cuts import CutVariant

_Matter: TypeAlias = tuple[bytes, bytes]
"""Content and spent marks of a range."""


class FlashCells:
    """Content, and per write unit whether it was programmed since its sector was erased."""

    def __init__(self, geometry: FlashGeometry) -> None:
        """Make a blank flash."""
        self._sector_bytes = geometry.sector_bytes
        self._unit_bytes = geometry.write_unit_bytes
        self._content = bytearray([ERASED_BYTE]) * geometry.size_bytes
        self._spent = bytearray(geometry.size_bytes // self._unit_bytes)
        self._weak_sectors: set[int] = set()
        self._unstable: dict[int, tuple[_Matter, _Matter]] = {}
        self._rng = random.Random(0)

    def read(self, offset: int, size: int) -> bytes:
        """Return what the cells hold."""
        return bytes(memoryview(self._content)[offset : offset + size])

    def has_spent(self, offset: int, size: int) -> bool:
        """Whether any unit of a range was programmed since its erase."""
        units = slice(offset // self._unit_bytes, (offset + size) // self._unit_bytes)
        return 1 in self._spent[units]

    def erase(self, sector: int) -> None:
        """Set every bit of a sector, for good."""
        self._put(sector, self._blank(self._sector_bytes))
        self._weak_sectors.discard(sector)
        for offset in [at for at in self._unstable if 0 <= at - sector < self._sector_bytes]:
            del self._unstable[offset]

    def program(self, offset: int, data: bytes) -> None:
        """Clear bits. In a weak sector some bits do not stay cleared."""
        if self._weak_sectors and not self._weak_sectors.isdisjoint(self._sectors(offset, data)):
            data = self._with_noise(data)
        self._put(offset, (data, b"\1" * (len(data) // self._unit_bytes)))

    def power_on(self) -> None:
        """Let every unstable range read as chance has it this time."""
        for offset, outcomes in self._unstable.items():
            self._put(offset, self._rng.choice(outcomes))

    def interrupt_erase(self, sector: int, variant: CutVariant, rng: random.Random) -> None:
        """Leave a sector as erasing it without power to the end leaves it."""
        self._rng = rng
        before = self._take(sector, self._sector_bytes)
        match variant:
            case CutVariant.NOT_DONE:
                pass
            case CutVariant.DONE:
                self.erase(sector)
            case CutVariant.PARTIAL:
                self.erase(sector)
                kept = rng.randrange(self._sector_bytes // self._unit_bytes) * self._unit_bytes
                at = rng.choice((0, self._sector_bytes - kept))
                marks = slice(at // self._unit_bytes, (at + kept) // self._unit_bytes)
                self._put(sector + at, (before[0][at : at + kept], before[1][marks]))
            case CutVariant.TORN:
                self._put(sector, (self._with_noise(before[0]), before[1]))
            case CutVariant.BLANK:
                self.erase(sector)
                self._weak_sectors.add(sector)
            case CutVariant.UNSTABLE:
                self.erase(sector)
                self._weak_sectors.add(sector)
                self._unstable[sector] = (before, self._blank(self._sector_bytes))

    def interrupt_program(
        self, offset: int, data: bytes, variant: CutVariant, rng: random.Random
    ) -> None:
        """Leave a range as programming it without power to the end leaves it."""
        self._rng = rng
        if variant is CutVariant.NOT_DONE:
            return
        if variant is CutVariant.DONE:
            self.program(offset, data)
            return
        # Half of the cuts hit the last unit: whether a record is whole depends on it.
        last = len(data) // self._unit_bytes - 1
        reached = rng.choice((rng.randint(0, last), last)) * self._unit_bytes
        self.program(offset, data[:reached])
        if variant is CutVariant.PARTIAL:
            return
        at, unit = offset + reached, data[reached : reached + self._unit_bytes]
        torn = (self._with_noise(unit), b"\1")
        match variant:
            case CutVariant.TORN:
                self._put(at, torn)
            case CutVariant.BLANK:
                self._put(at, (self._blank(self._unit_bytes)[0], b"\1"))
            case CutVariant.UNSTABLE:
                self._unstable[at] = ((unit, b"\1"), torn)
                self._put(at, torn)

    def _blank(self, size: int) -> _Matter:
        return bytes([ERASED_BYTE]) * size, bytes(size // self._unit_bytes)

    def _with_noise(self, data: bytes) -> bytes:
        """Return `data` with about half of its cleared bits set."""
        noise = int.from_bytes(self._rng.randbytes(len(data)))
        return (int.from_bytes(data) | noise).to_bytes(len(data))

    def _sectors(self, offset: int, data: bytes) -> range:
        first = offset - offset % self._sector_bytes
        return range(first, offset + len(data), self._sector_bytes)

    def _take(self, offset: int, size: int) -> _Matter:
        units = slice(offset // self._unit_bytes, (offset + size) // self._unit_bytes)
        return self.read(offset, size), bytes(self._spent[units])

    def _put(self, offset: int, matter: _Matter) -> None:
        content, spent = matter
        first_unit = offset // self._unit_bytes
        self._content[offset : offset + len(content)] = content
        self._spent[first_unit : first_unit + len(spent)] = spent
