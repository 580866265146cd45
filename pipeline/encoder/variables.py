"""Where the variables of a firmware are: what its code loads from literal pools or spells out.

Code names hundreds of variables, all in one range; registers of peripherals are fewer, and numbers
lie anywhere.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder import native
from pipeline.encoder.header import RAM_PRESETS, AddressRange, ArchitectureNumber, RamRange

_PRESETS: Final = {
    ArchitectureNumber.THUMB: RAM_PRESETS[1],
    ArchitectureNumber.XTENSA: RAM_PRESETS[2],
    ArchitectureNumber.AVR: RAM_PRESETS[4],
}
_BLOCK_BITS: Final = 16
_LOWEST: Final = 1 << _BLOCK_BITS
"""Below are numbers."""
_HIGHEST: Final = 0xE000_0000
"""Private peripherals and the like begin here; small negative numbers are above."""
_FEWEST_IN_BEST_BLOCK: Final = 64
_FEWEST_IN_BLOCK: Final = 8
_ROUNDED_TO: Final = 4096


def usual_variables(architecture: ArchitectureNumber) -> RamRange:
    """Return where an architecture's microcontrollers have their variables, most of the time."""
    return _PRESETS.get(architecture, RAM_PRESETS[0])


def find_variables(
    image: bytes, architecture: ArchitectureNumber, sections: tuple[AddressRange, ...]
) -> RamRange | None:
    """Return the range that most distinct addresses outside the image lie in, if it is clear."""
    values = np.unique(native.spelled_values(image, architecture))
    values = values[(values >= _LOWEST) & (values < _HIGHEST)].astype(np.int64)
    for section in sections:
        values = values[(values < section.address) | (values >= section.address + section.length)]
    if not len(values):
        return None
    blocks, counts = np.unique(values >> _BLOCK_BITS, return_counts=True)
    best = int(counts.argmax())
    if counts[best] < _FEWEST_IN_BEST_BLOCK:
        return None
    first, last = _run_around(best, blocks, counts)
    inside = values[(values >> _BLOCK_BITS >= first) & (values >> _BLOCK_BITS <= last)]
    start = int(inside[0]) // _ROUNDED_TO * _ROUNDED_TO
    return RamRange(start, -(-(int(inside[-1]) + 1 - start) // _ROUNDED_TO) * _ROUNDED_TO)


def _run_around(best: int, blocks: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[int, int]:
    """Return the first and last of the well-filled blocks side by side, of which one is best."""
    first = last = int(blocks[best])
    filled = {int(block) for block in blocks[counts >= _FEWEST_IN_BLOCK]}
    while first - 1 in filled:
        first -= 1
    while last + 1 in filled:
        last += 1
    return first, last
