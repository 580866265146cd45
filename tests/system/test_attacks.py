"""Attacks that cross the parts of the product; `docs/THREATS.md` lists all of them by number."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.errors import ApplyFailed, Rejected
from device_apply.lifecycle import LifecycleState
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from link_sim.errors import ImpossibleValueError
from link_sim.transports.ts004 import Version
from link_sim.transports.ts004_block import Block
from link_sim.transports.ts004_decoder import Decoder, max_lost_in_ram
from pipeline.cli.main import app
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.images.assembly import ImageLimits
from pipeline.images.reader import parse_image
from pipeline.packaging.file_set import write_files
from tests.device_apply.small_device import (
    BASE_COUNTER,
    FRAGMENT_BYTES,
    VERIFIER,
    base_image,
    booted_device,
    delta_manifest,
    delta_update,
    flip_bit,
    full_update,
    manifest_for,
    new_image,
    seal,
    small_profile,
    untouched_flash,
)
from tests.system.workshop import make_workshop, run

CHUNK_BYTES = 128


def deliver(device: SimulatedDevice, payload: bytes, fragment_bytes: int = FRAGMENT_BYTES) -> None:
    for index in device.missing():
        device.receive(index, payload[index * fragment_bytes :][:fragment_bytes])


def full_manifest() -> Manifest:
    return manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)


class TestWrongBase:
    @pytest.mark.parametrize("bit", [0, 8 * 1200 + 3, 8 * 2400 - 1])
    def test_a_base_image_that_differs_in_one_bit_is_refused_before_the_first_write(
        self, bit: int
    ) -> None:
        similar = bytearray(base_image())
        similar[bit // 8] ^= 1 << bit % 8
        device = SimulatedDevice(small_profile(), VERIFIER)
        device.provision(bytes(similar), security_counter=BASE_COUNTER)
        device.boot()

        with untouched_flash(device), pytest.raises(Rejected, match=r"^base image"):
            device.offer(delta_update().head, FRAGMENT_BYTES)


class TestSwapped:
    """What was verified is what is used."""

    def test_a_payload_that_is_swapped_after_its_check_never_boots(self) -> None:
        device = booted_device()
        device.offer(full_update().head, FRAGMENT_BYTES)
        deliver(device, full_update().payload)
        while device.state.lifecycle is not LifecycleState.VERIFIED:
            device.bench.install_slice()
        flip_bit(device, self._last_byte_of(device, new_image()[:FRAGMENT_BYTES]))

        with pytest.raises(ApplyFailed):
            device.install()
        assert device.boot().image == SizedDigest.of(base_image())

    @staticmethod
    def _last_byte_of(device: SimulatedDevice, fragment: bytes) -> int:
        area = small_profile().layout.download
        at = device.bench.read_flash(area.offset, area.size_bytes).index(fragment)
        return area.offset + at + len(fragment) - 1

    def test_the_head_of_one_release_takes_no_payload_of_another(self) -> None:
        """Mix and match: both are signed, and of the same size."""
        other = bytes(reversed(new_image()))
        device = booted_device()
        device.offer(full_update().head, FRAGMENT_BYTES)
        deliver(device, full_update(other).payload)

        with pytest.raises(Rejected, match=r"^payload"):
            device.install()
        assert device.boot().image == SizedDigest.of(base_image())

    def test_pieces_of_another_package_are_asked_for_again_and_the_rest_is_kept(self) -> None:
        wanted = full_update(chunk_bytes=CHUNK_BYTES)
        other = full_update(bytes(reversed(new_image())), chunk_bytes=CHUNK_BYTES)
        device = booted_device()
        device.offer(wanted.head, CHUNK_BYTES)
        everything = list(device.missing())
        foreign = everything[3:6]
        for index in everything:
            payload = other.payload if index in foreign else wanted.payload
            device.receive(index, payload[index * CHUNK_BYTES :][:CHUNK_BYTES])
        assert list(device.missing()) == foreign

        deliver(device, wanted.payload, CHUNK_BYTES)
        device.install()
        assert device.boot().image == SizedDigest.of(new_image())


GATE: dict[str, tuple[str, Callable[[Manifest], Manifest]]] = {
    "vendor": ("^device class", lambda m: replace(m, class_id=class_id(bytes(16), "sensor"))),
    "class": (
        "^device class",
        lambda m: replace(m, class_id=class_id(vendor_id("vendor.example"), "other")),
    ),
    "counter": ("^security counter", lambda m: replace(m, security_counter=BASE_COUNTER - 1)),
    "slot": ("^slot", lambda m: replace(m, slot=1)),
}


class TestOneGate:
    """A full image is checked like a patch: there is no other way in."""

    @pytest.mark.parametrize("manifest", [full_manifest(), delta_manifest()], ids=["full", "patch"])
    @pytest.mark.parametrize("what", GATE)
    def test_a_full_image_and_a_patch_pass_the_same_gate(
        self, what: str, manifest: Manifest
    ) -> None:
        said, change = GATE[what]
        device = booted_device()

        with untouched_flash(device), pytest.raises(Rejected, match=said):
            device.offer(seal(change(manifest)), FRAGMENT_BYTES)

    @pytest.mark.parametrize(
        "uri", ["dev", "0.0.0-dev", "nightly", "unsigned", "debug?skip-verify=1", "#"]
    )
    def test_no_word_in_a_package_turns_the_signature_off(self, uri: str) -> None:
        """The only text of a manifest is where its payload is; versions are no part of it."""
        stranger = Ed25519PrivateKey.generate()
        head = seal(replace(full_manifest(), payload_uri=uri), stranger)
        device = booted_device()

        with untouched_flash(device), pytest.raises(Rejected, match=r"^signature"):
            device.offer(head, FRAGMENT_BYTES)

    def test_no_option_of_the_command_turns_a_check_off(self) -> None:
        forbidden = ("insecure", "unsafe", "skip", "force", "ignore", "unsigned", "no-verify")
        options = _options_of(typer.main.get_command(app))

        assert len(options) > 50
        assert [option for option in options if any(word in option for word in forbidden)] == []


class TestFiles:
    @pytest.mark.parametrize("name", ["../../escaped.bin", "/etc/escaped.bin", "a/../../b.bin"])
    def test_names_inside_an_archive_never_become_paths(
        self, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The archive's files are read in memory: a name finds an entry, or nothing."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            entry = f'{{"files": [{{"file": "{name}", "type": "application"}}]}}'
            archive.writestr("manifest.json", entry)
            archive.writestr(name, base_image())
        inner = tmp_path / "inner"
        inner.mkdir()
        monkeypatch.chdir(inner)

        image = parse_image("a.zip", buffer.getvalue(), ImageLimits())

        assert image.data == base_image()
        assert list(tmp_path.rglob("*")) == [inner]

    def test_an_image_inside_an_archive_is_never_taken_from_the_disk(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.bin"
        secret.write_bytes(base_image())
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            entry = f'{{"files": [{{"file": "{secret}", "type": "application"}}]}}'
            archive.writestr("manifest.json", entry)

        with pytest.raises(InputError, match=r"without the .* that it names"):
            parse_image("a.zip", buffer.getvalue(), ImageLimits())

    def test_an_output_that_leads_to_a_device_or_a_folder_is_refused(self, tmp_path: Path) -> None:
        for target in (Path("/dev/null"), tmp_path):
            link = tmp_path / "image.bin"
            link.symlink_to(target)
            with pytest.raises(EnvironmentProblem, match="no regular file"):
                write_files({link: b"x"})
            link.unlink()

    def test_a_file_that_waits_in_the_output_folder_is_not_written_through(
        self, tmp_path: Path
    ) -> None:
        """Temporary files have names that nobody knows, and are never opened if they exist."""
        victim = tmp_path / "victim"
        victim.write_bytes(b"precious")
        out = tmp_path / "out"
        out.mkdir()
        for name in (".airdelta.", ".airdelta", "image.bin.tmp", "image.bin~"):
            (out / name).symlink_to(victim)

        write_files({out / "image.bin": b"new"})

        assert victim.read_bytes() == b"precious"


class TestFragmentation:
    """A session that a radio's fragmentation cannot hold is refused when it is set up."""

    @pytest.mark.parametrize(
        "session",
        [
            lambda: Block.from_bytes(b"", 50),
            lambda: Block.from_bytes(b"x", 0),
            lambda: Block.from_bytes(bytes(16384), 1),
            lambda: Block.from_bytes(b"x", 256),
            lambda: Decoder(0, Version.V2),
            lambda: Decoder(16384, Version.V2),
            lambda: max_lost_in_ram(100, 1000, 50),
        ],
        ids=["nothing", "size 0", "too many", "too large", "count 0", "count", "no room"],
    )
    def test_an_impossible_fragmentation_session_is_refused_at_its_set_up(
        self, session: Callable[[], object]
    ) -> None:
        with pytest.raises(ImpossibleValueError):
            session()


class TestTinyImages:
    @pytest.mark.parametrize(("base", "new"), [(b"\x01", b"\x02"), (b"\x01", b"\x01\x02\x03")])
    def test_images_of_one_byte_are_updated(self, tmp_path: Path, base: bytes, new: bytes) -> None:
        shop = make_workshop(tmp_path)
        shop.base.write_bytes(base)
        shop.new.write_bytes(new)
        out = shop.folder / "rebuilt.bin"

        arguments = ("--base", shop.base, "--new", shop.new, "--key", shop.key)
        assert run("build", *arguments, "--out", shop.package.parent) == 0
        applied = ("--base", shop.base, "--trust", shop.trust, "--out", out)
        package = next(shop.package.parent.glob("*.suit"))
        assert run("apply", package, *applied) == 0
        assert out.read_bytes() == new


def _options_of(command: object) -> list[str]:
    """Return every option of a command and of those below it."""
    own = [option for one in getattr(command, "params", []) for option in one.opts]
    below = getattr(command, "commands", {}).values()
    return own + [option for child in below for option in _options_of(child)]
