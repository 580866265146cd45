"""Writing several files: all are complete on disk before the first of them appears.

Only the moves at the very end are not one operation.
"""

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
        # a link stays a link: what it leads to is written
        targets = {path.resolve(): data for path, data in files.items()}
        staged = [(_stage(path, data, cleanup), path) for path, data in targets.items()]
        for temporary, path in staged:
            try:
                temporary.replace(path)
            except OSError as error:
                raise _problem(path, error) from error


def _stage(path: Path, data: bytes, cleanup: ExitStack) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise EnvironmentProblem(f"{path}: is no regular file; give the name of one")
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".airdelta.")
        temporary = Path(name)
        cleanup.callback(_discard, temporary)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
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
