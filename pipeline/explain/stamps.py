"""Timestamps, build ids and version-control hashes in an image: what changes with every build."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.trace import PatchTrace, Traced
from pipeline.explain.places import Places

_MONTHS: Final = rb"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
TEXT_STAMPS: Final = (
    (re.compile(rb"(?:" + _MONTHS + rb") [ \d]\d (?:19|20)\d\d"), "build date (__DATE__)"),
    (re.compile(rb"(?<!\d)[0-2]\d:[0-5]\d:[0-5]\d(?!\d)"), "build time (__TIME__)"),
    (re.compile(rb"(?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)"), "date"),
    (re.compile(rb"(?<=-g)[0-9a-f]{7,40}(?![0-9a-zA-Z])"), "version-control hash"),
    (re.compile(rb"(?<![0-9a-zA-Z])[0-9a-f]{40}(?![0-9a-zA-Z])"), "version-control hash"),
)
BUILD_ID_SECTION: Final = ".note.gnu.build-id"
_STAMP_NAMES: Final = re.compile(
    r"build_?(id|time|date|stamp|number)|time_?stamp|git_?(hash|sha|rev|commit)|commit_?(id|hash)",
    re.IGNORECASE,
)
_EARLIEST_S: Final = 1_262_304_000
"""2010-01-01 as Unix time; firmware is younger."""
_YEAR_S: Final = 31_557_600
_WORD_BYTES: Final = 4
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]*")
_MOST_TIMES: Final = 4
"""More words that look like times are something else."""
_MOST_S: Final = 5 * _YEAR_S
"""Two releases are not further apart."""


def text_stamps(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and description of every date, time and hash that is spelt out."""
    for pattern, description in TEXT_STAMPS:
        for found in pattern.finditer(data):
            yield found.start(), found.end(), description


def new_text_stamps(base: bytes, new: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield those that the base image does not have: a date that stays is no build's."""
    for start, end, description in text_stamps(new):
        if new[start:end] not in base:
            yield start, end, description


def find_stamps(
    base: bytes, new: Places, trace: PatchTrace, is_code: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which bytes of the new image are part of a stamp."""
    data = new.image.data
    marked = np.zeros(len(data), dtype=np.bool_)
    for start, end, _ in new_text_stamps(base, data):
        marked[start:end] = True
    if BUILD_ID_SECTION in new.section_names:
        marked |= new.section_of == new.section_names.index(BUILD_ID_SECTION)
    for symbol in new.symbols:
        if not symbol.is_function and _STAMP_NAMES.search(symbol.name):
            marked[symbol.offset : symbol.end] = True
    times = [offset for offset in _unix_times(base, data, trace) if not is_code[offset]]
    for offset in times if len(times) <= _MOST_TIMES else ():
        marked[offset : offset + _WORD_BYTES] = True
    return marked


def _unix_times(base: bytes, new: bytes, trace: PatchTrace) -> Iterator[int]:
    """Yield aligned words that were a plausible Unix time and are a later one now.

    A time changes alone: the words beside it stay. Four printable letters are such a number too,
    and taken for text.
    """
    changed = np.flatnonzero((trace.byte_kinds & Traced.MISSED) != 0)
    words = np.unique(changed // _WORD_BYTES)
    for word in words[_stand_alone(words)].tolist():
        offset = word * _WORD_BYTES
        segment = trace.segment_at(offset)
        if segment is None:
            continue
        before_at = segment[1] + offset - segment[0]
        before = int.from_bytes(base[before_at : before_at + _WORD_BYTES], "little")
        after = int.from_bytes(new[offset : offset + _WORD_BYTES], "little")
        is_text = _PRINTABLE.fullmatch(new, offset, offset + _WORD_BYTES) is not None
        if before >= _EARLIEST_S and 0 < after - before < _MOST_S and not is_text:
            yield offset


def _stand_alone(words: NDArray[np.int64]) -> NDArray[np.bool_]:
    follows = np.diff(words, prepend=-2) == 1
    precedes = np.diff(words, append=words[-1] + 2 if len(words) else 0) == 1
    alone: NDArray[np.bool_] = ~(follows | precedes)
    return alone
