"""`airdelta torture` and the replay of power cuts: what they print and how they end."""

import json

import pytest

from pipeline.cli.main import main
from tests.system.workshop import Workshop, make_workshop, run


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("torture"))


def torture(shop: Workshop, *arguments: object) -> int:
    return run("torture", "--base", shop.base, "--new", shop.new, *arguments)


def test_a_survivability_report(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert torture(shop, "--samples", 40, "--json") == 0

    report = json.loads(capsys.readouterr().out)
    assert (report["failures"], report["cases"]) == (0, 40)
    assert report["boots"] > 4 * 40
    assert report["layout"] == "ab"
    assert report["failed"] == []


def test_the_report_for_people_ends_with_the_count(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert torture(shop, "--samples", 10, "--device", "sensor-node") == 0

    assert capsys.readouterr().out.splitlines()[-1].startswith("10 cases, ")


def test_an_id_runs_one_case(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert torture(shop, "--replay", "17:torn:3+2:unsettled:99") == 0

    assert capsys.readouterr().out.startswith("survived: ok after ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("17:melted:3", "not a power cut: '17:melted:3' (one is 17:torn:3)"),
        ("+".join(["1:torn:1"] * 10), "10 cuts; a case has at most 9"),
    ],
)
def test_an_id_that_names_no_case_is_refused(
    shop: Workshop, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert torture(shop, "--replay", text) == 2

    assert f"--replay: {message}" in capsys.readouterr().err


def build_package(shop: Workshop) -> None:
    images = ("--base", shop.base, "--new", shop.new)
    out = ("--out", shop.package.parent, "--security-counter", 1)
    assert run("build", *images, "--key", shop.key, *out) == 0


def simulate(shop: Workshop, *arguments: object) -> list[str]:
    return [
        *("simulate", str(shop.package), "--link", "ble-1m", "--base", str(shop.base)),
        *("--trust", str(shop.trust), "--json", *map(str, arguments)),
    ]


def test_the_cuts_of_a_simulation_are_replayed_by_their_id(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    build_package(shop)
    capsys.readouterr()

    assert main(simulate(shop, "--power-cuts", 3)) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(simulate(shop, "--replay", first["replay"])) == 0
    again = json.loads(capsys.readouterr().out)

    assert len(first["power_cuts"]) == 3
    assert again == first


def test_cuts_are_either_spread_or_replayed(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    build_package(shop)
    assert main(simulate(shop, "--replay", "1:torn:1", "--power-cuts", 1)) == 2

    assert "--power-cuts, --replay: give one of them" in capsys.readouterr().err
