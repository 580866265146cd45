"""Where a repository lives: a local folder or any object store (`obstore`).

Everything but the newest timestamp is written once and never replaced, so caches may keep it for
ever and a half-finished publication changes nothing that a client sees.
"""

from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from pipeline.errors import EnvironmentProblem, InputError, Refused

_REMOTE: Final = "://"


class Store:
    """Named bytes, most of them immutable."""

    def __init__(self, location: str) -> None:
        """Open a folder, or an object store by its URL (`s3://bucket/prefix`, `gs://`, `az://`).

        Credentials come from the environment, as each provider's own tools take them.

        Raises:
            InputError: the location cannot be a store.
        """
        self.location = location
        self._store = _open(location)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None if there are none.

        Raises:
            EnvironmentProblem: the store does not answer or does not let us.
        """
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as problem:
            raise self._problem(name, problem) from problem

    def write_once(self, name: str, data: bytes) -> None:
        """Write a name that never changes; writing the same bytes again does nothing.

        Raises:
            Refused: the name has other bytes already.
            EnvironmentProblem: the store does not answer or does not let us.
        """
        try:
            obstore.put(self._store, name, data, mode="create")
        except AlreadyExistsError as problem:
            if self.read(name) != data:
                raise Refused(
                    f"{self.location}: {name} is there with other bytes: somebody else published"
                    " meanwhile, run the command again"
                ) from problem
        except (BaseError, OSError) as problem:
            raise self._problem(name, problem) from problem

    def replace(self, name: str, data: bytes) -> None:
        """Write a name that may change: the newest timestamp.

        Raises:
            EnvironmentProblem: the store does not answer or does not let us.
        """
        try:
            obstore.put(self._store, name, data)
        except (BaseError, OSError) as problem:
            raise self._problem(name, problem) from problem

    def _problem(self, name: str, problem: Exception) -> EnvironmentProblem:
        return EnvironmentProblem(f"{self.location}: {name}: {problem}")


def _open(location: str) -> ObjectStore:
    try:
        if _REMOTE in location:
            return from_url(location)
        return LocalStore(Path(location), mkdir=True)
    except (BaseError, ValueError, OSError) as problem:
        raise InputError(f"{location}: cannot be opened as a store ({problem})") from problem
