"""The compiled device library on its bench: headers, sources, and how it is found."""

from importlib import import_module
from pathlib import Path
from typing import Final, cast

from device_apply.flash_model import native as flash_model
from device_apply.flash_model.native import Native

_ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = Path("device_apply/core/device")
"""From the root of the source tree, as setuptools wants it."""
CODEC_FOLDER: Final = FOLDER.parent


def _sources(folder: Path) -> tuple[Path, ...]:
    """Return the C sources in a folder; none where the package is installed without them."""
    return tuple(path.relative_to(_ROOT) for path in sorted((_ROOT / folder).glob("*.c")))


BOOTLOADER_SOURCES: Final = _sources(FOLDER / "boot")
APPLICATION_SOURCES: Final = _sources(FOLDER / "app")
INSTALLER_SOURCES: Final = _sources(FOLDER / "installer")
COMPILER_SOURCES: Final = _sources(FOLDER / "compiler")
STREAMING_SOURCES: Final = _sources(FOLDER / "streaming")
DECRYPTION_SOURCES: Final = _sources(FOLDER / "decryption")
KEY_RING_SOURCES: Final = _sources(FOLDER / "key_ring")
SECURE_BOOT_SOURCES: Final = _sources(FOLDER / "secure_boot")
CONFIGURATION_SOURCES: Final = _sources(FOLDER / "configuration")
RECOVERY_SOURCES: Final = _sources(FOLDER / "recovery")
DIGEST_SOURCES: Final = _sources(FOLDER / "sha256")
SMP_SOURCES: Final = _sources(FOLDER / "recovery_smp")
CODEC_SOURCES: Final = _sources(CODEC_FOLDER / "src")
SOURCES: Final = (
    *BOOTLOADER_SOURCES,
    *INSTALLER_SOURCES,
    *APPLICATION_SOURCES,
    *COMPILER_SOURCES,
    *STREAMING_SOURCES,
    *DECRYPTION_SOURCES,
    *KEY_RING_SOURCES,
    *SECURE_BOOT_SOURCES,
    *RECOVERY_SOURCES,
    *CONFIGURATION_SOURCES,
    *SMP_SOURCES,
    *DIGEST_SOURCES,
    *CODEC_SOURCES,
    *_sources(FOLDER / "bench"),
    *flash_model.SOURCES,
)
INCLUDE_FOLDERS: Final = (
    FOLDER / "include",
    FOLDER / "boot",
    FOLDER / "installer",
    FOLDER / "app",
    FOLDER / "decryption",
    FOLDER / "configuration",
    FOLDER / "compiler",
    FOLDER / "streaming",
    CODEC_FOLDER / "include",
    CODEC_FOLDER / "src",
    FOLDER / "recovery_smp",
    FOLDER / "bench",
    flash_model.FOLDER,
)
EXTENSION: Final = "device_apply.core.device._bench"

HEADERS: Final = (
    *flash_model.HEADERS,
    FOLDER / "include" / "airdelta_device.h",
    FOLDER / "include" / "airdelta_keys.h",
    FOLDER / "include" / "airdelta_key_ring.h",
    FOLDER / "app" / "manifest.h",
    FOLDER / "bench" / "bench.h",
    FOLDER / "bench" / "sweep.h",
)
"""What declares its functions, each after those that it includes."""


HOST_CALLBACKS: Final = """
    extern "Python" {
        int airdelta_host_verify(void *, int32_t, const uint8_t *, uint32_t, const uint8_t *,
                                 uint32_t);
        uint32_t airdelta_host_memory_bytes(void *, const struct bench_payload *);
        int airdelta_host_decode(void *, const struct bench_payload *, uint8_t *);
        int airdelta_host_unwrap(void *, const struct airdelta_recipient *);
        int airdelta_host_encrypt_block(void *, uint8_t *);
    }
"""
"""What `host.py` does for the device; the functions of a `bench_host` and of a key store."""


def installed_bench() -> Native:
    """Return the extension that the installation built.

    Raises:
        ImportError: it did not; `pip install .` does.
    """
    return cast("Native", import_module(EXTENSION))
