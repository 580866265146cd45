#!/usr/bin/env python3
"""Make the inputs that fuzzing starts from: `fuzz/make_corpus.py FOLDER`.

They are the frozen vectors of the patch format, and patches of small edits for every tier and
architecture, since small inputs make for many executions. `decode_patch.c` states their layout.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.encoder.encoder import encode
from pipeline.encoder.header import ArchitectureNumber
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch, stored_patch

VECTORS: Final = Path(__file__).parents[1] / "tests" / "device_apply" / "core" / "vectors"
BASES: Final = (
    "sensor-node-cm3-1.0.0.bin",
    "sensor-node-cm3-1.1.0.bin",
    "sensor-node-rv32-1.0.0.bin",
)
"""In the order of the table in `decode_patch.c`."""

WITH_SCRATCH: Final = 1
MOVE_STATE: Final = 2
DECODE_TWICE: Final = 4
PIECE_BYTES: Final = 64

SMALL_IMAGE_BYTES: Final = 1536


def fuzz_input(
    patch: bytes, *, base_number: int, base_size: int, new_size: int, variations: int
) -> bytes:
    """Return the setup of an input and its patch."""
    return (
        bytes([base_number, variations])
        + base_size.to_bytes(3, "little")
        + new_size.to_bytes(3, "little")
        + bytes([PIECE_BYTES - 1])
        + patch
    )


def frozen_vectors() -> Iterator[tuple[str, bytes]]:
    """Yield the kept patches of images that the fuzz target takes whole, under their own names."""
    for case in json.loads((VECTORS / "vectors.json").read_text()):
        if case["patch"].endswith("-large.patch"):
            continue
        yield (
            case["patch"].removesuffix(".patch"),
            fuzz_input(
                (VECTORS / case["patch"]).read_bytes(),
                base_number=BASES.index(case["base"]),
                base_size=(VECTORS / case["base"]).stat().st_size,
                new_size=case["new_size"],
                variations=MOVE_STATE,
            ),
        )


def edited(image: bytes) -> bytes:
    """Return an image with code inserted, moved, changed and cut."""
    third = len(image) // 3
    start, middle, end = image[:third], image[third : 2 * third], image[2 * third :]
    inserted = bytes((7 * number) & 0xFF for number in range(18))
    changed = bytes(byte ^ (number % 97 == 0) for number, byte in enumerate(middle))
    return end + inserted + start[8:] + changed


def for_architecture(patch: bytes, architecture: ArchitectureNumber) -> bytes:
    """Return the patch with another architecture in its header: it decodes to something else."""
    return patch[:1] + bytes([patch[1] & 0xF0 | architecture]) + patch[2:]


def small_edits() -> Iterator[tuple[str, bytes]]:
    """Yield patches of a small edit: without a model, and per tier and architecture."""
    base = (VECTORS / BASES[0]).read_bytes()[:SMALL_IMAGE_BYTES]
    new = edited(base)
    patches = {"run-length": run_length_patch(base, new)}
    for tier in Tier:
        patch = encode(base, new, EncoderOptions(tier=tier)).patch
        for architecture in ArchitectureNumber:
            label = f"{tier.value}-{architecture.name.lower()}"
            patches[label] = for_architecture(patch, architecture)
    inputs = {label: (patch, len(new)) for label, patch in patches.items()}
    inputs["stored"] = (stored_patch(new[:64]), 64)
    for label, (patch, new_size) in inputs.items():
        yield (
            f"small-edit-{label}",
            fuzz_input(
                patch,
                base_number=0,
                base_size=len(base),
                new_size=new_size,
                variations=WITH_SCRATCH if "large" in label else WITH_SCRATCH | DECODE_TWICE,
            ),
        )


def main(folder: Path) -> None:
    """Write every input as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in (frozen_vectors(), small_edits()):
        for name, data in source:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
