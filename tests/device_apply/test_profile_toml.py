"""Profiles as TOML: every key is read, every other key is an error that names it."""

import tomllib

import pytest

from device_apply.errors import ProfileError
from device_apply.profile import Architecture, Battery, SlotAddressing
from device_apply.profile_toml import builtin_profile_names, builtin_profile_text, parse_profile
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.wire.payload_format import PayloadFormat
from tests.device_apply.small_device import VERIFIER

GENERIC = builtin_profile_text("generic")


def changed(old: str, new: str) -> str:
    assert GENERIC.count(old) == 1
    return GENERIC.replace(old, new)


def error_of(text: str) -> str:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text)
    return str(caught.value)


@pytest.mark.parametrize("name", builtin_profile_names())
def test_every_built_in_profile_is_a_device_that_can_be_provisioned(name: str) -> None:
    profile = parse_profile(builtin_profile_text(name))
    SimulatedDevice(profile, VERIFIER).provision(b"firmware")

    assert profile.name == name


def test_an_unknown_built_in_profile_names_those_there_are() -> None:
    with pytest.raises(ProfileError, match=r"no built-in device profile 'nope' .*generic"):
        builtin_profile_text("nope")


def test_the_generic_profile_is_read_field_by_field() -> None:
    profile = parse_profile(GENERIC)

    assert profile.architecture is Architecture.NONE
    assert profile.vendor == "airdelta.example"
    assert profile.device_class == "generic"
    assert profile.applier_ram_bytes == 32_768
    assert PayloadFormat.BSDIFF4 in profile.appliers
    assert PayloadFormat.DETOOLS_IN_PLACE not in profile.appliers
    assert profile.flash.sector_bytes == 4096
    assert profile.flash.erase_sector_ms == 85.0
    assert profile.layout.slot_addressing is SlotAddressing.REMAP
    assert profile.layout.slot_b.offset == 0x40_0000
    assert profile.radio is None
    assert profile.battery is None


def test_radio_and_battery_are_read_where_they_are_given() -> None:
    text = changed('name = "generic"', 'name = "generic"\nradio = "sx1262"')
    profile = parse_profile(text + "\n[battery]\ncapacity_mah = 2400\nvoltage_v = 3.6\n")

    assert profile.radio == "sx1262"
    assert profile.battery == Battery(capacity_mah=2400.0, voltage_v=3.6)


def leaves(table: dict[str, object], path: str = "") -> list[str]:
    found = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += leaves(value, f"{path}{key}.")
        else:
            found.append(f"{path}{key}")
    return found


@pytest.mark.parametrize("path", leaves(tomllib.loads(GENERIC)))
def test_a_profile_without_one_of_its_keys_is_refused(path: str) -> None:
    key = path.rsplit(".", 1)[-1]
    lines, inside = [], ""
    for line in GENERIC.splitlines():
        if line.startswith("["):
            inside = line.strip("[]") + "."
        lines.append(line.replace(f"{key} ", f"{key}_ ") if path.startswith(inside) else line)
    message = error_of("\n".join(lines))

    assert message.endswith((": missing", ": unknown key"))
    assert key in message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cpu_hz = 64_000_000", "cpu_hz = 64_000_000\ncpu_mhz = 64", "cpu_mhz: unknown key"),
        ("ram_bytes = 32_768", "ram_bytes = 1\nrom = 2", "apply.rom: unknown key"),
        ("cpu_hz = 64_000_000", "cpu_hz = 0", "cpu_hz: must be an integer of at least 1, not 0"),
        (
            "cpu_hz = 64_000_000",
            "cpu_hz = true",
            "cpu_hz: must be an integer of at least 1, not True",
        ),
        (
            "active_ma = 5.0",
            "active_ma = nan",
            "active_ma: must be a number from 0 to 1000000000, not nan",
        ),
        (
            "active_ma = 5.0",
            "active_ma = inf",
            "active_ma: must be a number from 0 to 1000000000, not inf",
        ),
        (
            "active_ma = 5.0",
            "active_ma = -1",
            "active_ma: must be a number from 0 to 1000000000, not -1",
        ),
        ('name = "generic"', 'name = ""', "name: must be a non-empty string, not ''"),
        ('name = "generic"', "name = 7", "name: must be a non-empty string, not 7"),
        (
            'kind = "ab"',
            'kind = "c"',
            "layout.kind: 'c' is not one of ab, overwrite, in-place",
        ),
        ('kind = "ab"', 'kind = "in-place"', "layout.page_bytes: missing"),
        ('kind = "ab"', 'kind = "overwrite"', "layout.slot: missing"),
        (
            'slot_addressing = "remap"',
            'slot_addressing = "mirror"',
            "layout.slot_addressing: 'mirror' is not one of remap, per-slot",
        ),
        (
            "slot_a = { offset = 0x0000_0000, size_bytes = 0x0040_0000 }",
            "slot_a = 4096",
            "layout.slot_a: must be a table, not 4096",
        ),
        (
            "slot_a = { offset = 0x0000_0000, size_bytes = 0x0040_0000 }",
            "slot_a = { offset = 0, size_bytes = 4096, size = 1 }",
            "layout.slot_a.size: unknown key",
        ),
        ("write_unit_bytes = 4", "write_unit_bytes = 5", "flash.write_unit_bytes: 5 is not one of"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(old: str, new: str, message: str) -> None:
    assert error_of(changed(old, new)).startswith(message)


def test_an_unknown_applier_is_refused_with_those_there_are() -> None:
    message = error_of(changed('"bsdiff4"', '"bsdiff5"'))

    assert message.startswith("apply.appliers: unknown payload format 'bsdiff5' (known: full, ")


def test_appliers_that_are_no_list_of_names_are_refused() -> None:
    assert error_of(changed('"bsdiff4"', "4")).startswith("apply.appliers: must be a list of")


@pytest.mark.parametrize("text", ["name = ", "[[", "a = 1\na = 2", "\x00"])
def test_text_that_is_not_toml_is_refused(text: str) -> None:
    assert error_of(text).startswith("not TOML: ")


def test_an_empty_file_says_what_is_missing_first() -> None:
    assert error_of("") == "apply: missing"


CHECKPOINTS = "checkpoints = { offset = 0xC0_0000, size_bytes = 0x4000 }\n"


def test_checkpoints_are_for_devices_with_two_slots_and_come_in_pairs() -> None:
    assert parse_profile(GENERIC).checkpoint_bank_bytes == 0
    text = changed("size_bytes = 0x007E_0000 }", "size_bytes = 0x003E_0000 }")
    text = text.replace("[layout]\n", "[layout]\n" + CHECKPOINTS)

    assert parse_profile(text).checkpoint_bank_bytes == 0x2000
    odd = text.replace("size_bytes = 0x4000 }", "size_bytes = 0x3000 }")
    assert "not two places of whole sectors" in error_of(odd)
