"""Trains the starting values of counters and weights and writes them as C sources.

    python -m pipeline.encoder.training TRAINING_FOLDER [--without GLOB ...]
    python -m pipeline.encoder.training --neutral

The folder holds one folder per pair of images, with `base.bin` and `new.bin`; pairs that are to be
judged by are left out. Each pair is encoded with the present values; what its model has learned by
the end is averaged over all pairs, each counter by how often the pair saw it. Neutral values know
nothing: training that begins with them has seen no other pairs. What was written counts when the
package is built anew. Changing the written files changes the patch format.
"""

import argparse
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from pipeline.encoder.analysis import analyse
from pipeline.encoder.header import Mode, PatchHeader
from pipeline.encoder.native import Adapted, Segments, adapted_sizes, encode_adapted
from pipeline.encoder.segmentation import find_segments

_SOURCES: Final = Path("device_apply/core/src")
_STEP: Final = 96
"""Log-odds of one step of a frozen value, in 1/256 bit (AD_PRIOR_STEP)."""
_WEIGHT_STEP: Final = 256
_NEUTRAL_WEIGHT: Final = 10
"""In steps: a third of a whole weight."""
_TRUST: Final = (0, 2, 6, 15)
"""Observations that the two bits of trust stand for."""
_ENOUGH: Final = 12
"""Observations after which a pair's opinion on a counter counts in full."""
_NEUTRAL_PAIRS: Final = 0.5
"""With fewer full opinions than this, a counter keeps about the value it has."""
_AGREEMENT: Final = (0.5, 1.5)
"""Variances of the log-odds (in bits) below which opinions agree well, or well enough."""
_MANY_PAIRS: Final = 3
"""Full opinions from which good agreement is no accident."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """One pair, aligned once for all rounds."""

    base: bytes
    new: bytes
    header: PatchHeader
    segments: Segments


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What one pair says of one counter."""

    log_odds: float
    weight: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Train all tiers as the command line says, and write the sources."""
    parser = argparse.ArgumentParser(prog="pipeline.encoder.training")
    parser.add_argument("folder", type=Path, nargs="?", help="where the pairs are")
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="GLOB", help="pairs to judge by"
    )
    parser.add_argument("--neutral", action="store_true", help="write values that know nothing")
    options = parser.parse_args(arguments)
    if options.neutral:
        _write_neutral()
    elif options.folder is not None:
        _train(options.folder, options.without)
    else:
        parser.error("say where the pairs are, or --neutral")


def _train(folder: Path, judged: Sequence[str]) -> None:
    samples = [
        _load(pair)
        for pair in sorted(folder.iterdir())
        if (pair / "base.bin").exists() and not any(fnmatchcase(pair.name, glob) for glob in judged)
    ]
    for mode in (Mode.TINY, Mode.STANDARD, Mode.LARGE):
        adapted = [_adapt(sample, mode) for sample in samples]
        _write_tier(mode, adapted)
        if mode is Mode.TINY:
            _write_map(adapted)


def _write_neutral() -> None:
    """Write even odds without trust, and weights that add the inputs up to one."""
    for mode in (Mode.TINY, Mode.STANDARD, Mode.LARGE):
        counters, weights, map_counters = adapted_sizes(mode)
        _write_tier_values(mode, [_byte(0, 0)] * counters, [_NEUTRAL_WEIGHT] * weights)
        _write_map_values([_byte(0, 0)] * map_counters)


def _load(pair: Path) -> _Sample:
    base = (pair / "base.bin").read_bytes()
    new = (pair / "new.bin").read_bytes()
    findings = analyse(base, new)[0]
    header = PatchHeader(mode=Mode.TINY, architecture=findings.architecture, layout=findings.layout)
    return _Sample(base, new, header, find_segments(base, new, header))


def _adapt(sample: _Sample, mode: Mode) -> Adapted:
    header = PatchHeader(
        mode=mode, architecture=sample.header.architecture, layout=sample.header.layout
    )
    return encode_adapted(sample.base, sample.new, header, sample.segments)


def _write_tier(mode: Mode, adapted: Sequence[Adapted]) -> None:
    counters = [
        _frozen(_opinions(column))
        for column in zip(*(_pairs(a.probability, a.observations) for a in adapted), strict=True)
    ]
    weights = [
        max(-128, min(127, round(sum(column) / len(column) / _WEIGHT_STEP)))
        for column in zip(*(a.weights for a in adapted), strict=True)
    ]
    _write_tier_values(mode, counters, weights)


def _write_tier_values(mode: Mode, counters: Sequence[int], weights: Sequence[int]) -> None:
    name = mode.name.lower()
    (_SOURCES / f"priors_{name}.c").write_text(
        f'/* Frozen starting values of tier "{name}", made by pipeline/encoder/training.py. */\n'
        f'#include "priors.h"\n\nstatic const uint8_t counters[] = {{\n{_rows(counters)}\n}};\n\n'
        f"static const int8_t weights[] = {{\n{_rows(weights)}\n}};\n\n"
        f"const struct ad_priors ad_priors_{name} = {{counters, weights}};\n"
    )


def _write_map(adapted: Sequence[Adapted]) -> None:
    values = [
        _frozen(_opinions(column))
        for column in zip(
            *(_pairs(a.map_probability, a.map_observations) for a in adapted), strict=True
        )
    ]
    _write_map_values(values)


def _write_map_values(values: Sequence[int]) -> None:
    (_SOURCES / "priors_map.c").write_text(
        "/* Frozen starting values of the segment map's integers, made by "
        "pipeline/encoder/training.py. */\n"
        f'#include "priors.h"\n\nconst uint8_t ad_priors_map[] = {{\n{_rows(values)}\n}};\n'
    )


def _pairs(probability: Sequence[int], observations: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(probability, observations, strict=True))


def _opinions(column: Iterable[tuple[int, int]]) -> list[_Opinion]:
    return [
        _Opinion(math.log2(probability / (65536 - probability)), min(seen, _ENOUGH) / _ENOUGH)
        for probability, seen in column
    ]


def _frozen(opinions: Sequence[_Opinion]) -> int:
    """Return the byte of a counter: the mean of the opinions, and trust as far as they agree."""
    total = sum(opinion.weight for opinion in opinions)
    if total < _NEUTRAL_PAIRS:
        mean = sum(opinion.log_odds for opinion in opinions) / len(opinions)
        return _byte(mean, 0)
    mean = sum(opinion.log_odds * opinion.weight for opinion in opinions) / total
    spread = sum(opinion.weight * (opinion.log_odds - mean) ** 2 for opinion in opinions) / total
    trust = 1
    if spread < _AGREEMENT[1]:
        trust = 3 if spread < _AGREEMENT[0] and total > _MANY_PAIRS else 2
    return _byte(mean, trust)


def _byte(log_odds: float, trust: int) -> int:
    steps = max(-31, min(31, round(log_odds * 256 / _STEP)))
    return (steps + 32) << 2 | trust


def _rows(values: Sequence[int]) -> str:
    return "\n".join(
        "    " + " ".join(f"{value}," for value in values[start : start + 18])
        for start in range(0, len(values), 18)
    )


if __name__ == "__main__":
    main()
