"""`simulate` as scripts use it: transfers, devices, fleets, what they cost."""

from pathlib import Path

import pytest

from tests.system.workshop import (
    Workshop,
    error_line,
    printed_json,
    run,
)


class TestSimulate:
    """simulate tells the same story for the same seed, and its exit code is its verdict."""

    def test_the_transfer_alone_says_so(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("simulate", shop.package, "--link", "eu868-dr5") == 0
        assert "transfer only" in capsys.readouterr().out

    @pytest.mark.parametrize("link", ["eu868-dr0", "eu868-dr3", "ble-1m", "ble-2m", "nbiot-ce0"])
    def test_a_device_confirms_the_update_in_spite_of_loss_and_power_cuts(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str], link: str
    ) -> None:
        arguments = ("simulate", shop.package, "--link", link, "--base", shop.base, "--trust",
                     shop.trust, "--loss", "0.1", "--power-cuts", 2, "--json")  # fmt: skip
        reports = []
        for seed in (7, 7, 8):
            assert run(*arguments, "--seed", seed) == 0
            reports.append(printed_json(capsys))

        assert reports[0]["device_state"] == "confirmed"
        assert len(reports[0]["power_cuts"]) == 2  # type: ignore[arg-type]
        assert reports[0] == reports[1]
        assert reports[0] != reports[2]

    def test_a_device_with_a_higher_security_counter_rejects_the_update(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--link", "ble-1m", "--base", shop.base, "--trust", shop.trust)

        assert run("simulate", shop.package, *arguments, "--device-counter", 6) == 1
        assert "security counter" in error_line(capsys)


class TestSimulatedCost:
    """simulate says what an update costs: energy by state, battery, money; alone and in fleets."""

    def test_energy_is_the_sum_over_parts_and_states(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--link", "nbiot-ce0", "--tariff", "olivia", "--json")

        assert run("simulate", shop.package, *arguments) == 0
        document = printed_json(capsys)
        energy, cost = document["energy"], document["cost"]
        assert isinstance(energy, dict)
        assert isinstance(cost, dict)
        assert energy["total_mj"] == pytest.approx(
            sum(one["energy_mj"] for one in energy["spells"])
        )
        assert cost["billed_bytes"] % 1000 == 0
        assert cost["billed_bytes"] >= cost["ip_bytes"] > 0
        assert "unconfirmed" in str(document["assumed"])

    def test_a_device_pays_for_its_flash_and_its_share_of_the_battery_is_told(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        profile = tmp_path / "node.toml"
        profile.write_text(
            _profile(capsys).replace(
                "[apply]", "[battery]\ncapacity_mah = 1000\nvoltage_v = 3.6\n\n[apply]"
            )
        )
        target = ("--base", shop.base, "--trust", shop.trust, "--device", profile)

        assert run("simulate", shop.package, "--link", "eu868-dr5", *target) == 0
        printed = capsys.readouterr().out
        assert "flash write" in printed
        assert "of the battery" in printed
        assert "* processor run: " in printed

    def test_a_fleet_is_printed_with_its_curve_and_its_intervals(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        campaign = ("--link", "eu868-dr5-fuota", "--devices", 2000, "--loss", "ge:0.05,0.2")

        assert run("simulate", shop.package, *campaign, "--seed", 4) == 0
        printed = capsys.readouterr().out
        assert "transfer only" in printed
        assert "never finish" in printed
        assert "2,000 devices, seed 4" in printed
        assert max(map(len, printed.splitlines())) <= 80

    def test_a_fleet_of_devices_that_apply_pays_for_that_too(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        campaign = ("--link", "ble-1m", "--devices", 50, "--device", "generic", "--json")
        target = ("--base", shop.base, "--trust", shop.trust)

        assert run("simulate", shop.package, *campaign, *target) == 0
        document = printed_json(capsys)
        assert document["scope"] == "transfer, and one device applied"
        assert "processor run" in str(document["assumed"])
        assert run("simulate", shop.package, *campaign, *target, "--device-counter", 6) == 1
        assert "security counter" in error_line(capsys)

    def test_a_fleets_json_is_the_same_for_any_number_of_workers(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        campaign = ("--link", "ble-1m", "--devices", 70_000, "--loss", "0.1", "--json")
        documents = []
        for workers in (1, 2):
            assert run("simulate", shop.package, *campaign, "--workers", workers) == 0
            documents.append(printed_json(capsys))

        assert documents[0] == documents[1]

    def test_a_fleet_follows_a_trace(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        trace = tmp_path / "trace.csv"
        trace.write_text("time_s,delivered\n0,1\n5,0\n7,1\n9,1\n")
        campaign = ("--link", "eu868-dr5", "--devices", 100, "--loss", f"trace:{trace}")

        assert run("simulate", shop.package, *campaign, "--json") == 0
        assert printed_json(capsys)["finished"] == 100

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--radio", "cc1101"), "no currents for 'cc1101'"),
            (("--radio", "nrf52840"), "is no lorawan radio"),
            (("--tariff", "barter"), "no tariff 'barter'"),
            (("--tariff", "missing.toml"), "missing.toml"),
            (("--devices", 5, "--power-cuts", 1), "--power-cuts: hit one device"),
            (("--scheduler", "tcp://x:1"), "--scheduler: needs --executor dask"),
        ],
    )
    def test_what_cannot_be_counted_is_a_usage_error(
        self,
        shop: Workshop,
        capsys: pytest.CaptureFixture[str],
        options: tuple[object, ...],
        message: str,
    ) -> None:
        assert run("simulate", shop.package, "--link", "eu868-dr5", *options) == 2
        assert message in error_line(capsys)


class TestProfilesOfOnesOwn:
    """Links and tariffs are TOML: a wrong key or an impossible value names its field."""

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            ("eu868-dr3", "ts004_version", "ts004_versoin", "lorawan.ts004_versoin: unknown key"),
            ("eu868-dr3", "downlink_data_rate = 3", "downlink_data_rate = 8", "LR-FHSS is uplink"),
            ("eu868-dr3", "downlink_mhz = 869.525", "downlink_mhz = 900", "no sub-band of EU868"),
            ("ble-2m-smp", "supervision_timeout_s = 4", "supervision_timeout_s = 0.05",
             "ble.supervision_timeout_s: must exceed two connection intervals"),
            ("ble-2m-smp", "frame_bytes = 244", "frame_bytes = 20", "leaves no room for data"),
            ("ble-1m", "att_mtu = 247", "att_mtu = 900", "ble.att_mtu: 900 is not in"),
            ("nbiot-ce0", "block_bytes = 512", "block_bytes = 500", "500 is not one of 16, 32"),
            ("nbiot-ce2", "ack_timeout_s = 15", "ack_timeout_s = 10", "shorter than an exchange"),
        ],
    )  # fmt: skip
    def test_a_link_that_cannot_be_is_refused_with_its_field(
        self,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        name: str,
        old: str,
        new: str,
        message: str,
    ) -> None:
        assert run("link", "show", name, "--toml") == 0
        text = capsys.readouterr().out
        assert old in text
        mine = tmp_path / "mine.toml"
        mine.write_text(text.replace(old, new))

        assert run("link", "show", mine) == 2
        line = error_line(capsys)
        assert message in line
        assert str(mine) in line

    def test_a_tariff_of_ones_own_is_read_strictly(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("tariff", "show", "olivia") == 0
        text = capsys.readouterr().out
        mine = tmp_path / "mine.toml"
        mine.write_text(text.replace("granule_bytes = 1000", "granule_bytes = 1"))
        wrong = tmp_path / "wrong.toml"
        wrong.write_text(text.replace("granule_bytes", "granul_bytes"))
        simulate = ("simulate", shop.package, "--link", "cat1", "--json", "--tariff")

        assert run(*simulate, mine) == 0
        cost = printed_json(capsys)["cost"]
        assert isinstance(cost, dict)
        assert cost["billed_bytes"] == cost["ip_bytes"]
        assert run(*simulate, wrong) == 2
        assert "granule_bytes: missing" in error_line(capsys)


def _profile(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run("device", "show", "generic") == 0
    return capsys.readouterr().out
