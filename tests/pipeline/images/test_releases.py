"""Released versions: their order, their files, and what is no release."""

import random
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.images.releases import parse_release, read_releases, release_files, version_key


def test_versions_are_ordered_as_people_do() -> None:
    ordered = ["1.9", "1.10-beta2", "1.10-beta10", "1.10-rc1", "1.10", "1.10.1", "v2.0.0", "10.0"]
    shuffled = random.Random(3).sample(ordered, len(ordered))

    assert sorted(shuffled, key=version_key) == ordered


def test_the_file_that_says_most_is_taken_of_each_version(tmp_path: Path) -> None:
    for name in ("1.0.bin", "1.0.hex", "1.1.bin", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "2.0.elf").mkdir()

    assert dict(release_files(tmp_path)) == {
        "1.0": tmp_path / "1.0.hex",
        "1.1": tmp_path / "1.1.bin",
    }


def test_releases_are_read_oldest_first(tmp_path: Path) -> None:
    for version in ("1.10", "1.9"):
        (tmp_path / f"{version}.bin").write_bytes(version.encode())

    releases = read_releases(release_files(tmp_path))

    assert [(r.version, r.image.data) for r in releases] == [("1.9", b"1.9"), ("1.10", b"1.10")]


@pytest.mark.parametrize("text", ["1.0", "=x.bin", "1.0=", ""])
def test_a_release_needs_version_and_image(text: str) -> None:
    with pytest.raises(InputError, match="give VERSION=IMAGE"):
        parse_release(text)


def test_a_version_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"release 1\.0: is given twice"):
        read_releases([("1.0", tmp_path / "a"), ("1.0", tmp_path / "b")])


def test_a_folder_without_releases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no release"):
        release_files(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        release_files(tmp_path / "missing")
