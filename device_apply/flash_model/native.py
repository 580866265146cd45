"""The compiled flash model: its header, its sources and how it is found."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, cast

FOLDER: Final = Path("device_apply/flash_model")
"""From the root of the source tree, as setuptools wants it."""
SOURCES: Final = (FOLDER / "cells.c", FOLDER / "flash_model.c")
INCLUDE_FOLDERS: Final = (FOLDER,)
EXTENSION: Final = "device_apply.flash_model._flash_model"

HEADERS: Final = (FOLDER / "flash_model.h",)
"""What declares its functions."""


class Native(Protocol):
    """A compiled library: what a cffi extension module offers."""

    @property
    def ffi(self) -> Any:  # noqa: ANN401 (cffi makes its types from the declarations)
        """Makes and converts C data."""
        ...

    @property
    def lib(self) -> Any:  # noqa: ANN401 (as above)
        """Holds the functions."""
        ...


def installed_flash_model() -> Native:
    """Return the extension that the installation built.

    Raises:
        ImportError: it did not; `pip install .` does.
    """
    return cast("Native", import_module(EXTENSION))
