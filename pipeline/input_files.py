"""Reading a file that the user named: its bytes, or one line that says why not and what to do."""

import stat
from pathlib import Path

from pipeline.errors import EnvironmentProblem, InputError


def read_input_file(path: Path, what: str, max_bytes: int) -> bytes:
    """Return the contents of `path`, which should be a `what` of at most `max_bytes`.

    Raises:
        InputError: it is not there, not a regular file, or too large.
        EnvironmentProblem: the system does not let it be read.
    """
    try:
        # Asked first: opening a named pipe would wait for a writer, a device may never end.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path}: is a directory: give the {what} in it")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path}: is not a regular file: copy the {what} to a file first")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise InputError(f"{path}: no such file: check the path of the {what}") from problem
    except PermissionError as problem:
        raise EnvironmentProblem(
            f"{path}: permission denied: make it readable for this user"
        ) from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise EnvironmentProblem(f"{path}: cannot be read ({reason})") from problem
    except ValueError as problem:  # a NUL in the path
        raise InputError(f"{str(path)!r}: is not a path: {problem}") from problem
    if len(data) > max_bytes:
        raise InputError(f"{path}: is larger than {max_bytes} bytes: no {what} that is usable here")
    return data
