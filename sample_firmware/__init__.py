"""The sample firmware: built images of a small LoRaWAN sensor node, in several releases.

The images are committed, so nobody needs a compiler to use them; README.md says what each release
changed and how to rebuild them bit for bit. An installed package carries two of them,
`sensor-node-cm3-1.0.0.bin` and `sensor-node-cm3-1.1.0.bin`; a checkout has them all.
"""

from importlib import resources
from pathlib import Path

_IMAGES = Path(str(resources.files("sample_firmware") / "images"))


def image_path(version: str, target: str = "cm3", suffix: str = "bin") -> Path:
    """Return the path of one image.

    Args:
        version: the release, such as `1.0.0`.
        target: `cm3` (Cortex-M3, slot A), `cm3-slotb` (the same, linked for slot B) or `rv32`.
        suffix: `bin`, `hex` or `elf`.

    Raises:
        FileNotFoundError: there is no such image; the message lists those that exist.
    """
    path = _IMAGES / f"sensor-node-{target}-{version}.{suffix}"
    if not path.is_file():
        known = ", ".join(image.name for image in available_images() if image.suffix == path.suffix)
        raise FileNotFoundError(f"no sample image {path.name} (there are: {known})")
    return path


def available_images() -> tuple[Path, ...]:
    """Return the path of every image that is present, sorted by name."""
    return tuple(
        sorted(
            path
            for path in _IMAGES.glob("sensor-node-*")
            if path.suffix in {".bin", ".hex", ".elf"}
        )
    )
