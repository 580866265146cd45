"""What an image is: its architecture, where it stands in memory, where its variables are.

Nothing is guessed on the device: what is found here goes into the header of the patch. A wrong
finding costs bytes, never correctness. Where two views of the images are likely, the encoder tries
both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from pipeline.encoder.architecture import detect_architecture
from pipeline.encoder.esp_image import esp_segments
from pipeline.encoder.header import (
    MAX_LAYOUT_BYTES,
    RAM_PRESETS,
    AddressRange,
    ArchitectureNumber,
    Layout,
    RamRange,
)
from pipeline.encoder.load_address import voted_load_addresses
from pipeline.encoder.variables import find_variables, usual_variables

_MAX_SECTIONS: Final = 6
"""Smaller sections of an ESP image are not worth their bytes in the header."""
_ESP8266_FLASH: Final = 0x4020_0000
"""Where the ESP8266 maps its flash (ESP8266 technical reference, memory map)."""
_MAX_VIEWS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the header says of the images."""

    architecture: ArchitectureNumber
    layout: Layout | None
    basis: str
    """How it was found, for people."""
    other_ram: RamRange | None = None
    """Another range of variables that may be better than the layout's."""


def analyse(
    base: bytes,
    new: bytes,
    *,
    architecture: ArchitectureNumber | None = None,
    load_addresses: tuple[int, int] | None = None,
) -> tuple[Findings, ...]:
    """Return what the images may be, likeliest first; arguments are what the caller knows."""
    known = architecture if architecture is not None else detect_architecture(new)
    views: list[Findings] = []
    for view in _views(base, new, known, load_addresses):
        if all(view.layout != other.layout for other in views):
            views.append(view)
    return tuple(
        view if view.layout is None else _with_variables(view, view.layout, new)
        for view in islice(views, _MAX_VIEWS)
    )


def _views(
    base: bytes,
    new: bytes,
    architecture: ArchitectureNumber,
    load_addresses: tuple[int, int] | None,
) -> Iterator[Findings]:
    """Yield what the images may be, likeliest first; some may be the same."""
    if architecture is ArchitectureNumber.AVR:
        layout = _whole_image(base, new, (0, 0), architecture, words_are_pointers=False)
        yield Findings(architecture=architecture, layout=layout, basis="code is at address 0")
        return
    from_header = _esp_layout(base, new, architecture)
    if from_header is not None:
        yield Findings(architecture=architecture, layout=from_header, basis="ESP image header")
    if load_addresses is not None:
        layout = _whole_image(base, new, load_addresses, architecture)
        yield Findings(architecture=architecture, layout=layout, basis="addresses as given")
    if from_header is None:
        yield from _by_votes(base, new, architecture)


def _by_votes(base: bytes, new: bytes, architecture: ArchitectureNumber) -> Iterator[Findings]:
    found = voted_load_addresses(base, new, architecture)
    for each in found:
        layout = _whole_image(base, new, (each.base, each.new), architecture)
        basis = f"{each.votes} pointers agree on load address {each.new:#x}"
        yield Findings(architecture=architecture, layout=layout, basis=basis)
    if found:
        return
    if architecture is ArchitectureNumber.NONE:
        yield Findings(architecture=architecture, layout=None, basis="no known code")
        return
    # AArch64 images are often linked at 0 and relocate themselves
    is_wide = architecture is ArchitectureNumber.AARCH64
    layout = _whole_image(base, new, (0, 0), architecture, words_are_pointers=is_wide)
    yield Findings(architecture=architecture, layout=layout, basis="no load address found")


def _with_variables(findings: Findings, layout: Layout, new: bytes) -> Findings:
    """Look for the variables: near where they are expected, it is a try, elsewhere a finding."""
    if findings.architecture is ArchitectureNumber.AVR:
        return findings  # only numbers are spelled out, in halves
    found = find_variables(new, findings.architecture, layout.new)
    if found is None or found == layout.ram:
        return findings
    if found.overlaps(layout.ram):
        return replace(findings, other_ram=found)
    return replace(findings, layout=replace(layout, ram=found), other_ram=layout.ram)


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
        ram=usual_variables(architecture),
        words_are_pointers=words_are_pointers,
    )


def _esp_layout(base: bytes, new: bytes, architecture: ArchitectureNumber) -> Layout | None:
    if architecture not in (ArchitectureNumber.XTENSA, ArchitectureNumber.RISCV32):
        return None
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
