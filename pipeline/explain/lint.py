"""A lint for delta-friendly builds: what makes the next patch larger than it need be."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from pipeline.explain.places import Places
from pipeline.explain.stamps import BUILD_ID_SECTION, new_text_stamps
from pipeline.explain.symbol_changes import SymbolChanges
from pipeline.images.entropy import entropy_bits_per_byte

_PATH: Final = re.compile(
    rb"(?:/(?:home|Users|builds|root|tmp|workspace)/|[A-Z]:\\)[\x20-\x7e]{4,}"
)
_BLOCK_BYTES: Final = 4096
_RANDOM_BITS_PER_BYTE: Final = 7.9
"""4 KiB of random bytes measure 7.95 bits, text and code below 7."""
_ORDERED_SHARE: Final = 0.1
_FEW_SYMBOLS: Final = 10


@unique
class Rule(StrEnum):
    """What is looked for."""

    BUILD_TIME = "build-time"
    BUILD_ID = "build-id"
    BUILD_PATH = "build-path"
    OPAQUE_DATA = "opaque-data"
    LINK_ORDER = "link-order"
    LOAD_ADDRESS = "load-address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to change in the build."""

    rule: Rule
    where: str
    what: str
    advice: str


def lint(base: Places, new: Places, changes: SymbolChanges) -> tuple[Finding, ...]:
    """Return what is found in the new image, and between both."""
    checks: tuple[Callable[[Places], Iterator[Finding]], ...] = (
        _build_id,
        _build_paths,
        _opaque_data,
    )
    findings = [finding for check in checks for finding in check(new)]
    between = (*_build_times(base, new), *_link_order(changes), *_load_address(base, new))
    return (*findings, *between)


def _build_times(base: Places, new: Places) -> Iterator[Finding]:
    for start, end, description in new_text_stamps(base.image.data, new.image.data):
        text = new.image.data[start:end].decode("ascii")
        yield Finding(
            rule=Rule.BUILD_TIME,
            where=_where(new, start),
            what=f"{description} {text!r}",
            advice="it changes with every build: leave it out, or set SOURCE_DATE_EPOCH",
        )


def _build_id(new: Places) -> Iterator[Finding]:
    if BUILD_ID_SECTION in new.section_names:
        yield Finding(
            rule=Rule.BUILD_ID,
            where=BUILD_ID_SECTION,
            what="a build id is part of the image",
            advice="it is a hash and costs its full length each time: -Wl,--build-id=none, or keep "
            "the section out of the image",
        )


def _build_paths(new: Places) -> Iterator[Finding]:
    seen: set[str] = set()
    for found in _PATH.finditer(new.image.data):
        text = found.group().decode("ascii")
        if text not in seen:
            seen.add(text)
            yield Finding(
                rule=Rule.BUILD_PATH,
                where=_where(new, found.start()),
                what=f"path of the build machine {text!r}",
                advice="another checkout gives another image: -ffile-prefix-map, "
                "-fmacro-prefix-map",
            )


def _opaque_data(new: Places) -> Iterator[Finding]:
    data = new.image.data
    start: int | None = None
    for at in range(0, len(data) + 1, _BLOCK_BYTES):
        block = data[at : at + _BLOCK_BYTES]
        is_random = (
            len(block) == _BLOCK_BYTES and entropy_bits_per_byte(block) > _RANDOM_BITS_PER_BYTE
        )
        if is_random and start is None:
            start = at
        elif not is_random and start is not None:
            yield Finding(
                rule=Rule.OPAQUE_DATA,
                where=_where(new, start),
                what=f"{at - start:,} bytes are compressed or encrypted",
                advice="when they change, all of them are sent: store them uncompressed",
            )
            start = None


def _link_order(changes: SymbolChanges) -> Iterator[Finding]:
    pairs, displaced = len(changes.pairs), len(changes.displaced)
    if displaced >= _FEW_SYMBOLS and displaced > _ORDERED_SHARE * pairs:
        yield Finding(
            rule=Rule.LINK_ORDER,
            where="link",
            what=f"{displaced} of {pairs} functions and objects changed their order",
            advice="give the linker its files in a fixed order, and do not sort sections by size",
        )


def _load_address(base: Places, new: Places) -> Iterator[Finding]:
    before, after = base.image.load_address, new.image.load_address
    if before is not None and after is not None and before != after:
        yield Finding(
            rule=Rule.LOAD_ADDRESS,
            where="link",
            what=f"the image was linked for {before:#x} and is now linked for {after:#x}",
            advice="every absolute address changes; slots that are mapped to one address avoid it",
        )


def _where(new: Places, offset: int) -> str:
    return f"{new.address(offset):#x} in {new.symbol_name(offset)}"
