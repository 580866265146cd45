"""How many instructions of a Cortex-M the decoder takes per byte of the new image.

    python bench/instructions.py --corpus DIR [--pairs GLOB] [--cpu cortex-m4] [-O s]

Every Cortex-M pair of the corpus is encoded for the tiny tier and decoded by the compiled library
under unicorn, in the memory that is announced for it. What the ports do is not counted. The column
`said` is what `airdelta build` announces, in percent of what was counted.

Needs the repository with its development tools, gcc-arm-none-eabi and libnewlib-arm-none-eabi.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from patch_bench.corpus import CODE, Pair, read_corpora

from device_apply.core.decoder import Status
from pipeline.encoder.encoder import encode
from pipeline.encoder.options import EncoderOptions, Tier
from pipeline.errors import PipelineError
from tests.device_apply.core_on_target.cross_build import build_library
from tests.device_apply.core_on_target.emulated_decoder import DeviceMemory, EmulatedDecoder
from tests.device_apply.cortex_m.instruction_counter import InstructionCounter
from tests.device_apply.cortex_m.toolchain import TargetLibrary, has_compiler

CORTEX_M: Final = "arm-cortex-m"
"""How `meta.json` names the architectures that this is about."""

TOTAL_LIMIT: Final = 400
MEDIAN_LIMIT: Final = 200
"""Instructions per byte of new image that the tiny tier may take: over all pairs, and in the
median pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What decoding one pair took."""

    pair: str
    patch_bytes: int
    new_bytes: int
    instructions: int
    announced: int
    peak_stack_bytes: int

    @property
    def per_byte(self) -> float:
        """Instructions per byte of new image."""
        return self.instructions / self.new_bytes


class WrongImageError(Exception):
    """The emulated decoder did not give the new image."""


def count_pair(pair: Pair, library: TargetLibrary, cpu: str) -> Count:
    """Encode and decode one pair.

    Raises:
        WrongImageError: it did not come out right.
    """
    encoded = encode(pair.base, pair.new, EncoderOptions(tier=Tier.TINY))
    memory = DeviceMemory.announced_for(
        encoded.patch, base_size=len(pair.base), new_size=len(pair.new)
    )
    device = EmulatedDecoder(library, cpu=cpu, base=pair.base, memory=memory)
    counter = InstructionCounter(device.processor.emulator, library)
    decoded = device.decode(encoded.patch, len(pair.new))
    if decoded.status is not Status.DONE or decoded.new != pair.new:
        raise WrongImageError(f"{pair.name}: {decoded.status.name} with another image")
    return Count(
        pair=pair.name,
        patch_bytes=len(encoded.patch),
        new_bytes=len(pair.new),
        instructions=counter.total(),
        announced=encoded.instructions,
        peak_stack_bytes=decoded.peak_stack_bytes,
    )


def lines(counts: Sequence[Count]) -> Iterator[str]:
    """Yield the totals."""
    instructions = sum(count.instructions for count in counts)
    new_bytes = sum(count.new_bytes for count in counts)
    yield f"total  {instructions / new_bytes:6.0f} per byte (limit {TOTAL_LIMIT})"
    yield (
        f"median {median(count.per_byte for count in counts):6.0f} per byte (limit {MEDIAN_LIMIT})"
    )


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Instructions of a Cortex-M per byte of the new image, tiny tier."
    )
    parser.add_argument("--corpus", type=Path, required=True, help="a folder with one per pair")
    parser.add_argument("--pairs", default="*", help="only pairs whose name matches")
    parser.add_argument("--cpu", choices=("cortex-m0plus", "cortex-m4"), default="cortex-m4")
    parser.add_argument("-O", dest="optimisation", choices=("s", "2"), default="s")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; returns the exit code."""
    options = parse_arguments(arguments)
    if not has_compiler():
        print("arm-none-eabi-gcc is not installed", file=sys.stderr)
        return 3
    try:
        corpus = read_corpora([options.corpus], [options.pairs])
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 2
    pairs = [p for p in corpus if p.content == CODE and p.architecture.startswith(CORTEX_M)]
    if not pairs:
        print(f"{options.corpus}: no pair has an arch that begins {CORTEX_M!r}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        library = build_library(
            Path(folder), cpu=options.cpu, optimisation=f"-O{options.optimisation}"
        )
    print(f"{options.cpu} -O{options.optimisation}, {len(library.code)} bytes of code")
    print(f"{'pair':40} {'patch':>7} {'new':>8} {'instructions':>13} {'/byte':>6} said  stack")
    counts = []
    for pair in pairs:
        count = count_pair(pair, library, options.cpu)
        counts.append(count)
        print(
            f"{count.pair:40} {count.patch_bytes:7} {count.new_bytes:8} {count.instructions:13} "
            f"{count.per_byte:6.0f} {count.announced / count.instructions:4.0%} "
            f"{count.peak_stack_bytes:6}",
            flush=True,
        )
    print("\n".join(lines(counts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
