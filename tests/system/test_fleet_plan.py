"""`airdelta plan --fleet`: a version histogram in; packages, paths and a proof out."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.json_schemas import expect_documented
from tests.pipeline.planning.browser import NEEDS_BROWSER, Look, look_at
from tests.system.workshop import run

IMAGES = Path(__file__).parents[2] / "sample_firmware" / "images"
HEAD = "version,device_class,link,count\n"


def releases(*versions: str, stem: str = "sensor-node-cm3") -> list[str]:
    return [f"--release={version}={IMAGES}/{stem}-{version}.elf" for version in versions]


def planned(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 (JSON)
    document = json.loads(capsys.readouterr().out)
    expect_documented(document)
    return document


def expect_proof(group: Any) -> None:  # noqa: ANN401 (JSON)
    """Walk a path by its digests alone."""
    running = group["start_sha256"]
    for step in group["path"]:
        assert step["base_sha256"] in (None, running)
        running = step["new_sha256"]
    assert running == group["goal_sha256"]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.csv"
    path.write_text(
        HEAD + "1.0.0,sensor-node,eu868-dr3,400\n1.1.0,sensor-node,nbiot-ce0,50\n"
        "1.2.0,sensor-node,eu868-dr3,7\n0.9.0,sensor-node,nbiot-ce0,5\n",
        encoding="utf-8",
    )
    return path


def test_every_group_has_a_path_that_its_digests_prove(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--fleet", fleet, *releases("1.0.0", "1.1.0", "1.2.0"))

    assert run("plan", *given, "--loss", "0.1", "--json") == 0
    plan = planned(capsys)
    assert [group["takes"] for group in plan["groups"]] == ["delta", "delta", "nothing", "full"]
    assert plan["histogram"] == {"0.9.0": 5, "1.0.0": 400, "1.1.0": 50, "1.2.0": 7}
    for group in plan["groups"]:
        expect_proof(group)
        assert group["proved"]
    built = {(one["base"], one["new"]): one["devices"] for one in plan["packages"]}
    assert built == {("1.0.0", "1.2.0"): 400, ("1.1.0", "1.2.0"): 50, (None, "1.2.0"): 5}
    total = sum(one["package_bytes"] * one["devices"] for one in plan["packages"])
    assert plan["total_bytes"] == total < plan["total_full_bytes"]
    air = plan["gateways_on_air_s"]["eu868-dr3"]
    assert 0 < air["planned"] < air["full"]


def test_the_goal_may_be_an_older_release_and_devices_beyond_it_are_named(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--fleet", fleet, *releases("1.0.0", "1.1.0", "1.2.0"), "--to", "1.1.0")

    assert run("plan", *given, "--json") == 1
    plan = planned(capsys)
    assert plan["stranded_devices"] == 7
    assert run("plan", *given) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "no path: 7 of sensor-node with 1.2.0 on eu868-dr3: is newer than 1.1.0" in told
    assert "7 of 462 devices have no path" in told


def test_devices_that_run_slots_in_turn_take_a_chain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(HEAD + "1.0.0,sensor-node-xip,ble-1m,9\n", encoding="utf-8")
    slot_b = f"--release=1.1.0={IMAGES}/sensor-node-cm3-slotb-1.1.0.elf"
    given = ("--fleet", fleet, *releases("1.0.0", "1.2.0"), slot_b)

    assert run("plan", *given, "--json") == 0
    (group,) = planned(capsys)["groups"]
    assert group["takes"] == "chain"
    assert [step["new"] for step in group["path"]] == ["1.1.0", "1.2.0"]
    expect_proof(group)


def test_a_limit_that_nothing_keeps_leaves_devices_without_a_path(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--fleet", fleet, *releases("1.0.0", "1.1.0", "1.2.0"), "--deadline", "1min")

    assert run("plan", *given) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "no path: 400 of sensor-node with 1.0.0 on eu868-dr3: every way breaks" in told
    assert "--deadline" in told


def test_the_table_stays_within_80_columns_and_the_page_says_the_same(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "fleet.html"
    given = ("--fleet", fleet, *releases("1.0.0", "1.1.0", "1.2.0"), "--html", page)

    assert run("plan", *given) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "every one of 462 devices has a path to 1.2.0" in printed
    text = page.read_text(encoding="utf-8")
    assert "every one of 462 devices has a path to 1.2.0" in text
    assert text.count("<tr") == 1 + 4 + 1 + 3
    assert "http://www.w3.org/2000/svg" in text
    assert text.count("http") == 1


@NEEDS_BROWSER
@pytest.mark.parametrize("width", [360, 1000])
def test_a_browser_draws_and_sorts_the_page(fleet: Path, tmp_path: Path, width: int) -> None:
    page = tmp_path / "fleet.html"
    given = ("--fleet", fleet, *releases("1.0.0", "1.1.0", "1.2.0"), "--html", page)
    assert run("plan", *given) == 0

    seen = look_at(page.read_text(encoding="utf-8"), width, "devices", tmp_path)
    assert seen == Look(rises=True, falls=True, is_drawn=True, pictures=1, overflow_px=0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "--fleet: needs --release VERSION=IMAGE"),
        (releases("1.0.0"), "there is nothing to update from"),
        ((*releases("1.0.0", "1.1.0"), "--to", "3.0.0"), "--to 3.0.0: no such release"),
        ((*releases("1.0.0", "1.1.0"), "--link", "ble-1m"), "leave others out"),
        (
            ("--release", f"other/1.0={IMAGES}/x", "--release", f"other/1.1={IMAGES}/x"),
            "no such file",
        ),
        (
            [f"--release=other/{v}={IMAGES}/sensor-node-cm3-{v}.elf" for v in ("1.0.0", "1.1.0")],
            "device class sensor-node: no release is for it",
        ),
    ],
)
def test_what_is_missing_or_too_much_is_said(
    fleet: Path, more: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan", "--fleet", fleet, *more) == 2
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1.0.0,nothing,ble-1m,1", "fleet.csv: no built-in device profile 'nothing'"),
        ("1.0.0,sensor-node,nothing,1", "fleet.csv: no link 'nothing'"),
    ],
)
def test_an_unknown_class_or_link_is_named_with_its_file(
    tmp_path: Path, row: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(HEAD + row + "\n", encoding="utf-8")

    assert run("plan", "--fleet", fleet, *releases("1.0.0", "1.1.0")) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_releases_without_a_fleet_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", *releases("1.0.0", "1.1.0")) == 2
    assert "give --base and --new, or --fleet" in " ".join(capsys.readouterr().err.split())
