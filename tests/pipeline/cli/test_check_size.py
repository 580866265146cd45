"""`airdelta check-size`: what it says and with which code it ends, case by case."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.cli import check_size
from pipeline.cli.main import main
from tests.json_schemas import expect_documented
from tests.pipeline.size_gate.gate_folder import (
    FUNCTION_BYTES,
    NEW,
    RELEASED,
    GateFolder,
    budget,
    make_elf,
    make_gate_folder,
)

NEW_BYTES = FUNCTION_BYTES * len(NEW)
GROWTH = budget("image", "max_growth_bytes = 100")
BASELINE_OF = (
    '{"schema": "airdelta-size-baseline-1", "image": {"sha256": "", "size_bytes": 1}, '
    '"device": "sensor-node", "symbols": {}, "values": %s}'
)


@contextmanager
def _threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GateFolder:
    monkeypatch.setattr(check_size, "process_executor", _threads)
    for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN", "AIRDELTA_TODAY"):
        monkeypatch.delenv(variable, raising=False)
    return make_gate_folder(tmp_path)


def check(folder: GateFolder, *options: object) -> int:
    return main(["check-size", "--config", str(folder.config), *(str(o) for o in options)])


def write_baseline(folder: GateFolder, functions: list[str]) -> None:
    """Write the baseline of another new image."""
    image = folder.path / "before.elf"
    image.write_bytes(make_elf(functions))
    assert check(folder, "--new", image, "--write-baseline", folder.baseline) == 0


class TestTheSevenCases:
    def test_over_budget_ends_with_1_and_says_by_how_much_and_why(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(GROWTH, settings='baseline = "size-baseline.json"')
        write_baseline(folder, RELEASED)

        assert check(folder) == 1
        out = capsys.readouterr().out
        assert "image: grew by 200 bytes to 4,200 bytes, 100 bytes are allowed" in out
        assert "added_filter" in out

    def test_under_budget_ends_with_0(self, folder: GateFolder) -> None:
        folder.write_budgets(
            budget("image", f"max_bytes = {NEW_BYTES}", "max_growth_percent = 5.0"),
            budget("delta", "max_bytes = 1500"),
            budget("delivery", 'link = "eu868-dr5"', "max_s = 600"),
            budget("device-ram", "max_bytes = 16384"),
            settings='baseline = "size-baseline.json"',
        )
        write_baseline(folder, RELEASED)

        assert check(folder) == 0

    def test_a_missing_baseline_ends_with_2_and_says_how_to_make_one(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(GROWTH)

        assert check(folder, "--baseline", folder.baseline) == 2
        assert "missing baseline" in (err := capsys.readouterr().err)
        assert "--write-baseline" in err
        assert check(folder) == 2
        assert "no baseline is given" in capsys.readouterr().err

    def test_a_baseline_for_another_device_ends_with_2(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(GROWTH)
        write_baseline(folder, RELEASED)

        assert check(folder, "--baseline", folder.baseline, "--device", "generic") == 2
        assert "was measured for device 'sensor-node', not 'generic'" in capsys.readouterr().err

    def test_a_baseline_that_lacks_the_item_ends_with_2(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("image", "max_bytes = 9999"))
        write_baseline(folder, RELEASED)
        folder.write_budgets(budget("delta", "max_growth_bytes = 10"))

        assert check(folder, "--baseline", folder.baseline) == 2
        assert "the baseline has no 'delta/1.0.0'" in capsys.readouterr().out

    def test_a_baseline_of_zero_is_not_divided_by(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("image", "max_growth_percent = 1000"))
        write_baseline(folder, RELEASED)
        document = json.loads(folder.baseline.read_text())
        document["values"]["image"] = 0
        folder.baseline.write_text(json.dumps(document))

        assert check(folder, "--baseline", folder.baseline) == 2
        assert "the baseline of 'image' is 0" in capsys.readouterr().out

    def test_an_override_holds_until_its_day_and_not_longer(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(
            budget("image", "max_bytes = 4000"),
            '[[size.override]]\nbudget = "image"\nmax_bytes = 5000\nreason = "new radio"\n'
            "expires = 2027-01-31\n",
        )

        assert check(folder, "--today", "2027-01-31") == 0
        assert "overridden until 2027-01-31: new radio" in capsys.readouterr().out
        assert check(folder, "--today", "2027-02-01") == 1
        assert "its override expired on 2027-01-31 (new radio)" in capsys.readouterr().out

    def test_a_fork_without_token_gets_verdict_annotations_and_summary(
        self,
        folder: GateFolder,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder.write_budgets(budget("image", "max_bytes = 4000"))
        summary = folder.path / "summary.md"
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

        assert check(folder) == 1
        annotation = f"::error file={folder.config},line=6,title=airdelta check-size%3A image::"
        assert annotation in capsys.readouterr().err
        assert "over budget" in summary.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            '{"schema": "airdelta-size-baseline-1"}',
            BASELINE_OF % '{"image": "many"}',
            BASELINE_OF % '{"image": NaN}',
            BASELINE_OF % '{"image": -1}',
        ],
    )
    def test_a_corrupt_baseline_ends_with_2(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        folder.write_budgets(GROWTH)
        folder.baseline.write_text(text)

        assert check(folder, "--baseline", folder.baseline) == 2
        assert "corrupt baseline" in capsys.readouterr().err


class TestWhy:
    def test_an_update_over_budget_is_explained(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("delta", "max_bytes = 400"))
        report = folder.path / "report.md"

        assert check(folder, "--markdown", report) == 1
        out = capsys.readouterr().out
        assert "Why the patch from 1.0.0 has" in out
        assert "1 new function, 200 bytes of code: added_filter" in out
        assert "1 new function" in report.read_text(encoding="utf-8")
        assert check(folder, "--json") == 1
        document = json.loads(capsys.readouterr().out)
        expect_documented(document)
        (reason,) = document["reasons"]
        assert reason["causes"][0]["cause"] == "new functions"


class TestNeverAPassByAccident:
    def test_an_image_that_is_not_there_could_not_be_measured(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("image", "max_bytes = 9999"))

        assert check(folder, "--new", folder.path / "not-built.elf") == 3
        assert "could not measure" in capsys.readouterr().err

    def test_an_image_larger_than_a_slot_is_over_every_budget(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("delta", "max_bytes = 10_000_000"))
        (folder.path / "new.bin").write_bytes(bytes(200 * 1024))

        assert check(folder, "--new", folder.path / "new.bin") == 1
        assert "no package that the device can apply exists" in capsys.readouterr().out

    def test_a_misspelt_limit_is_refused(self, folder: GateFolder) -> None:
        folder.write_budgets(budget("image", "max_bytes = 1", "max_grwth_bytes = 1"))

        assert check(folder) == 2

    def test_a_budget_about_releases_needs_a_release(self, folder: GateFolder) -> None:
        folder.write_budgets(budget("delta", 'release = "3.0.0"', "max_bytes = 1"))

        assert check(folder) == 2

    def test_a_summary_that_cannot_be_written_changes_no_verdict(
        self, folder: GateFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder.write_budgets(budget("image", "max_bytes = 4000"))
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder.path / "no" / "such" / "folder"))

        assert check(folder) == 1
        folder.write_budgets(budget("image", "max_bytes = 9999"))
        assert check(folder) == 0

    def test_errors_are_annotated_too(
        self,
        folder: GateFolder,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder.write_budgets(GROWTH)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")

        assert check(folder) == 2
        assert "::error title=airdelta check-size::" in capsys.readouterr().err


class TestWhatIsMeasured:
    def test_full_images_need_no_release_even_where_each_slot_has_its_address(
        self, folder: GateFolder
    ) -> None:
        folder.config.write_text(
            '[size]\ndevice = "sensor-node-xip"\n' + budget("full-image", "max_bytes = 40_000")
        )
        images = Path(__file__).parents[3] / "sample_firmware" / "images"

        assert check(folder, "--new", images / "sensor-node-cm3-1.1.0.elf") == 0
        assert check(folder, "--new", images / "sensor-node-cm3-slotb-1.1.0.elf") == 0

    def test_a_release_that_is_the_new_image_needs_no_update(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(budget("delta", "max_bytes = 1", "max_growth_bytes = 0"))
        write_baseline(folder, NEW)

        released = folder.path / "releases" / "1.0.0.elf"
        assert check(folder, "--new", released, "--baseline", folder.baseline) == 0
        assert "no update is needed" in capsys.readouterr().out

    def test_the_delta_is_the_package_that_build_makes(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder.write_budgets(
            budget("delta", "max_bytes = 9999"), budget("full-image", "max_bytes = 9999")
        )
        key = folder.path / "key.pem"
        assert main(["keys", "new", str(key), "--no-passphrase"]) == 0
        options = ["--base", "releases/1.0.0.elf", "--new", "new.elf", "--device", "device.toml"]
        paths = [o if o.startswith("--") else str(folder.path / o) for o in options]
        out = folder.path / "out"
        assert main(["build", *paths, "--key", str(key), "--out", str(out)]) == 0
        capsys.readouterr()

        assert check(folder, "--json") == 0
        verdicts = json.loads(capsys.readouterr().out)["verdicts"]
        values = {verdict["item"]: verdict["value"] for verdict in verdicts}
        assert values["delta/1.0.0"] == (out / "update.suit").stat().st_size
        assert values["full-image"] > NEW_BYTES

    def test_a_folder_of_releases_is_a_baseline(
        self, folder: GateFolder, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder.path / "releases" / "1.1.0.elf").write_bytes(make_elf([*RELEASED, "later"]))
        folder.write_budgets(
            budget("delta", "max_growth_bytes = 1"), budget("image", "max_growth_bytes = 0")
        )

        code = check(folder, "--baseline", folder.path / "releases", "--json")
        document = json.loads(capsys.readouterr().out)
        by_item = {verdict["item"]: verdict for verdict in document["verdicts"]}
        assert code == 1
        assert "release 1.1.0" in document["baseline"]
        assert by_item["image"]["growth"] == 0
        assert by_item["delta/1.1.0"]["baseline"] == by_item["delta/1.0.0"]["baseline"]
        assert by_item["delta/1.1.0"]["status"] == "over"

    def test_a_baseline_that_is_written_twice_is_the_same(self, folder: GateFolder) -> None:
        folder.write_budgets(budget("delta", "max_bytes = 1"))
        write_baseline(folder, RELEASED[:-1])
        first = folder.baseline.read_bytes()
        expect_documented(json.loads(first))
        write_baseline(folder, RELEASED[:-1])

        assert folder.baseline.read_bytes() == first
