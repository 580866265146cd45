"""Writing several files so that either all of them appear, complete, or none changes."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from pipeline.errors import EnvironmentProblem


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its final place first, then move all of them there.

    Folders are created as needed. A file that exists is replaced.

    Raises:
        EnvironmentProblem: a folder or file cannot be written; nothing was replaced unless the
            last step itself, the moving, was interrupted.
    """
    with ExitStack() as cleanup:
        staged = [(_stage(path, data, cleanup), path) for path, data in files.items()]
        for temporary, path in staged:
            try:
                temporary.replace(path)
            except OSError as error:
                raise _problem(path, error) from error


def _stage(path: Path, data: bytes, cleanup: ExitStack) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise EnvironmentProblem(f"{path}: is a folder; give the name of a file")
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        cleanup.callback(_discard, temporary)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
    except OSError as error:
        raise _problem(path, error) from error
    return temporary


def _discard(temporary: Path) -> None:
    with suppress(FileNotFoundError):
        temporary.unlink()


def _umask() -> int:
    """Files get the permissions that any new file of this user gets; `mkstemp` gives fewer."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _problem(path: Path, error: OSError) -> EnvironmentProblem:
    return EnvironmentProblem(f"{path}: cannot be written ({error.strerror})")
