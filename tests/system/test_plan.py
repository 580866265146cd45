"""`airdelta plan` as planners use it: fleets, losses, limits, and what binds if none is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.json_schemas import expect_documented
from tests.system.workshop import Workshop, run


def plan_arguments(shop: Workshop, *more: object) -> tuple[object, ...]:
    device = ("--device", "sensor-node", "--link", "eu868-dr3")
    return ("plan", "--base", shop.base, "--new", shop.new, *device, *more)


def planned(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 (JSON)
    document = json.loads(capsys.readouterr().out)
    expect_documented(document)
    return document


def test_a_plan_is_as_its_schema_says_and_the_best_keeps_every_limit(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    links = ("--link", "eu868-dr5-fuota", "--link", "nbiot-ce0")
    fleet = ("--loss", "0.1", "--devices", "1000", "--gateways", "2", "--tariff", "olivia")
    limits = ("--deadline", "8h", "--max-energy", "4J", "--ram", "4KiB", "--budget", "5")

    assert run(*plan_arguments(shop, *links, *fleet, *limits, "--json")) == 0
    document = planned(capsys)
    best = document["best"]
    (winner,) = [s for s in document["strategies"] if s["engine"] == best["engine"]]
    chosen = winner["links"][best["link"]]

    assert chosen["broken"] == []
    assert chosen["pareto"]
    assert chosen["forecast"]["campaign_s"] <= 8 * 3600
    assert chosen["forecast"]["energy_mj"] <= 4000
    assert winner["ram_bytes"] <= 4096
    assert winner["flash_erases"] > 0
    assert best["engine"] in best["reason"]
    for strategy in document["strategies"]:
        assert ("ram" in strategy["links"]["eu868-dr3"]["broken"]) == (strategy["ram_bytes"] > 4096)


def test_losses_cost_time_and_energy(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    figures = []
    for loss in ("0.05", "0.3"):
        fleet = ("--devices", "500", "--loss", loss, "--json")
        assert run(*plan_arguments(shop, *fleet)) == 0
        full = next(s for s in planned(capsys)["strategies"] if s["engine"] == "full")
        figures.append(full["links"]["eu868-dr3"]["forecast"])
    little, much = figures

    assert little["median_s"] < little["p95_s"] <= little["campaign_s"]
    assert little["median_s"] < much["median_s"]
    assert little["energy_mj"] < much["energy_mj"]
    assert little["gateway_on_air_s"] < much["gateway_on_air_s"]


@pytest.mark.parametrize(
    ("limits", "binding"),
    [
        (("--deadline", "1s"), ["deadline"]),
        (("--max-energy", "1mJ", "--ram", "64KiB"), ["max-energy"]),
        (("--ram", "8B"), ["ram"]),
        (("--ram", "300B", "--deadline", "5min"), ["ram"]),
    ],
)
def test_without_a_strategy_within_the_limits_the_plan_fails_and_names_the_binding_one(
    shop: Workshop,
    capsys: pytest.CaptureFixture[str],
    limits: tuple[str, ...],
    binding: list[str],
) -> None:
    assert run(*plan_arguments(shop, *limits, "--json")) == 1
    document = planned(capsys)
    assert document["best"] is None
    assert document["binding"] == binding

    assert run(*plan_arguments(shop, *limits)) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert f"--{binding[0]} binds" in told
    assert "comes closest" in told


def test_a_budget_needs_a_tariff(shop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*plan_arguments(shop, "--budget", "5")) == 2
    assert "--budget: needs --tariff" in capsys.readouterr().err


def test_a_table_of_a_fleet_stays_within_80_columns(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = ("--loss", "ge:0.02,0.2", "--devices", "1000", "--tariff", "olivia")
    limits = ("--deadline", "1h", "--ram", "1KiB", "--link", "nbiot-ce0")

    assert run(*plan_arguments(shop, *fleet, *limits)) == 0
    printed = capsys.readouterr().out
    assert "\nbest: " in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_report_is_written_beside_the_table_and_a_second_plan_is_the_same(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "plan.html"

    assert run(*plan_arguments(shop, "--html", page)) == 0
    first = capsys.readouterr().out
    assert run(*plan_arguments(shop, "--no-cache")) == 0
    assert capsys.readouterr().out == first
    assert "<b>Send</b> airdelta-" in page.read_text(encoding="utf-8")


def test_other_settings_are_compared_and_documented(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--loss", "0.1", "--devices", "50", "--other-settings")

    assert run(*plan_arguments(shop, *more, "--json")) == 0
    settings = planned(capsys)["other_settings"]
    assert {"as given", "DR5", "20 % coded"} <= {one["setting"] for one in settings}
    assert any(one["pareto"] for one in settings)

    assert run(*plan_arguments(shop, *more)) == 0
    printed = capsys.readouterr().out
    assert "other settings: the Pareto-optimal ones of" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80


def test_another_layout_changes_what_fits_and_the_flash_that_it_takes(
    shop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    flash = []
    for more in ((), ("--layout", "in-place")):
        assert run(*plan_arguments(shop, *more, "--json")) == 0
        tiny = next(s for s in planned(capsys)["strategies"] if s["engine"] == "airdelta-tiny")
        flash.append(tiny["flash_bytes"])

    assert flash[1] < flash[0]


def test_tables_and_figures_are_written_beside_what_is_printed(
    shop: Workshop, tmp_path: Path
) -> None:
    files = ("--csv", tmp_path / "plan.csv", "--markdown", tmp_path / "plan.md")
    figures = ("--figures", tmp_path / "figures", "--png")

    assert run(*plan_arguments(shop, *files, *figures)) == 0
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"plan.csv", "plan.md", "completion.svg", "completion.png", "sizes.svg"} <= written


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--png",), "--png: needs --figures"),
        (("--fleet", "fleet.csv"), "--fleet: has versions, device classes and links"),
    ],
)
def test_options_that_do_not_belong_together_are_refused(
    shop: Workshop, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], told: str
) -> None:
    assert run(*plan_arguments(shop, *more)) == 2
    assert told in " ".join(capsys.readouterr().err.split())
