import os
from pathlib import Path

import pytest

from pipeline.errors import EnvironmentProblem, InputError
from pipeline.input_files import read_input_file


def read(path: Path) -> bytes:
    return read_input_file(path, "firmware image", 10)


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(b"0123456789")

    assert read(path) == b"0123456789"


def test_a_file_is_refused_from_one_byte_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(b"0123456789+")

    with pytest.raises(InputError, match=r"image\.bin: is larger than 10 bytes: no firmware image"):
        read(path)


def test_a_missing_file_is_named_with_advice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.bin: no such file: check the path"):
        read(tmp_path / "nowhere.bin")


def test_a_file_used_as_a_folder_is_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "file" / "image.bin")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory: give the firmware image in it"):
        read(tmp_path)


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "image.bin"
    os.mkfifo(pipe)

    with pytest.raises(InputError, match="is not a regular file"):
        read(pipe)


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="is not a path"):
        read(Path("image\0.bin"))


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (PermissionError(13, "Permission denied"), "permission denied: make it readable"),
        (OSError(5, "Input/output error"), r"cannot be read \(Input/output error\)"),
    ],
)
def test_what_the_system_refuses_is_a_problem_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: OSError, message: str
) -> None:
    # Raised by hand, since root may read everything.
    def refuse(*_: object) -> None:
        raise problem

    path = tmp_path / "image.bin"
    path.write_bytes(b"")
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(EnvironmentProblem, match=message):
        read(path)
