"""Amounts with units as options take them: `8h`, `16KiB`, `500mJ`."""

import re
from collections.abc import Mapping
from typing import Final

from pipeline.errors import InputError

_SHAPE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)")
_SECONDS: Final = {"ms": 0.001, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400}
_BYTES: Final = {"": 1, "B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}
_MILLIJOULES: Final = {"mJ": 1, "J": 1000, "kJ": 1_000_000}


def read_duration_s(option: str, text: str) -> float:
    """Return the seconds of `8h`, `90s` or `2d`.

    Raises:
        InputError: it is no duration.
    """
    return _read(option, text, _SECONDS, "8h")


def read_bytes(option: str, text: str) -> int:
    """Return the bytes of `16KiB` or `4096`.

    Raises:
        InputError: it is no amount of memory.
    """
    return int(_read(option, text, _BYTES, "16KiB"))


def read_energy_mj(option: str, text: str) -> float:
    """Return the millijoules of `500mJ` or `2.5J`.

    Raises:
        InputError: it is no energy.
    """
    return _read(option, text, _MILLIJOULES, "2.5J")


def _read(option: str, text: str, units: Mapping[str, float], example: str) -> float:
    match = _SHAPE.fullmatch(text.strip())
    if match is None or match[2] not in units:
        known = ", ".join(unit for unit in units if unit)
        raise InputError(f"{option}: {text!r} is not a number with a unit ({known}): {example}")
    return float(match[1]) * units[match[2]]
