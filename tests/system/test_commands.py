"""The commands, as scripts use them: results, exit codes, and what is left on disk."""

import hashlib
import io
import json
import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from device_apply.wire.envelope import split_package
from tests.system.workshop import Workshop, edited, run

JsonObject = dict[str, object]


def printed_json(capsys: pytest.CaptureFixture[str]) -> JsonObject:
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr that is not a note."""
    lines = [x for x in capsys.readouterr().err.splitlines() if not x.startswith("note:")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def build(shop: Workshop, out: Path, *more: object) -> int:
    return run(
        "build", "--base", shop.base, "--new", shop.new, "--key", shop.key, "--out", out, *more
    )


class TestTheWholeJob:
    """keys new, build, verify, apply yield the new image bit for bit."""

    def test_apply_gives_the_new_image(self, shop: Workshop, tmp_path: Path) -> None:
        out = tmp_path / "image.bin"

        assert run("verify", shop.package, "--trust", shop.trust, "--base", shop.base) == 0
        assert (
            run("apply", shop.package, "--base", shop.base, "--trust", shop.trust, "--out", out)
            == 0
        )
        assert out.read_bytes() == shop.new.read_bytes()

    def test_a_p256_key_with_a_passphrase_signs_too(
        self, shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AIRDELTA_PASSPHRASE", "correct horse")
        key = tmp_path / "p256.pem"
        assert run("keys", "new", key, "--algorithm", "p256") == 0
        assert (
            run("build", "--base", shop.base, "--new", shop.new, "--key", key, "--out", tmp_path)
            == 0
        )
        trust = tmp_path / "p256.pub.pem"

        assert run("verify", tmp_path / "update.suit", "--trust", trust) == 0

    def test_a_detached_payload_lies_beside_the_package(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, tmp_path, "--detached", "--json") == 0
        (document,) = json.loads(capsys.readouterr().out)["packages"]
        assert document["payload_path"] == str(tmp_path / "update.payload")
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "update.json", "update.payload", "update.suit",
        ]  # fmt: skip
        package = tmp_path / "update.suit"

        assert run("verify", package, "--trust", shop.trust, "--base", shop.base) == 0
        (tmp_path / "update.payload").write_bytes(b"other")
        assert run("verify", package, "--trust", shop.trust) == 1

    def test_several_bases_give_one_package_each(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = tmp_path / "other.bin"
        other.write_bytes(edited(shop.base.read_bytes(), seed=9))
        out = tmp_path / "out"

        assert build(shop, out, "--base", other, "--json") == 0
        packages = printed_json(capsys)["packages"]
        assert isinstance(packages, list)
        for base, package in zip((shop.base, other), packages, strict=True):
            digest = package["record"]["inputs"]["base"]["sha256"]
            assert Path(package["path"]).name == f"update-from-{digest[:8]}.suit"
            arguments = ("--trust", shop.trust, "--base", base)
            assert run("verify", package["path"], *arguments) == 0

    def test_the_same_build_gives_the_same_bytes(self, shop: Workshop, tmp_path: Path) -> None:
        for name in ("one", "two"):
            assert build(shop, tmp_path / name) == 0

        for file in ("update.suit", "update.json"):
            one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
            assert one == two

    def test_the_record_explains_the_choice(self, shop: Workshop) -> None:
        record = json.loads((shop.package.parent / "update.json").read_text())

        engines = {candidate["engine"] for candidate in record["candidates"]}
        assert {"full", "bsdiff4", "detools-in-place", "zstd-patch"} <= engines
        fitting = [c for c in record["candidates"] if c["fits"]]
        assert record["winner"]["engine"] == fitting[0]["engine"]
        assert record["package"]["size_bytes"] == shop.package.stat().st_size
        assert all(c["fits"] or c["obstacle"] for c in record["candidates"])
        unsafe = next(c for c in record["candidates"] if c["engine"] == "detools-in-place")
        assert unsafe["obstacle"].startswith("unsafe")

    def test_chunk_hashes_are_built_where_asked_for_and_explained_where_not(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        assert build(shop, tmp_path, "--chunks", "64") == 0
        record = json.loads((tmp_path / "update.json").read_text())
        count = -(-record["manifest"]["payload"]["size_bytes"] // 64)
        assert record["manifest"]["chunks"] == {
            "chunk_bytes": 64, "hash_bytes": 8, "count": count,
        }  # fmt: skip
        assert record["chunk_hashes"] == {"chunk_bytes": 64, "reason": "asked for by size"}
        package = tmp_path / "update.suit"
        assert run("verify", package, "--trust", shop.trust, "--base", shop.base) == 0

        record = json.loads((shop.package.parent / "update.json").read_text())
        assert record["manifest"]["chunks"] is None
        assert record["chunk_hashes"]["reason"].startswith("hashes cost more than they save; ")

    @pytest.mark.parametrize("chunks", ["some", "0", "-1", "65", "1.5"])
    def test_a_size_of_chunks_that_is_none_is_refused(
        self, shop: Workshop, tmp_path: Path, chunks: str
    ) -> None:
        expected = 0 if chunks == "65" else 2

        assert build(shop, tmp_path, "--chunks", chunks) == expected

    def test_an_engine_can_be_chosen(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, tmp_path, "--engine", "full-heatshrink") == 0
        capsys.readouterr()

        assert run("inspect", tmp_path / "update.suit", "--json") == 0
        manifest = printed_json(capsys)["manifest"]
        assert isinstance(manifest, dict)
        assert manifest["payload_format"] == "full-heatshrink"
        assert manifest["base_image"] is None


class TestSeal:
    def test_a_sealed_image_is_the_image_and_a_trailer_that_the_key_signed(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "sealed.bin"
        assert run("seal", shop.new, "--key", shop.key, "--security-counter", 7, "--out", out) == 0
        assert "80 of them trailer" in capsys.readouterr().out
        sealed, code = out.read_bytes(), shop.new.read_bytes()
        trailer = sealed[len(code) :]
        digest = hashlib.sha256(sealed[:-64]).digest()
        (tmp_path / "message").write_bytes(b"airdelta image 1" + digest)
        (tmp_path / "signature").write_bytes(sealed[-64:])

        assert sealed.startswith(code)
        assert trailer[:16] == struct.pack("<4sIIi", b"ADSI", len(code), 7, -19)
        arguments = ("--signature", tmp_path / "signature", "--trust", shop.trust)
        assert run("verify-image", tmp_path / "message", *arguments) == 0

    def test_updates_are_built_between_sealed_images(self, shop: Workshop, tmp_path: Path) -> None:
        for name in ("base", "new"):
            image, out = shop.folder / f"{name}.bin", tmp_path / f"{name}.bin"
            assert run("seal", image, "--key", shop.key, "--out", out) == 0
        images = ("--base", tmp_path / "base.bin", "--new", tmp_path / "new.bin")

        assert run("build", *images, "--key", shop.key, "--out", tmp_path / "out") == 0
        sealed = len((tmp_path / "new.bin").read_bytes())
        plain = len(shop.new.read_bytes())
        assert sealed == plain + 80


class TestRollback:
    def test_devices_go_back_with_an_authorisation_and_not_without(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        older, back = shop.package, tmp_path / "back.suit"
        trusted = ("--base", shop.base, "--trust", shop.trust)
        device = ("--link", "ble-1m", *trusted, "--device-counter", 9)
        assert run("simulate", older, *device) == 1
        authorise = ("authorise-rollback", older, "--key", shop.key, "--out", back)
        assert run(*authorise, "--highest-counter", 9) == 0
        assert "security counters up to 9, on the device class" in capsys.readouterr().out

        assert run("simulate", back, *device) == 0
        assert run("verify", back, *trusted, "--device-counter", 9) == 0
        assert run("simulate", back, *device[:-1], 10) == 1
        assert run("verify", back, *trusted, "--device-counter", 10) == 1

    def test_an_authorisation_for_one_device_names_it(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        back = tmp_path / "back.suit"
        authorise = ("authorise-rollback", shop.package, "--key", shop.key, "--out", back)
        one = (*authorise, "--highest-counter", 9, "--device-id")
        assert run(*one, "00" * 15) == 2
        assert run(*one, "no hex") == 2
        assert run(*one, "AB" * 16, "--json") == 0
        assert printed_json(capsys)["device_id"] == "ab" * 16

        device = ("--link", "ble-1m", "--base", shop.base, "--trust", shop.trust)
        assert run("simulate", back, *device, "--device-counter", 9) == 1

    def test_an_authorisation_of_another_package_is_refused_on_the_host(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        back = tmp_path / "back.suit"
        authorise = ("authorise-rollback", shop.package, "--key", shop.key, "--out", back)
        assert run(*authorise, "--highest-counter", 9) == 0
        head, _, _ = split_package(back.read_bytes())
        assert build(shop, tmp_path / "other", "--engine", "full", "--security-counter", "4") == 0
        other, _, payload = split_package((tmp_path / "other" / "update.suit").read_bytes())
        mixed = replace(other, rollback=head.rollback).to_bytes() + (payload or b"")
        (tmp_path / "mixed.suit").write_bytes(mixed)

        assert run("verify", tmp_path / "mixed.suit", "--trust", shop.trust) == 1

    def test_where_nothing_is_older_nothing_is_authorised(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        assert build(shop, tmp_path, "--security-counter", "3") == 0
        out = tmp_path / "back.suit"
        authorise = ("authorise-rollback", tmp_path / "update.suit", "--key", shop.key)

        assert run(*authorise, "--highest-counter", 3, "--out", out) == 2
        assert not out.exists()


class TestTampering:
    """A changed package ends with exit code 1, one line, no traceback and no output file."""

    def test_one_flipped_bit_in_a_process_of_its_own(self, shop: Workshop, tmp_path: Path) -> None:
        data = bytearray(shop.package.read_bytes())
        data[len(data) // 2] ^= 0x10
        package, out = tmp_path / "update.suit", tmp_path / "image.bin"
        package.write_bytes(data)

        arguments = ["apply", package, "--base", shop.base, "--trust", shop.trust, "--out", out]
        done = subprocess.run(
            [Path(sys.executable).parent / "airdelta", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert done.returncode == 1
        assert done.stdout == ""
        assert re.fullmatch(r"error: [^\n]+\n", done.stderr)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["update.suit"]

    @pytest.mark.parametrize("command", ["inspect", "verify", "apply", "simulate"])
    @pytest.mark.parametrize("size", [0, 1, 50, 300, -1])
    def test_a_truncated_package_is_rejected(
        self,
        shop: Workshop,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        command: str,
        size: int,
    ) -> None:
        package = tmp_path / "update.suit"
        package.write_bytes(shop.package.read_bytes()[:size])
        arguments: dict[str, list[object]] = {
            "inspect": [],
            "verify": ["--trust", shop.trust],
            "apply": ["--trust", shop.trust, "--base", shop.base, "--out", tmp_path / "image"],
            "simulate": ["--link", "ble-1m"],
        }

        assert run(command, package, *arguments[command]) == 1
        assert str(package) in error_line(capsys)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["update.suit"]


class TestRejections:
    """Exit code 1: the inputs are readable, the update is refused."""

    def test_a_package_of_another_key(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("keys", "new", tmp_path / "other.pem", "--no-passphrase") == 0
        capsys.readouterr()

        assert run("verify", shop.package, "--trust", tmp_path / "other.pub.pem") == 1
        assert "not made by a trusted key" in error_line(capsys)

    def test_a_key_of_another_algorithm(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        key = tmp_path / "other.pem"
        assert run("keys", "new", key, "--no-passphrase", "--algorithm", "p256") == 0
        capsys.readouterr()

        assert run("verify", shop.package, "--trust", tmp_path / "other.pub.pem") == 1
        assert "made with Ed25519" in error_line(capsys)

    def test_the_wrong_base_image(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "image.bin"
        arguments = ("--base", shop.new, "--trust", shop.trust, "--out", out)

        assert run("apply", shop.package, *arguments) == 1
        line = error_line(capsys)
        assert "new.bin" in line
        assert "base image" in line
        assert not out.exists()

    @pytest.mark.parametrize(("device_counter", "code"), [(4, 0), (5, 0), (6, 1)])
    def test_a_lower_security_counter(self, shop: Workshop, device_counter: int, code: int) -> None:
        arguments = ("--trust", shop.trust, "--device-counter", device_counter)

        assert run("verify", shop.package, *arguments) == code

    def test_no_strategy_fits(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        profile = _profile(capsys).replace("ram_bytes = 32_768", "ram_bytes = 10")
        (tmp_path / "small.toml").write_text(profile)

        assert build(shop, tmp_path / "out", "--device", tmp_path / "small.toml") == 1
        assert "no strategy fits" in error_line(capsys)
        assert not (tmp_path / "out").exists()

    def test_an_image_larger_than_the_slot(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        profile = _profile(capsys).replace("size_bytes = 0x0040_0000", "size_bytes = 0x1000")
        (tmp_path / "small.toml").write_text(profile)

        assert build(shop, tmp_path / "out", "--device", tmp_path / "small.toml") == 1
        assert "a slot 4096" in error_line(capsys)
        assert not (tmp_path / "out").exists()


class TestUsage:
    """Exit code 2: an option or an input file cannot be used; the line names it."""

    def test_a_missing_file(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        missing = tmp_path / "missing.bin"
        for arguments in (
            ("inspect", missing),
            ("verify", missing, "--trust", shop.trust),
            ("verify", shop.package, "--trust", missing),
            ("verify", shop.package, "--trust", shop.trust, "--base", missing),
            ("plan", "--base", shop.base, "--new", missing),
            ("plan", "--base", shop.base, "--new", shop.new, "--device", missing),
        ):
            assert run(*arguments) == 2
            assert "missing.bin" in error_line(capsys)

    def test_base_equal_to_new(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--key", shop.key, "--out", tmp_path / "out")

        assert run("build", "--base", shop.new, "--new", shop.new, *arguments) == 2
        assert "equal to the base image" in error_line(capsys)
        assert not (tmp_path / "out").exists()

    def test_an_empty_image(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "empty.bin").touch()

        assert run("plan", "--base", shop.base, "--new", tmp_path / "empty.bin") == 2
        assert "empty" in error_line(capsys)

    def test_an_image_that_is_not_what_its_name_says(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "image.hex").write_bytes(shop.base.read_bytes())

        assert run("plan", "--base", shop.base, "--new", tmp_path / "image.hex") == 2
        assert "image.hex" in error_line(capsys)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--link", "carrier-pigeon"),
            ("--link", "ble-1m", "--loss", "much"),
            ("--link", "ble-1m", "--loss", "1.5"),
            ("--link", "ble-1m", "--power-cuts", "1"),
        ],
    )
    def test_an_impossible_simulation(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
    ) -> None:
        assert run("simulate", shop.package, *arguments) == 2
        error_line(capsys)

    def test_an_unknown_engine(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, tmp_path / "out", "--engine", "magic") == 2
        assert "magic" in error_line(capsys)

    def test_an_unknown_option(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("inspect", "--nonsense") == 2
        assert "Traceback" not in capsys.readouterr().err

    def test_no_passphrase_and_no_terminal(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO())

        assert run("keys", "new", tmp_path / "key.pem") == 2
        assert "passphrase" in error_line(capsys)
        assert not list(tmp_path.iterdir())

    def test_a_profile_with_a_misspelt_key(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "device.toml").write_text(_profile(capsys).replace("cpu_hz", "cpu_mhz"))

        assert build(shop, tmp_path / "out", "--device", tmp_path / "device.toml") == 2
        assert "cpu_hz: missing" in error_line(capsys)

    def test_a_device_that_nobody_knows_names_those_that_are_built_in(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run("plan", "--base", shop.base, "--new", shop.new, "--device", "sensor-nod") == 2
        assert re.search(r"no built-in .*'sensor-nod' .*sensor-node", error_line(capsys))


class TestEnvironment:
    """Exit code 3: the machine cannot do it."""

    def test_an_output_folder_that_is_a_file(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert build(shop, shop.base) == 3
        assert str(shop.base) in error_line(capsys)


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


class TestHostileSurroundings:
    """Odd names, odd streams and odd inputs change no verdict and print no markup."""

    @pytest.mark.parametrize("name", ["x[/y].bin", "[red]x.bin", "u:smile:.bin", "ä b.bin"])
    def test_names_are_printed_as_they_are(
        self, shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        out = tmp_path / name
        out.parent.mkdir(exist_ok=True)
        arguments = ("--base", shop.base, "--trust", shop.trust, "--out", out)

        assert run("apply", shop.package, *arguments) == 0
        assert name in capsys.readouterr().out.replace("\n", "")

    def test_a_reader_that_has_seen_enough_is_no_rejection(self, shop: Workshop) -> None:
        airdelta = Path(sys.executable).parent / "airdelta"
        verify = f"{airdelta} verify {shop.package} --trust {shop.trust}"

        done = subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", f"{verify} | true"], check=False, timeout=60
        )

        assert done.returncode == 0

    @pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 3), (">&-", 0), ("2>&-", 0)])
    def test_closed_and_full_streams(self, shop: Workshop, redirection: str, code: int) -> None:
        airdelta = Path(sys.executable).parent / "airdelta"
        verify = f"{airdelta} verify {shop.package} --trust {shop.trust} {redirection}"

        assert (
            subprocess.run(["/bin/bash", "-c", verify], check=False, timeout=60).returncode == code
        )

    def test_a_link_that_gives_up_is_told_as_such(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--base", shop.base, "--trust", shop.trust, "--loss", "0.99")

        assert run("simulate", shop.package, "--link", "nbiot-ce0", *arguments) == 1
        assert "the link gave up" in capsys.readouterr().out

    def test_the_output_is_never_one_of_the_inputs(
        self, shop: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("--base", shop.base, "--trust", shop.trust)
        for out in (shop.base, shop.package, shop.trust):
            assert run("apply", shop.package, *arguments, "--out", out) == 2
            assert "itself" in error_line(capsys)

    def test_a_detached_package_can_be_inspected_without_its_payload(
        self, shop: Workshop, tmp_path: Path
    ) -> None:
        assert build(shop, tmp_path, "--detached") == 0
        (tmp_path / "update.payload").unlink()

        assert run("inspect", tmp_path / "update.suit") == 0

    def test_contradicting_options_are_usage_errors(self, shop: Workshop, tmp_path: Path) -> None:
        (tmp_path / "pw").write_text("secret")
        key = ("keys", "new", tmp_path / "k.pem", "--no-passphrase", "--passphrase-file")

        assert run(*key, tmp_path / "pw") == 2
        assert run("simulate", shop.package, "--link", "ble-1m", "--device", "generic") == 2
        assert run("keys", "new", ".", "--no-passphrase") == 2


def test_sign_and_verify_image_agree_and_refuse_a_changed_image(
    shop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(shop.new.read_bytes())
    signature = tmp_path / "image.bin.sig"
    check = ("verify-image", image, "--signature", signature, "--trust", shop.trust)

    assert run("sign", image, "--key", shop.key) == 0
    assert "openssl pkeyutl -verify" in capsys.readouterr().out
    assert run(*check) == 0
    image.write_bytes(b"another image")
    assert run(*check) == 1
    assert "no Ed25519 signature of this key" in capsys.readouterr().err
    assert run(*check, "--hash", "sha256") == 2
