"""The baseline: what was measured before, to grow from.

A baseline is JSON, as `airdelta check-size --write-baseline` writes it:

- `schema`: `airdelta-size-baseline-1`
- `image`: SHA-256 and bytes of the image that was measured
- `device`: the name of the device profile that it was measured for
- `values`: bytes or seconds by item, such as `{"delta/1.0.0": 2351}`
- `symbols`: bytes by function or object, to say what grew; empty for images without symbols
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.json_document import Json, read_json
from pipeline.size_gate.measuring import Measured

SCHEMA: Final = "airdelta-size-baseline-1"
_WRITE_ONE: Final = "write one with `airdelta check-size --write-baseline FILE`"


class BaselineMissing(InputError):  # noqa: N818 (a missing baseline is a state of the repository)
    """Limits of growth cannot be judged: there is nothing to grow from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Values of an earlier image, by item."""

    source: str
    """Where it came from, for people."""
    image_sha256: str
    image_bytes: int
    device: str
    """Name of the device profile; values for another device say nothing."""
    values: Mapping[str, float]
    symbols: Mapping[str, int] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Json]:
        """Return the document; `parse_baseline` of it gives the same values."""
        return {
            "schema": SCHEMA,
            "image": {"sha256": self.image_sha256, "size_bytes": self.image_bytes},
            "device": self.device,
            "values": dict(sorted(self.values.items())),
            "symbols": dict(sorted(self.symbols.items())),
        }

    def to_bytes(self) -> bytes:
        """Return the file."""
        return (json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n").encode()


def baseline_of(measured: Measured, source: str) -> Baseline:
    """Return what was measured as a baseline for later."""
    return Baseline(
        source=source,
        image_sha256=measured.new.sha256.hex(),
        image_bytes=measured.new.size,
        device=measured.device,
        values={
            item.key: value.amount
            for item, value in measured.values.items()
            if value.amount is not None
        },
        symbols=symbol_sizes(measured.new),
    )


def expect_device(baseline: Baseline, device: str) -> None:
    """Require that a baseline was measured for a device profile of this name.

    Raises:
        BaselineMissing: it was measured for another one.
    """
    if baseline.device != device:
        raise BaselineMissing(
            f"{baseline.source}: was measured for device {baseline.device!r}, not {device!r}: "
            f"{_WRITE_ONE}"
        )


def symbol_sizes(image: FirmwareImage) -> dict[str, int]:
    """Return the bytes of each name; functions of one name in several files are added up."""
    places = {(symbol.name, symbol.address): symbol.size for symbol in image.symbols if symbol.size}
    sizes: dict[str, int] = {}
    for (name, _), size in places.items():
        sizes[name] = sizes.get(name, 0) + size
    return sizes


def parse_baseline(data: bytes, source: str) -> Baseline:
    """Read a baseline file.

    Raises:
        BaselineMissing: it is not one; half a baseline would pass what it should stop.
    """
    try:
        document = read_json(data)
    except ValueError as error:
        raise BaselineMissing(
            f"{source}: corrupt baseline, not JSON ({error}): {_WRITE_ONE}"
        ) from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BaselineMissing(f"{source}: corrupt baseline, schema is not {SCHEMA}: {_WRITE_ONE}")
    match document.get("image"):
        case {"sha256": str(sha256), "size_bytes": int(size_bytes)} if _is_amount(size_bytes):
            pass
        case _:
            raise BaselineMissing(f"{source}: corrupt baseline, image: {_WRITE_ONE}")
    device = document.get("device")
    if not isinstance(device, str):
        raise BaselineMissing(f"{source}: corrupt baseline, device: {_WRITE_ONE}")
    return Baseline(
        source=source,
        image_sha256=sha256,
        image_bytes=size_bytes,
        device=device,
        values=_amounts(document, "values", source),
        symbols={name: int(v) for name, v in _amounts(document, "symbols", source).items()},
    )


def _amounts(document: Mapping[str, object], key: str, source: str) -> dict[str, float]:
    table = document.get(key)
    if not isinstance(table, dict):
        raise BaselineMissing(f"{source}: corrupt baseline, {key} is missing: {_WRITE_ONE}")
    for name, value in table.items():
        if not _is_amount(value):
            raise BaselineMissing(
                f"{source}: corrupt baseline, {key}: {name}: {value!r} is no size: {_WRITE_ONE}"
            )
    return table


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= 0
