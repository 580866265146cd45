"""Updates of devices with one slot, from the command line to the confirmed image."""

import json
from pathlib import Path

import pytest

from device_apply.profile_toml import builtin_profile_text
from tests.system.workshop import Workshop, run

IMAGES = Path(__file__).parents[2] / "sample_firmware" / "images"
BASE, NEW = IMAGES / "sensor-node-cm3-1.0.0.bin", IMAGES / "sensor-node-cm3-1.1.0.bin"


def built(shop: Workshop, out: Path, *more: object) -> dict[str, object]:
    """Build a package that was proved, and return its record."""
    pair = ("--base", BASE, "--new", NEW, "--key", shop.key, "--out", out)
    assert run("build", *pair, *more) == 0
    record = json.loads((out / "update.json").read_text())
    assert isinstance(record, dict)
    return record


def test_build_says_what_committing_in_place_costs(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override = ("--layout", "in-place", "--page", 4096, "--stash", 2)
    built(shop, tmp_path, "--device", "sensor-node", *override)
    printed = " ".join(capsys.readouterr().out.split())

    for word in ("plan", "program", "journal", "stash pages", "erases", " s proof"):
        assert word in printed


def test_a_package_for_a_one_slot_device_is_hardly_larger_than_for_two(
    shop: Workshop, tmp_path: Path
) -> None:
    built(shop, tmp_path / "one", "--device", "sensor-node-in-place", "--engine", "airdelta-tiny")
    built(shop, tmp_path / "two", "--device", "sensor-node", "--engine", "airdelta-tiny")
    one, two = ((tmp_path / name / "update.suit").stat().st_size for name in ("one", "two"))

    assert two < one <= two + max(32, two // 100)


def test_a_package_for_a_one_slot_device_can_be_applied_anywhere(
    shop: Workshop, tmp_path: Path
) -> None:
    built(shop, tmp_path, "--device", "sensor-node-in-place")
    package, image = tmp_path / "update.suit", tmp_path / "image.bin"

    assert run("apply", package, "--base", BASE, "--trust", shop.trust, "--out", image) == 0
    assert image.read_bytes() == NEW.read_bytes()


def test_a_device_whose_program_area_is_too_small_gets_another_strategy_with_the_reason(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "small.toml"
    small = builtin_profile_text("sensor-node-in-place")
    profile.write_text(
        small.replace("0x0002_0000, size_bytes = 0x0000_6000", "0x0002_0000, size_bytes = 2048")
    )
    pair = ("--base", BASE, "--new", NEW, "--key", shop.key, "--out", tmp_path)

    assert run("build", *pair, "--device", profile) == 1
    assert "its area has 2048" in capsys.readouterr().err


def test_an_image_is_overwritten_from_a_second_area(shop: Workshop, tmp_path: Path) -> None:
    built(shop, tmp_path, "--device", "sensor-node", "--layout", "overwrite")
