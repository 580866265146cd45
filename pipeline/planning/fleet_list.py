"""The fleet as a list: how many devices run which version, of which class, on which link.

A CSV file with the columns `version`, `device_class`, `link` and `count`, in any order. A device
class is a device profile and a link is a link, by name or by file, as on the command line.
"""

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Final

from link_sim.fleet.plan import MAX_DEVICES
from pipeline.errors import InputError

COLUMNS: Final = ("version", "device_class", "link", "count")
MAX_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """Devices that are alike, as far as an update is concerned."""

    version: str
    """What they run now."""
    device_class: str
    link: str
    devices: int


def parse_fleet(text: str, name: str) -> tuple[FleetRow, ...]:
    """Read a list; rows that are alike are added up, and keep the place of the first.

    Args:
        text: The CSV file.
        name: What errors call it.

    Raises:
        InputError: no such columns, or a row that cannot be; the message names the line.
    """
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    try:
        heads = [head.strip() for head in reader.fieldnames or ()]
        if sorted(heads) != sorted(COLUMNS):
            told = ", ".join(heads) or "none"
            raise InputError(f"{name}: needs the columns {', '.join(COLUMNS)}; it has {told}")
        reader.fieldnames = heads
        counts: dict[tuple[str, str, str], int] = {}
        for row in reader:
            where = f"{name}, line {reader.line_num}"
            key, devices = _read_row(row, where)
            counts[key] = counts.get(key, 0) + devices
            if len(counts) > MAX_ROWS or counts[key] > MAX_DEVICES:
                raise InputError(f"{where}: more than a plan can hold")
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: not CSV: {error}") from error
    if not counts:
        raise InputError(f"{name}: holds no devices: write a line per version and link")
    return tuple(
        FleetRow(version=version, device_class=device_class, link=link, devices=devices)
        for (version, device_class, link), devices in counts.items()
    )


def _read_row(row: dict[str, str], where: str) -> tuple[tuple[str, str, str], int]:
    if None in row or None in row.values():
        raise InputError(f"{where}: needs {len(COLUMNS)} values, one per column")
    values = {head: value.strip() for head, value in row.items()}
    for head, value in values.items():
        if not value:
            raise InputError(f"{where}: {head} is empty")
    count = values["count"]
    if not (count.isascii() and count.isdecimal() and 1 <= int(count) <= MAX_DEVICES):
        raise InputError(f"{where}: count {count!r} is not a number of devices (1..{MAX_DEVICES})")
    return (values["version"], values["device_class"], values["link"]), int(count)
