"""What a cross-check model takes and returns, and the notations that several models share."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from link_sim.errors import ImpossibleValueError
from link_sim.fields import Fields

Value: TypeAlias = float | str | Sequence[str]
"""A number, a text (bits, hex) or a list of texts."""

Result: TypeAlias = Value | Mapping[str, Value]
"""One value, or several by name; a row that expects one value of several means `value`."""

Model: TypeAlias = Callable[[Fields], Result]
"""Computes a result from the inputs of a row; leaves unread what it does not know."""

_BYTE_RANGE = re.compile(r"bytes\((\d+)\.\.(\d+)\)")
_MAX_BYTE = 255


def bytes_from(inputs: Fields, key: str) -> bytes:
    """Read bytes, written in hex or as a range of values such as `bytes(0..99)`."""
    text = inputs.text(key)
    if match := _BYTE_RANGE.fullmatch(text):
        first, last = int(match[1]), int(match[2])
        if first <= last <= _MAX_BYTE:
            return bytes(range(first, last + 1))
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ImpossibleValueError(key, f"{text!r} is neither hex nor bytes(a..b)") from error


def exact_fraction(value: float) -> Fraction:
    """Return the fraction that a decimal number stands for: 0.07 is 7/100."""
    return Fraction(str(value))


def hz_from_khz(inputs: Fields, key: str) -> int:
    """Read a frequency in kHz."""
    return round(inputs.number(key) * 1000)


def hz_from_mhz(inputs: Fields, key: str) -> int:
    """Read a frequency in MHz."""
    return round(inputs.number(key) * 1_000_000)
