"""The matrix of updates: which there are, which are kept, and what takes no other with it."""

import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.cli import matrix
from pipeline.cli.main import main
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage, ImageFormat
from pipeline.images.releases import Release, split_variant
from pipeline.matrix.cells import plan_cells
from tests.json_schemas import expect_documented
from tests.pipeline.size_gate.gate_folder import make_gate_folder

IMAGE = random.Random(1).randbytes(1500) * 2


def release(version: str, data: bytes | None = None) -> Release:
    image = FirmwareImage(
        name=version,
        data=version.encode() if data is None else data,
        load_address=None,
        source_format=ImageFormat.BINARY,
    )
    return Release(version=version, image=image)


class TestCells:
    def test_each_variant_gets_every_older_release_and_a_full_image(self) -> None:
        variants = {v: [release(n) for n in ("1.0", "1.1", "2.0")] for v in ("eu", "us")}

        assert [cell.stem for cell in plan_cells(variants)] == [
            "eu/update-1.0-to-2.0",
            "eu/update-1.1-to-2.0",
            "eu/full-2.0",
            "us/update-1.0-to-2.0",
            "us/update-1.1-to-2.0",
            "us/full-2.0",
        ]

    def test_there_is_no_way_back_and_none_between_equal_images(self) -> None:
        releases = [release("1.0", b"a"), release("1.1", b"b"), release("1.2", b"b")]

        cells = plan_cells({"": releases}, ["1.0", "1.1", "1.2"])
        assert [cell.label for cell in cells] == [
            "1.0 to 1.1",
            "full image to 1.1",
            "1.0 to 1.2",
            "full image to 1.2",
        ]

    def test_what_cannot_be_planned_is_refused(self) -> None:
        with pytest.raises(InputError, match=r"--to 3\.0: no such release"):
            plan_cells({"": [release("1.0"), release("2.0")]}, ["3.0"])
        with pytest.raises(InputError, match="at least two releases"):
            plan_cells({"eu": [release("1.0")], "us": [release("2.0")]})

    @pytest.mark.parametrize("name", ["../1.0", "a/b/1.0", "/1.0", "1.0/", ".hidden", "a b"])
    def test_names_that_lead_elsewhere_are_refused(self, name: str) -> None:
        with pytest.raises(InputError, match="cannot be part of a file's name"):
            split_variant(name)


@contextmanager
def _threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def edited(image: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    at = rng.randrange(len(image) - 50)
    return image[:at] + rng.randbytes(20) + image[at + 12 :]


class Product:
    """A folder of releases, a key, and the command."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        make_gate_folder(folder)
        self.device = folder / "device.toml"
        self.releases = folder / "products"
        self.out = folder / "out"
        self.key = folder / "key.pem"
        self.capsys = capsys
        self.releases.mkdir()
        assert main(["keys", "new", str(self.key), "--no-passphrase"]) == 0

    def put(self, version: str, data: bytes) -> None:
        path = self.releases / f"{version}.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)

    def build(self, *more: str, code: int = 0) -> dict[str, dict[str, object]]:
        """Run the command and return its updates by name."""
        options: Sequence[Path | str] = (
            *("--releases", self.releases, "--out", self.out),
            *("--key", self.key, "--device", self.device, "--json"),
        )
        self.capsys.readouterr()
        assert main(["matrix", *map(str, options), *more]) == code
        updates = json.loads(self.capsys.readouterr().out)["updates"]
        return {f"{one['variant']}/{one['from']}-{one['to']}": one for one in updates}


@pytest.fixture
def product(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Product:
    monkeypatch.setattr(matrix, "process_executor", _threads)
    return Product(tmp_path, capsys)


def fates(updates: dict[str, dict[str, object]]) -> dict[str, object]:
    return {name: update["fate"] for name, update in updates.items()}


class TestBuilding:
    def test_a_second_run_builds_only_what_changed(self, product: Product) -> None:
        for variant in ("eu", "us"):
            product.put(f"{variant}/1.0", IMAGE)
            product.put(f"{variant}/1.1", edited(IMAGE, 1))
        assert set(fates(product.build()).values()) == {"built"}
        before = {path: path.read_bytes() for path in product.out.rglob("*") if path.is_file()}
        assert len(before) == 9

        assert set(fates(product.build()).values()) == {"kept"}
        assert {p: p.read_bytes() for p in product.out.rglob("*") if p.is_file()} == before
        product.put("us/1.1", edited(IMAGE, 2))
        assert fates(product.build()) == {
            "eu/1.0-1.1": "kept",
            "eu/None-1.1": "kept",
            "us/1.0-1.1": "built",
            "us/None-1.1": "built",
        }

    def test_a_damaged_or_missing_package_is_built_again(self, product: Product) -> None:
        product.put("1.0", IMAGE)
        product.put("1.1", edited(IMAGE, 1))
        product.put("1.2", edited(IMAGE, 2))
        product.build()
        damaged = product.out / "update-1.0-to-1.2.suit"
        package = damaged.read_bytes()
        damaged.write_bytes(package[:-1] + b"\x00")
        (product.out / "update-1.1-to-1.2.suit").unlink()

        assert fates(product.build()) == {
            "/1.0-1.2": "built",
            "/1.1-1.2": "built",
            "/None-1.2": "kept",
        }
        assert damaged.read_bytes() == package

    def test_what_a_package_depends_on_is_noticed(self, product: Product) -> None:
        product.put("1.0", IMAGE)
        product.put("1.1", edited(IMAGE, 1))
        product.build()

        assert set(fates(product.build("--security-counter", "3")).values()) == {"built"}
        assert set(fates(product.build("--security-counter", "3")).values()) == {"kept"}
        assert main(["keys", "new", str(product.key), "--no-passphrase"]) == 2
        product.key.unlink()
        product.key.with_suffix(".pub.pem").unlink()
        assert main(["keys", "new", str(product.key), "--no-passphrase"]) == 0
        assert set(fates(product.build("--security-counter", "3")).values()) == {"built"}
        assert set(fates(product.build("--security-counter", "3", "--rebuild")).values()) == {
            "built"
        }

    def test_a_delta_that_saves_nothing_is_dropped_with_a_note(self, product: Product) -> None:
        product.put("1.0", random.Random(3).randbytes(900))
        product.put("2.0", random.Random(4).randbytes(900))

        updates = product.build()
        assert fates(updates) == {"/1.0-2.0": "dropped", "/None-2.0": "built"}
        assert "smaller than the full image" in str(updates["/1.0-2.0"]["note"])
        assert not (product.out / "update-1.0-to-2.0.suit").exists()
        expect_documented(json.loads((product.out / "matrix.json").read_text()))
        assert fates(product.build()) == {"/1.0-2.0": "kept", "/None-2.0": "kept"}

    def test_what_cannot_be_built_takes_no_other_with_it(self, product: Product) -> None:
        product.put("eu/1.0", IMAGE)
        product.put("eu/1.1", edited(IMAGE, 1))
        product.put("us/1.0", IMAGE)
        product.put("us/1.1", bytes(200 * 1024))

        updates = product.build(code=1)
        assert fates(updates) == {
            "eu/1.0-1.1": "built",
            "eu/None-1.1": "built",
            "us/1.0-1.1": "refused",
            "us/None-1.1": "dropped",
        }
        assert "can take no full image" in str(updates["us/None-1.1"]["note"])
        assert (product.out / "eu" / "update-1.0-to-1.1.suit").exists()
        assert fates(product.build(code=1))["us/1.0-1.1"] == "refused"

    def test_a_device_with_one_slot_lives_on_patches_alone(self, product: Product) -> None:
        image = random.Random(7).randbytes(30_000)
        product.put("1.0", image)
        product.put("1.1", edited(image, 1))

        assert fates(product.build("--device", "sensor-node-in-place")) == {
            "/1.0-1.1": "built",
            "/None-1.1": "dropped",
        }

    def test_a_signature_made_elsewhere_is_waited_for(self, product: Product) -> None:
        product.put("1.0", IMAGE)
        product.put("1.1", edited(IMAGE, 1))
        public = f"external:{product.key.with_suffix('.pub.pem')}"

        updates = product.build("--key", public, code=1)
        assert set(fates(updates).values()) == {"waiting"}
        assert len(list(product.out.glob("*.tbs"))) == 2

    def test_the_terminal_gets_a_table_and_the_notes(self, product: Product) -> None:
        product.put("1.0", random.Random(3).randbytes(900))
        product.put("2.0", random.Random(4).randbytes(900))
        options = ("--releases", product.releases, "--out", product.out, "--key", product.key)
        product.capsys.readouterr()

        assert main(["matrix", *map(str, options), "--device", str(product.device)]) == 0
        out = product.capsys.readouterr().out
        assert "1.0 to 2.0: no patch that the device can apply is smaller" in out
        assert "2 updates: 1 built, 1 dropped" in out

    def test_releases_come_from_options_or_a_folder_but_not_both(self, product: Product) -> None:
        product.put("1.0", IMAGE)
        options = ("--out", product.out, "--key", product.key)

        assert main(["matrix", *map(str, options)]) == 2
        both = ["--releases", str(product.releases), "--release", "1.0=x"]
        assert main(["matrix", *map(str, options), *both]) == 2

    def test_all_pairs_are_built_on_request(self, product: Product) -> None:
        for number in range(3):
            product.put(f"1.{number}", edited(IMAGE, number))

        assert list(product.build("--to", "all")) == [
            "/1.0-1.1",
            "/None-1.1",
            "/1.0-1.2",
            "/1.1-1.2",
            "/None-1.2",
        ]

    def test_a_file_that_is_no_index_is_not_overwritten(self, product: Product) -> None:
        product.put("1.0", IMAGE)
        product.put("1.1", edited(IMAGE, 1))
        product.out.mkdir()
        index = product.out / "matrix.json"
        for text in ("[]", "{}", '{"schema": "other", "updates": []}', "not JSON"):
            index.write_text(text)
            with pytest.raises(json.JSONDecodeError):
                product.build(code=2)
            assert index.read_text() == text
