"""The power-cut bench counts what it ran, and the document shows what is in the results."""

import json
from pathlib import Path

import pytest
from power_cuts import LAYOUTS, RESULTS, main

from device_apply.flash_model.power_cuts import CutVariant
from docs.console_blocks import ROOT
from sample_firmware import image_path


def make_corpus(folder: Path) -> Path:
    """A pair of a few pages."""
    pair = folder / "small-pair"
    pair.mkdir(parents=True)
    for name, version in (("base.bin", "1.0.0"), ("new.bin", "1.1.0")):
        (pair / name).write_bytes(Path(image_path(version)).read_bytes()[:2000])
    (pair / "meta.json").write_text('{"content": "code"}')
    return folder


def counted_rows(document: str) -> list[str]:
    """All rows of tables that the section of the results has."""
    section = document.partition("## What was counted\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def test_every_case_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "power_cuts.json"
    corpus = make_corpus(tmp_path / "corpus")
    document = tmp_path / "document.md"
    document.write_text((ROOT / "docs" / "RELIABILITY.md").read_text())
    sweeps = ("--corpus", str(corpus), "--boots", "0")
    outputs = ("--json", str(file), "--document", str(document))
    assert main([*sweeps, "--jobs", "1", *outputs]) == 0

    found = json.loads(file.read_text())
    rows = [*found["single_cuts"], *found["many_cuts"]]
    assert found["failures"] == 0
    assert found["cases"] == sum(row["cases"] for row in rows)
    assert found["boots"] == sum(row["boots"] for row in rows)
    assert [row["layout"] for row in found["single_cuts"]] == list(LAYOUTS)
    for row in found["single_cuts"]:
        assert row["cases"] == len(CutVariant) * row["commit_operations"]
    capsys.readouterr()
    assert main(["--table", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "| small-pair, 2,000 bytes | ab | 1, at each of " in printed
    assert printed in document.read_text()
    assert counted_rows(document.read_text()) == printed.splitlines()


def test_the_document_shows_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--table", str(RESULTS)])

    assert capsys.readouterr().out in (ROOT / "docs" / "RELIABILITY.md").read_text()
