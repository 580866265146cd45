"""From runs of bytes at addresses to one contiguous image.

Every format that carries addresses ends here, so overlaps, gaps and sizes are judged alike for all:

- where runs overlap they must agree in every byte;
- a gap is filled with 0xFF, as erased flash reads, up to `ImageLimits.max_gap_bytes`;
- no gap is filled before the size of the whole is known to be within its limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from pipeline.images.errors import UnusableImage

_ERASED: Final = b"\xff"
# Real images have a handful of runs: one per load region. The limit bounds the memory that a file
# of one-byte records can ask for.
_MAX_RUNS: Final = 65_536
_REGIONS_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What a file may ask for before it is refused.

    The largest flash of a device that this is for is 16 MiB (ESP32 modules); 64 MiB leaves room.
    """

    max_file_bytes: int = 64 * 1024 * 1024
    max_image_bytes: int = 64 * 1024 * 1024
    max_gap_bytes: int = 256 * 1024
    """Longest stretch within an image that no byte of the file covers."""


class Run(NamedTuple):
    """Consecutive bytes and where they belong."""

    address: int
    data: bytes | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBytes:
    """Contiguous bytes and the address of the first."""

    load_address: int
    data: bytes = field(repr=False)


def assemble(runs: Iterable[Run], limits: ImageLimits) -> PlacedBytes:
    """Put `runs` in their places, whatever their order.

    Raises:
        UnusableImage: there are none, two of them conflict, they are too far apart or too many.
    """
    ordered = sorted(_coalesced(runs), key=lambda run: run.address)
    if not ordered:
        raise UnusableImage("holds no bytes to write to flash: build it again or choose another")
    start = ordered[0].address
    _check_gaps(ordered, limits.max_gap_bytes)
    size = max(run.address + len(run.data) for run in ordered) - start
    if size > limits.max_image_bytes:
        raise UnusableImage(
            f"makes an image of {size} bytes, the limit is {limits.max_image_bytes}:"
            " give only the part that goes into a slot"
        )
    image = bytearray()
    for run in ordered:
        _place(image, run, start)
    return PlacedBytes(load_address=start, data=bytes(image))


def _coalesced(runs: Iterable[Run]) -> list[Run]:
    """Join runs that continue the one before, as the records of a text format do."""
    joined: list[tuple[int, bytearray]] = []
    for address, data in runs:
        if joined and joined[-1][0] + len(joined[-1][1]) == address:
            joined[-1][1].extend(data)
        elif len(data):
            joined.append((address, bytearray(data)))
        if len(joined) > _MAX_RUNS:
            raise UnusableImage(
                f"scatters its bytes over more than {_MAX_RUNS} separate ranges:"
                " give the .bin that your build writes"
            )
    return [Run(address, memoryview(data)) for address, data in joined]


def _check_gaps(ordered: list[Run], max_gap_bytes: int) -> None:
    regions = [[ordered[0].address, ordered[0].address + len(ordered[0].data)]]
    for run in ordered[1:]:
        if run.address - regions[-1][1] > max_gap_bytes:
            regions.append([run.address, run.address])
        regions[-1][1] = max(regions[-1][1], run.address + len(run.data))
    if len(regions) == 1:
        return
    widest = max(after[0] - before[1] for before, after in pairwise(regions))
    shown = ", ".join(f"{start:#x}-{end:#x}" for start, end in regions[:_REGIONS_SHOWN])
    more = ", ..." if len(regions) > _REGIONS_SHOWN else ""
    raise UnusableImage(
        f"holds {len(regions)} separate regions ({shown}{more}), up to {widest} bytes apart where"
        f" {max_gap_bytes} may be filled: keep the one that goes into the slot (objcopy"
        " --remove-section, srec_cat -crop) or give the .bin that your build writes"
    )


def _place(image: bytearray, run: Run, start: int) -> None:
    offset = run.address - start
    if offset > len(image):
        image.extend(_ERASED * (offset - len(image)))
    overlap = run.data[: len(image) - offset]
    if image[offset : offset + len(overlap)] != bytes(overlap):
        conflict = next(i for i, byte in enumerate(overlap) if byte != image[offset + i])
        raise UnusableImage(
            f"says two different things about address {run.address + conflict:#x}:"
            " two images were merged, or the file is damaged"
        )
    image.extend(run.data[len(overlap) :])
