"""What kind of change each byte of the new image is: the words in which a patch is explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder.trace import KIND_MASK, FieldKind, PatchTrace, Traced
from pipeline.explain.places import Places
from pipeline.explain.pointers import Pointer


@unique
class Kind(StrEnum):
    """Why a part of the patch is there."""

    NEW_CODE = "new code"
    NEW_DATA = "new data"
    CHANGED_CODE = "changed code"
    CHANGED_DATA = "changed data"
    CALLS = "changed calls"
    POINTERS = "pointers"
    MOVED = "moved code and data"
    """The segment map: which part of the new image comes from where."""
    STAMPS = "timestamps and build ids"
    OPAQUE = "compressed or encrypted"
    UNCHANGED = "unchanged"
    """What it takes to say so."""
    HEADER = "header"
    UNATTRIBUTED = "unattributed"


_CALL_FIELDS: Final = (FieldKind.CALL, FieldKind.JUMP, FieldKind.BRANCH)
_POINTER_FIELDS: Final = (
    FieldKind.ADDRESS,
    FieldKind.HIGH,
    FieldKind.LOW,
    FieldKind.POINTER,
    FieldKind.RAM_POINTER,
)
OF_BYTES: Final = tuple(Kind)[:10]
"""The kinds that bytes of the new image have, in the order of their numbers in arrays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is known of the bytes of the new image beside what the coder saw."""

    is_code: NDArray[np.bool_]
    is_stamp: NDArray[np.bool_]
    is_opaque: NDArray[np.bool_]
    pointers: Sequence[Pointer]


def classify(trace: PatchTrace, marks: Marks) -> NDArray[np.uint8]:
    """Return the kind of every byte of the new image, as an index of `OF_BYTES`."""
    is_code = marks.is_code
    flags = trace.byte_kinds
    fields = flags & KIND_MASK
    inserted = (flags & Traced.INSERTED) != 0
    missed = (flags & Traced.MISSED) != 0
    kinds = np.full(len(flags), number_of(Kind.UNCHANGED), dtype=np.uint8)
    kinds[inserted & is_code] = number_of(Kind.NEW_CODE)
    kinds[inserted & ~is_code] = number_of(Kind.NEW_DATA)
    kinds[missed & is_code] = number_of(Kind.CHANGED_CODE)
    kinds[missed & ~is_code] = number_of(Kind.CHANGED_DATA)
    kinds[missed & is_code & np.isin(fields, _CALL_FIELDS)] = number_of(Kind.CALLS)
    kinds[missed & np.isin(fields, _POINTER_FIELDS)] = number_of(Kind.POINTERS)
    for pointer in marks.pointers:
        word = slice(pointer.offset, pointer.offset + 4)
        kinds[word][missed[word]] = number_of(Kind.POINTERS)
    spent = inserted | missed
    kinds[marks.is_stamp & spent] = number_of(Kind.STAMPS)
    kinds[marks.is_opaque & spent] = number_of(Kind.OPAQUE)
    return kinds


def number_of(kind: Kind) -> int:
    """Return the number of a kind of bytes in arrays."""
    return OF_BYTES.index(kind)


def code_bytes(trace: PatchTrace, new: Places) -> NDArray[np.bool_]:
    """Return which bytes of the new image are code, as its file says or as far as one can see."""
    return new.is_code if new.image.sections else _looks_like_code(trace)


def _looks_like_code(trace: PatchTrace) -> NDArray[np.bool_]:
    """Without sections: whether the decoder sees instructions in the neighbourhood."""
    fields = trace.byte_kinds & KIND_MASK
    is_instruction = (fields > 0) & (fields < FieldKind.POINTER)
    window = np.ones(256)
    if len(fields) < len(window):
        return np.full(len(fields), bool(is_instruction.any()))
    return np.convolve(is_instruction, window, mode="same") > 0
