"""`plan`, and the lists that other options refer to: in JSON, and in 80 columns."""

from pathlib import Path

import pytest

from tests.system.workshop import (
    Workshop,
    error_line,
    printed_json,
    run,
)


class TestPlanAndLists:
    """The tables for planners, and the lists that other options refer to."""

    def test_plan_recommends_what_arrives_first(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--base", shop.base, "--new", shop.new, "--link", "eu868-dr3", "--json")

        assert run("plan", *arguments) == 0
        document = printed_json(capsys)
        strategies = document["strategies"]
        assert isinstance(strategies, list)
        fitting = {
            s["engine"]: s["links"]["eu868-dr3"]["duration_s"] for s in strategies if s["fits"]
        }
        recommended = document["recommended"]
        assert isinstance(recommended, dict)
        assert fitting[recommended["eu868-dr3"]] == min(fitting.values())

    @pytest.mark.parametrize("group", ["device", "link", "tariff"])
    def test_every_listed_name_can_be_shown(
        self, capsys: pytest.CaptureFixture[str], group: str
    ) -> None:
        assert run(group, "list", "--json") == 0
        (names,) = printed_json(capsys).values()
        assert isinstance(names, list)
        for entry in names:
            name = entry if isinstance(entry, str) else entry["name"]
            assert run(group, "show", name) == 0
        assert names

    def test_lists_say_as_much_in_json_as_in_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        for group, keys in (
            ("device", {"name", "architecture", "slot_bytes", "applier_ram_bytes"}),
            ("link", {"name", "max_fragment_bytes", "duration_s", "description"}),
            ("tariff", {"name", "price_per_mb", "granule_bytes", "description"}),
        ):
            assert run(group, "list", "--json") == 0
            (entries,) = printed_json(capsys).values()
            assert isinstance(entries, list)
            assert all(keys <= set(entry) for entry in entries)

    def test_a_device_is_shown_as_json_and_one_of_ones_own_is_checked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        mine = tmp_path / "mine.toml"
        mine.write_text(_profile(capsys).replace("sector_bytes", "sectr_bytes", 1))

        assert run("device", "show", "generic", "--json") == 0
        document = printed_json(capsys)
        assert document["name"] == "generic"
        assert "layout" in document
        assert run("device", "show", mine) == 2
        assert "sector_bytes: missing" in error_line(capsys)

    def test_energy_and_cost_are_planned_per_strategy_and_link(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        links = ("--link", "eu868-dr3", "--link", "nbiot-ce0")
        arguments = ("--base", shop.base, "--new", shop.new, *links, "--tariff", "olivia")

        assert run("plan", *arguments, "--json") == 0
        document = printed_json(capsys)
        assert run("plan", *arguments) == 0
        printed = capsys.readouterr().out
        strategies = document["strategies"]
        assert isinstance(strategies, list)
        for strategy in strategies:
            lora, cellular = (strategy["links"][name] for name in ("eu868-dr3", "nbiot-ce0"))
            assert min(lora["energy_mj"], cellular["energy_mj"]) > 0
            assert lora["cost"] is None
            assert cellular["cost"]["billed_bytes"] >= cellular["ip_bytes"]
        assert "EUR" in printed
        assert "mA is unconfirmed" in printed

    def test_a_plan_over_many_links_stays_within_80_columns(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = (
            "eu868-dr5-fuota",
            "nbiot-ce0-lwm2m-push",
            "ble-2m-write-request",
            "us915-dr10",
            "ltem-hd-http",
            "eu868-dr3-class-b",
            "cat1-mqtt",
            "gprs",
            "nbiot-moving",
        )
        links = [option for name in names for option in ("--link", name)]

        assert run("plan", "--base", shop.base, "--new", shop.new, *links) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 80
        assert not any("…" in line for line in lines)

    def test_tables_fit_80_columns(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for arguments in (
            ("plan", "--base", shop.base, "--new", shop.new),
            ("link", "list"),
            ("device", "list"),
            ("tariff", "list"),
            ("inspect", shop.package),
        ):
            assert run(*arguments) == 0
            lines = capsys.readouterr().out.splitlines()
            assert max(map(len, lines)) <= 80

    def test_every_command_has_an_example_in_its_help(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for command in ("build", "inspect", "verify", "apply", "simulate", "plan"):
            assert run(command, "--help") == 0
            assert f"airdelta {command}" in capsys.readouterr().out


def _profile(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run("device", "show", "generic") == 0
    return capsys.readouterr().out
