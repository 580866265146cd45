"""What an ELF file says about the compiler: notes that linkers keep, debug information, attributes.

- `.comment` holds the compilers' names and versions, ended by NUL.
- Strings of debug information hold the producers: `GNU C17 12.2.1 20221205 -mthumb -Os -g`. They
  are searched for, not decoded: nothing in a damaged file can do more than hide one.
- `.ARM.attributes` holds tags with values; Tag_ABI_optimization_goals is one of them
  ("Addenda to, and Errata in, the ABI for the Arm Architecture", 3.3).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.images.firmware_image import Toolchain

COMMENT: Final = ".comment"
ATTRIBUTES: Final = ".ARM.attributes"
DEBUG_STRINGS: Final = (".debug_str", ".debug_line_str")
SECTIONS: Final = (COMMENT, ATTRIBUTES, *DEBUG_STRINGS)
"""Those that say something."""

_PRODUCER: Final = re.compile(
    rb"(?:GNU (?:C|C\+\+|Fortran|Ada)[0-9]* [^\0]{1,4096}|[^\0]{0,64}clang version [^\0]{1,4096}"
    rb"|clang LLVM \(rustc version [^\0]{1,256})(?=\0)"
)
_OF_A_LIBRARY: Final = b"-fbuilding-libgcc"
"""The compiler's own library comes with debug information where the firmware has none."""
_GOALS: Final = (
    "nothing",
    "speed",
    "speed at any price",
    "size",
    "size at any price",
    "debugging",
    "debugging at any price",
)
_GOAL_TAG: Final = 30
_TEXT_TAGS: Final = frozenset({4, 5, 65, 67})
_COMPATIBILITY_TAG: Final = 32
_FIRST_BY_PARITY: Final = 33
"""From here on odd tags are followed by text, even ones by a number."""
_FILE_SCOPE: Final = 1


def toolchain_of(sections: Mapping[str, bytes]) -> Toolchain:
    """Return what the sections say that are there."""
    comments = sections.get(COMMENT, b"").split(b"\0")
    producers = {
        _text(match)
        for name in DEBUG_STRINGS
        for match in _PRODUCER.findall(sections.get(name, b""))
        if _OF_A_LIBRARY not in match
    }
    return Toolchain(
        compilers=tuple(sorted({_text(comment) for comment in comments if comment.strip()})),
        commands=tuple(sorted(producers)),
        goal=_goal(sections.get(ATTRIBUTES, b"")),
    )


def _text(data: bytes) -> str:
    return "".join(c for c in data.decode(errors="replace") if c.isprintable())


def _goal(data: bytes) -> str | None:
    for tag, value in _attributes(data):
        if tag == _GOAL_TAG and value < len(_GOALS):
            return _GOALS[value]
    return None


def _attributes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the numbers among a file's attributes, until something does not fit."""
    header = re.match(rb"A....aeabi\0", data, re.DOTALL)
    if header is None:
        return
    reader = _Reader(data, header.end())
    if reader.number() != _FILE_SCOPE:
        return
    reader.at += 4  # the size of what follows; the section ends it as well
    while reader.at < len(data):
        tag = reader.number()
        if tag == _COMPATIBILITY_TAG:
            reader.number()
            reader.skip_text()
        elif tag in _TEXT_TAGS or (tag >= _FIRST_BY_PARITY and tag % 2):
            reader.skip_text()
        else:
            yield tag, reader.number()


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.at = at
        self._data = data

    def number(self) -> int:
        """Read a ULEB128."""
        value = shift = 0
        while self.at < len(self._data):
            byte = self._data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004 (the bit that says that more follows)
                break
        return value

    def skip_text(self) -> None:
        """Skip to behind the next NUL."""
        end = self._data.find(b"\0", self.at)
        self.at = len(self._data) if end < 0 else end + 1
