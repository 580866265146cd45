"""What commands refuse, with which exit code and which words, and what they leave alone."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.workshop import (
    Workshop,
    build,
    error_line,
    run,
)


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


def _profile(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert run("device", "show", "generic") == 0
    return capsys.readouterr().out
