"""`airdelta link`: what it prints and how it ends."""

import json
from pathlib import Path

import pytest

from link_sim.links import link_text
from pipeline.cli.main import main

HEADER = "id,model,inputs,expected,unit,tolerance_kind,tolerance,kind,source,notes\n"
GOOD = 'A-1,ble_pdu_time,"{""payload"":27,""phy"":""1M"",""encrypted"":true}",328,us,exact,,,,\n'
BAD = 'A-2,ble_pdu_time,"{""payload"":27,""phy"":""1M"",""encrypted"":true}",329,us,exact,,,,\n'
UNKNOWN = 'A-3,telepathy,"{}",1,-,exact,,,,\n'


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.csv"
    path.write_text(HEADER + GOOD + BAD + UNKNOWN)
    return path


def test_check_prints_every_row_and_counts_them(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["link", "check", str(cases)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[0] == "A-1  ble_pdu_time  expected 328  got 328  ok"
    assert lines[1].startswith("A-2  ble_pdu_time  expected 329  got 328  FAILED: differs by -1")
    assert lines[2].endswith("FAILED: model: unknown model 'telepathy'")
    assert lines[3] == "3 cases: 1 passed, 2 failed"


def test_check_ends_with_0_if_every_row_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "good.csv"
    path.write_text(HEADER + GOOD)

    assert main(["link", "check", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 cases: 1 passed, 0 failed"


def test_check_as_json_has_a_verdict_per_row(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["link", "check", str(cases), "--json"])

    document = json.loads(capsys.readouterr().out)
    assert [row["verdict"] for row in document["cases"]] == ["pass", "fail", "fail"]
    assert (document["passed"], document["failed"]) == (1, 2)


def test_a_file_without_cases_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("hello\n")

    assert main(["link", "check", str(path)]) == 2
    assert "not a case file" in capsys.readouterr().err


def test_show_reads_a_profile_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(link_text("eu868-dr5").replace('name = "eu868-dr5"', 'name = "mine"'))

    assert main(["link", "show", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "mine"


def test_a_wrong_key_in_a_profile_is_named_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(link_text("eu868-dr5").replace("uplink_data_rate", "uplink_datarate"))

    assert main(["link", "show", str(path)]) == 2
    assert f"{path}: lorawan." in " ".join(capsys.readouterr().err.split())


def test_show_prints_a_built_in_profile_as_a_starting_point(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["link", "show", "ble-2m", "--toml"]) == 0
    assert capsys.readouterr().out == link_text("ble-2m")
