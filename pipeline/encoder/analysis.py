"""What an image is: its architecture, where it stands in memory, where its variables are.

Nothing is guessed on the device: what is found here goes into the header of the patch. A wrong
finding costs bytes, never correctness. Whatever the caller knows goes before what is found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.encoder import native
from pipeline.encoder.esp_image import esp_segments
from pipeline.encoder.header import (
    MAX_LAYOUT_BYTES,
    RAM_PRESETS,
    AddressRange,
    ArchitectureNumber,
    Layout,
    RamRange,
)

_MINIMUM_LIKENESS: Final = {ArchitectureNumber.AVR: 110}
"""AVR's 16-bit calls are everywhere by chance; measured on images of other architectures."""
_USUAL_MINIMUM: Final = 50
_MINIMUM_VOTES: Final = 8
"""Pointers that must agree on a load address."""
_ALIGNMENTS: Final = {ArchitectureNumber.AARCH64: (4096,)}
"""ADRP works in pages of 4 KiB."""
_USUAL_ALIGNMENTS: Final = (256, 4)
_WIDE_LOADS_PER_BYTE: Final = 1 / 500
"""RV64 code loads and stores 64 bits more often than this; RV32 has no such instructions."""
_MAX_SECTIONS: Final = 6
"""Smaller sections of an ESP image are not worth their bytes in the header."""
_ESP8266_FLASH: Final = 0x4020_0000
"""Where the ESP8266 maps its flash (ESP8266 technical reference, memory map)."""

_RAM: Final = {
    ArchitectureNumber.THUMB: RAM_PRESETS[1],
    ArchitectureNumber.XTENSA: RAM_PRESETS[2],
    ArchitectureNumber.AVR: RAM_PRESETS[4],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the header says of the images."""

    architecture: ArchitectureNumber
    layout: Layout | None
    basis: str
    """How it was found, for people."""


def analyse(
    base: bytes,
    new: bytes,
    *,
    architecture: ArchitectureNumber | None = None,
    load_addresses: tuple[int, int] | None = None,
) -> Findings:
    """Find out what the images are; arguments are what the caller knows."""
    known = architecture if architecture is not None else detect_architecture(new)
    if known is ArchitectureNumber.NONE:
        return Findings(architecture=known, layout=None, basis="no known code")
    if known is ArchitectureNumber.AVR:
        layout = _whole_image(base, new, (0, 0), known, words_are_pointers=False)
        return Findings(architecture=known, layout=layout, basis="code is at address 0")
    if load_addresses is not None:
        layout = _whole_image(base, new, load_addresses, known)
        return Findings(architecture=known, layout=layout, basis="addresses as given")
    if known in (ArchitectureNumber.XTENSA, ArchitectureNumber.RISCV32):
        from_header = _esp_layout(base, new, known)
        if from_header is not None:
            return Findings(architecture=known, layout=from_header, basis="ESP image header")
    return _by_votes(base, new, known)


def detect_architecture(image: bytes) -> ArchitectureNumber:
    """Return the architecture whose calls agree most with each other, if any do."""
    likeness = {
        architecture: native.code_likeness(image, architecture)
        for architecture in ArchitectureNumber
        if architecture is not ArchitectureNumber.NONE
    }
    best = max(likeness, key=lambda architecture: likeness[architecture])
    if likeness[best] < _MINIMUM_LIKENESS.get(best, _USUAL_MINIMUM):
        return ArchitectureNumber.NONE
    if best is ArchitectureNumber.RISCV32 and _has_wide_loads(image):
        return ArchitectureNumber.RISCV64
    return best


def _has_wide_loads(image: bytes) -> bool:
    opcodes, functions = image[0:-4:2], image[1:-3:2]
    found = sum(
        1
        for opcode, function in zip(opcodes, functions, strict=False)
        if opcode & 0x7F in (0x03, 0x23) and function & 0x70 == 0x30  # noqa: PLR2004 (LD, SD)
    )
    return found > len(image) * _WIDE_LOADS_PER_BYTE


def _by_votes(base: bytes, new: bytes, architecture: ArchitectureNumber) -> Findings:
    base_address, base_votes = _guess_load_address(base, architecture)
    new_address, new_votes = _guess_load_address(new, architecture)
    votes = min(base_votes, new_votes)
    if votes >= _MINIMUM_VOTES:
        layout = _whole_image(base, new, (base_address, new_address), architecture)
        basis = f"{votes} pointers agree on load address {new_address:#x}"
    else:
        # AArch64 images are often linked at 0 and relocate themselves
        is_wide = architecture is ArchitectureNumber.AARCH64
        layout = _whole_image(base, new, (0, 0), architecture, words_are_pointers=is_wide)
        basis = "no load address found"
    return Findings(architecture=architecture, layout=layout, basis=basis)


def _guess_load_address(image: bytes, architecture: ArchitectureNumber) -> tuple[int, int]:
    """Vote for round addresses, then for any: a header may stand before the code."""
    for alignment in _ALIGNMENTS.get(architecture, _USUAL_ALIGNMENTS):
        address, votes = native.guess_load_address(image, architecture, alignment)
        if votes >= _MINIMUM_VOTES:
            return address, votes
    return 0, 0


def _whole_image(
    base: bytes,
    new: bytes,
    addresses: tuple[int, int],
    architecture: ArchitectureNumber,
    *,
    words_are_pointers: bool = True,
) -> Layout:
    return Layout(
        base=(AddressRange(0, addresses[0], len(base)),),
        new=(AddressRange(0, addresses[1], len(new)),),
        ram=_RAM.get(architecture, RAM_PRESETS[0]),
        words_are_pointers=words_are_pointers,
    )


def _esp_layout(base: bytes, new: bytes, architecture: ArchitectureNumber) -> Layout | None:
    base_sections, new_sections = esp_segments(base), esp_segments(new)
    if not base_sections or len(base_sections) != len(new_sections):
        return None
    pairs = list(zip(base_sections, new_sections, strict=True))
    if not any(section.length > len(base) // 3 for section in base_sections):
        # ESP8266: the bulk of the code is not loaded but mapped
        pairs.append(
            (
                AddressRange(0, _ESP8266_FLASH, len(base)),
                AddressRange(0, _ESP8266_FLASH, len(new)),
            )
        )
    ram = RAM_PRESETS[2] if architecture is ArchitectureNumber.XTENSA else RAM_PRESETS[3]
    return layout_of_largest(pairs, ram)


def layout_of_largest(pairs: Sequence[tuple[AddressRange, AddressRange]], ram: RamRange) -> Layout:
    """Return the layout of the largest sections, of as many as a header has room for."""
    ordered = sorted(pairs, key=lambda pair: -pair[0].length)[:_MAX_SECTIONS]
    while True:
        base, new = zip(*ordered, strict=True)
        layout = Layout(base=base, new=new, ram=ram)
        if len(layout.to_bytes()) <= MAX_LAYOUT_BYTES:
            return layout
        ordered.pop()
