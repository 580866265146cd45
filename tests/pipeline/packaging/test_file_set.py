"""Files appear all together and complete, or not at all."""

import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import EnvironmentProblem
from pipeline.packaging.file_set import write_files


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_all_files_are_written_and_folders_made(tmp_path: Path) -> None:
    write_files({tmp_path / "a" / "one": b"1", tmp_path / "a" / "two": b"2"})

    assert (tmp_path / "a" / "one").read_bytes() == b"1"
    assert (tmp_path / "a" / "two").read_bytes() == b"2"
    assert names_in(tmp_path / "a") == ["one", "two"]


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"before")

    write_files({tmp_path / "one": b"after"})

    assert (tmp_path / "one").read_bytes() == b"after"


def test_if_one_file_cannot_be_written_none_appears(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(EnvironmentProblem, match="two: cannot be written"):
        write_files({tmp_path / "one": b"1", tmp_path / "file" / "two": b"2"})

    assert names_in(tmp_path) == ["file"]


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()

    with pytest.raises(EnvironmentProblem, match="no regular file"):
        write_files({tmp_path / "one": b"1"})

    assert names_in(tmp_path) == ["one"]


def test_files_get_the_permissions_of_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_files({tmp_path / "one": b"1"})
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o640
