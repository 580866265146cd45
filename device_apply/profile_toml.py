"""Device profiles as TOML, read strictly: a misspelt key is an error and never a default.

The format is shown by `airdelta device show generic`; field by field it is `profile.DeviceProfile`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from typing import Final, TypeVar

from device_apply.errors import ProfileError
from device_apply.profile import (
    AbLayout,
    Architecture,
    Battery,
    DeviceProfile,
    FlashGeometry,
    InPlaceAreas,
    LayoutKind,
    Region,
    SlotAddressing,
)
from device_apply.wire.payload_format import PayloadFormat

_SLOT_KEYS: Final = {
    LayoutKind.AB: ("slot_a", "slot_b"),
    LayoutKind.OVERWRITE: ("slot", "secondary"),
    LayoutKind.IN_PLACE: ("slot", "program"),
}
"""What runs, and what the other one is called where it does not."""
_MAX_NUMBER: Final = 1e9
"""No time, current or capacity of a device comes near; sums of such numbers stay finite."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def builtin_profile_names() -> Sequence[str]:
    """Return the names that `builtin_profile_text` knows, sorted."""
    folder = resources.files("device_apply") / "profiles"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def builtin_profile_text(name: str) -> str:
    """Return the TOML of a built-in profile, a starting point for one's own.

    Raises:
        ProfileError: there is none of that name.
    """
    if name not in builtin_profile_names():
        raise ProfileError(
            f"no built-in device profile {name!r} (there are: {', '.join(builtin_profile_names())})"
        )
    return (resources.files("device_apply") / "profiles" / f"{name}.toml").read_text(
        encoding="utf-8"
    )


def parse_profile(text: str) -> DeviceProfile:
    """Read a profile.

    Raises:
        ProfileError: not TOML, a key unknown, missing or of the wrong type, or a device that
            cannot exist.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"not TOML: {error}") from error
    root = _Table(document)
    apply, flash, layout = root.table("apply"), root.table("flash"), root.table("layout")
    profile = DeviceProfile(
        name=root.text("name"),
        architecture=root.choice("architecture", Architecture),
        vendor=root.text("vendor"),
        device_class=root.text("device_class"),
        cpu_hz=root.integer("cpu_hz", minimum=1),
        active_ma=root.number("active_ma"),
        applier_ram_bytes=apply.integer("ram_bytes"),
        appliers=_payload_formats(apply),
        flash=_flash(flash),
        layout=_layout(layout),
        radio=root.optional_text("radio"),
        battery=_battery(root),
    )
    for table in (apply, flash, layout, root):
        table.refuse_leftovers()
    return profile


def _payload_formats(apply: "_Table") -> frozenset[PayloadFormat]:
    formats = set()
    for label in apply.texts("appliers"):
        try:
            formats.add(PayloadFormat.from_label(label))
        except ValueError as error:
            raise ProfileError(f"apply.appliers: {error}") from error
    return frozenset(formats)


def _flash(table: "_Table") -> FlashGeometry:
    return FlashGeometry(
        base_address=table.integer("base_address"),
        size_bytes=table.integer("size_bytes", minimum=1),
        sector_bytes=table.integer("sector_bytes", minimum=1),
        write_unit_bytes=table.integer("write_unit_bytes", minimum=1),
        erase_sector_ms=table.number("erase_sector_ms"),
        program_unit_us=table.number("program_unit_us"),
    )


def _layout(table: "_Table") -> AbLayout:
    kind = table.choice("kind", LayoutKind)
    slot_a, slot_b = _SLOT_KEYS[kind]
    addressing = SlotAddressing.REMAP
    if kind is LayoutKind.AB:
        addressing = table.choice("slot_addressing", SlotAddressing)
    return AbLayout(
        kind=kind,
        in_place=_in_place(table) if kind is LayoutKind.IN_PLACE else None,
        slot_addressing=addressing,
        slot_a=_region(table, slot_a),
        slot_b=_region(table, slot_b),
        download=_region(table, "download"),
        state=_region(table, "state"),
        scratch=_region(table, "scratch") if table.has("scratch") else None,
        checkpoints=_region(table, "checkpoints") if table.has("checkpoints") else None,
    )


def _in_place(table: "_Table") -> InPlaceAreas:
    return InPlaceAreas(
        page_bytes=table.integer("page_bytes", minimum=1),
        journal=_region(table, "journal"),
        stash=_region(table, "stash"),
    )


def _region(layout: "_Table", name: str) -> Region:
    table = layout.table(name)
    region = Region(
        offset=table.integer("offset"), size_bytes=table.integer("size_bytes", minimum=1)
    )
    table.refuse_leftovers()
    return region


def _battery(root: "_Table") -> Battery | None:
    if not root.has("battery"):
        return None
    table = root.table("battery")
    battery = Battery(
        capacity_mah=table.number("capacity_mah"), voltage_v=table.number("voltage_v")
    )
    table.refuse_leftovers()
    return battery


@dataclass
class _Table:
    """A TOML table that is emptied as it is read; what is left over at the end was misspelt."""

    values: dict[str, object]
    path: str = ""
    _taken: set[str] = field(default_factory=set)

    def has(self, key: str) -> bool:
        return key in self.values

    def table(self, key: str) -> "_Table":
        value = self._take(key)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return _Table(value, f"{self.path}{key}.")

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a non-empty string")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def texts(self, key: str) -> list[str]:
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of strings")
        return value

    def integer(self, key: str, *, minimum: int = 0) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise self._wrong(key, f"an integer of at least {minimum}")
        return value

    def number(self, key: str) -> float:
        value = self._take(key)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not 0 <= value <= _MAX_NUMBER
        ):
            raise self._wrong(key, f"a number from 0 to {_MAX_NUMBER:.0f}")
        return float(value)

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        value = self.text(key)
        try:
            return choices(value)
        except ValueError as error:
            known = ", ".join(choices)
            raise ProfileError(f"{self.path}{key}: {value!r} is not one of {known}") from error

    def refuse_leftovers(self) -> None:
        unknown = sorted(set(self.values) - self._taken)
        if unknown:
            raise ProfileError(f"{self.path}{unknown[0]}: unknown key")

    def _take(self, key: str) -> object:
        if key not in self.values:
            raise ProfileError(f"{self.path}{key}: missing")
        self._taken.add(key)
        return self.values[key]

    def _wrong(self, key: str, wanted: str) -> ProfileError:
        return ProfileError(f"{self.path}{key}: must be {wanted}, not {self.values[key]!r}")
