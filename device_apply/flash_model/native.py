"""The compiled flash model: its C declarations, its sources and how it is found."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, cast

FOLDER: Final = Path("device_apply/flash_model")
"""From the root of the source tree, as setuptools wants it."""
SOURCES: Final = (FOLDER / "cells.c", FOLDER / "flash_model.c")
INCLUDE_FOLDERS: Final = (FOLDER,)
EXTENSION: Final = "device_apply.flash_model._flash_model"

DECLARATIONS: Final = """
    struct flash_model_sector { uint32_t bytes; uint32_t erase_us; };
    struct flash_model_part {
        const struct flash_model_sector *sectors;
        uint32_t sector_count;
        uint32_t write_unit_bytes;
        uint32_t program_unit_ns;
        uint8_t erased_value;
        uint8_t program_once;
    };
    struct flash_model_usage {
        uint64_t busy_ns;
        uint32_t operations;
        uint32_t erases;
        uint32_t programmed_bytes;
        uint32_t traps;
    };
    struct flash_model;
    struct flash_model *flash_model_new(const struct flash_model_part *part);
    void flash_model_free(struct flash_model *flash);
    struct flash_model *flash_model_clone(const struct flash_model *flash);
    void flash_model_copy(struct flash_model *flash, const struct flash_model *from);
    uint32_t flash_model_size(const struct flash_model *flash);
    uint32_t flash_model_sector_count(const struct flash_model *flash);
    uint32_t flash_model_sector_erases(const struct flash_model *flash, uint32_t sector);
    uint32_t flash_model_sector_at(const struct flash_model *flash, uint32_t offset);
    void flash_model_usage_of(const struct flash_model *flash, struct flash_model_usage *usage);
    int flash_model_read(struct flash_model *flash, uint32_t offset, void *bytes, uint32_t count);
    int flash_model_program(struct flash_model *flash, uint32_t offset, const void *bytes,
                            uint32_t count);
    int flash_model_erase(struct flash_model *flash, uint32_t offset);
    void flash_model_plan_cut(struct flash_model *flash, uint32_t operation, int variant,
                              uint32_t seed);
    struct flash_model_cut_place { uint32_t offset; uint8_t was_erasing; };
    void flash_model_cut_place_of(const struct flash_model *flash,
                                  struct flash_model_cut_place *place);
    int flash_model_has_power(const struct flash_model *flash);
    void flash_model_power_on(struct flash_model *flash);
    void flash_model_protect(struct flash_model *flash, uint32_t offset, uint32_t bytes);
"""


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
