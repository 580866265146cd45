"""Documents in TOML, the built-in ones among them: `link_sim/profiles` and `link_sim/tariffs`."""

import tomllib
from importlib import resources

from link_sim.errors import UnreadableTextError
from link_sim.fields import Fields

_SUFFIX = ".toml"


def builtin_names(folder: str) -> list[str]:
    """Return the names of the documents in a folder of the package, sorted."""
    entries = (resources.files("link_sim") / folder).iterdir()
    return sorted(
        entry.name.removesuffix(_SUFFIX) for entry in entries if entry.name.endswith(_SUFFIX)
    )


def builtin_text(folder: str, name: str) -> str:
    """Return a document that `builtin_names` lists."""
    path = resources.files("link_sim") / folder / f"{name}{_SUFFIX}"
    return path.read_text(encoding="utf-8")


def parse_toml(text: str) -> Fields:
    """Read a document, whoever wrote it.

    Raises:
        UnreadableTextError: not TOML.
    """
    try:
        return Fields(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableTextError(f"not TOML: {error}") from error
