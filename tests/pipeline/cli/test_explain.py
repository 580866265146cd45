"""`airdelta explain`: what it prints and writes."""

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.json_schemas import expect_documented

IMAGES = Path(__file__).parents[3] / "sample_firmware" / "images"
PAIR = [
    "explain",
    "--base",
    str(IMAGES / "sensor-node-cm3-1.0.0.elf"),
    "--new",
    str(IMAGES / "sensor-node-cm3-1.1.0.elf"),
]


def test_json_lists_add_up_to_the_patch(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PAIR, "--tier", "tiny", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    expect_documented(document)
    for name in ("by_kind", "by_section", "by_symbol"):
        total = sum(line["patch_bytes"] for line in document[name])
        assert total == pytest.approx(document["patch_bytes"], abs=0.5)
    assert document["causes"][0]["cause"] == "new functions"


def test_the_terminal_gets_tables_causes_and_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PAIR, "--top", "3"]) == 0

    out = capsys.readouterr().out
    assert "soil_probe_read" in out
    assert "more, " in out
    assert "variables moved in RAM" in out


def test_the_page_is_written(tmp_path: Path) -> None:
    assert main([*PAIR, "--html", str(tmp_path / "why.html")]) == 0

    assert (tmp_path / "why.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_names_may_come_from_another_file(capsys: pytest.CaptureFixture[str]) -> None:
    base, new = (str(IMAGES / f"sensor-node-cm3-{v}") for v in ("1.0.0", "1.1.0"))
    options = ["--base", f"{base}.bin", "--base-symbols", f"{base}.elf"]
    options += ["--new", f"{new}.bin", "--new-symbols", f"{new}.elf"]
    assert main(["explain", *options, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert main([*PAIR, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["by_symbol"] == document["by_symbol"]


def test_equal_images_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*PAIR[:-1], PAIR[2]]) == 2
    assert "there is no patch" in capsys.readouterr().err
