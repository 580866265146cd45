"""The airdelta encoder: the smallest patch that the decoder of a tier can apply.

The same inputs give the same patch. The search is bounded by counts: each setting is tried once,
the best kept, in a fixed order. Patches without a model are candidates too, so that a change that
cannot be modelled is never larger than the new image and one byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pipeline.encoder import native
from pipeline.encoder.analysis import Findings, analyse
from pipeline.encoder.device_needs import device_needs, instructions, segments_in_memory
from pipeline.encoder.header import ArchitectureNumber, Mode, PatchHeader
from pipeline.encoder.native import Costs, Segments, Work
from pipeline.encoder.options import EncodedPatch, EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch, stored_patch
from pipeline.encoder.segmentation import find_segments
from pipeline.encoder.trace import PatchTrace, model_trace, plain_trace

_PRUNING_ROUNDS: Final = 10
"""Each makes segments 1.6 times dearer; after the last none are left."""
_PRUNING_FACTOR: Final = 1.6
_LEARNED_BASE_SHARE: Final = 0.985
"""Learning the base image takes the decoder longer than the patch itself: it has to pay."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One encoding."""

    patch: bytes
    header: PatchHeader
    segments: Segments | None
    work: Work
    basis: str


def encode(base: bytes, new: bytes, options: EncoderOptions | None = None) -> EncodedPatch:
    """Return the smallest patch found that turns `base` into `new` within the options."""
    wanted = options or EncoderOptions()
    return _described(_best(base, new, wanted), wanted)


def encode_traced(
    base: bytes, new: bytes, options: EncoderOptions | None = None
) -> tuple[EncodedPatch, PatchTrace]:
    """Return the patch of `encode`, and what each part of it costs."""
    wanted = options or EncoderOptions()
    best = _best(base, new, wanted)
    encoded = _described(best, wanted)
    if best.segments is None:
        is_stored = best.header.mode is Mode.STORED
        return encoded, plain_trace(best.patch, len(base), len(new), is_stored=is_stored)
    header = best.header.to_bytes()
    raw = native.trace(base, new, header, best.segments)
    return encoded, model_trace((len(best.patch), len(header)), raw, best.segments)


def _best(base: bytes, new: bytes, options: EncoderOptions) -> _Attempt:
    return min(_attempts(base, new, options), key=lambda attempt: len(attempt.patch))


def _described(best: _Attempt, wanted: EncoderOptions) -> EncodedPatch:
    count = best.segments.count if best.segments is not None else 0
    needs = device_needs(best.header, count, wanted.tier.ram_limit_bytes)
    return EncodedPatch(
        patch=best.patch,
        header=best.header,
        segment_count=count,
        ram_bytes=needs.ram_bytes,
        scratch_bytes=needs.scratch_bytes,
        instructions=instructions(best.work),
        basis=best.basis,
    )


def _attempts(base: bytes, new: bytes, options: EncoderOptions) -> Iterator[_Attempt]:
    """Yield one encoding per way to see the images."""
    for mode, patch in (
        (Mode.STORED, stored_patch(new)),
        (Mode.RUN_LENGTH, run_length_patch(base, new)),
    ):
        work = Work(0, 0, len(new))
        yield _Attempt(patch, PatchHeader(mode=mode), None, work, "no model")
    if not base or not new:
        return
    findings = analyse(
        base, new, architecture=options.architecture, load_addresses=options.load_addresses
    )
    yield _tuned(base, new, _header(findings, options.tier), options, findings.basis)
    if findings.architecture is not ArchitectureNumber.NONE:
        plain = PatchHeader(mode=options.tier.mode)
        yield _encode_once(base, new, plain, _segments(base, new, plain, options), "plain bytes")


def _header(findings: Findings, tier: Tier) -> PatchHeader:
    return PatchHeader(mode=tier.mode, architecture=findings.architecture, layout=findings.layout)


def _segments(base: bytes, new: bytes, header: PatchHeader, options: EncoderOptions) -> Segments:
    """Align; if the map has to fit in memory, with as dear segments as it takes."""
    costs = Costs()
    segments = find_segments(base, new, header, costs=costs)
    limit = _segment_limit(header, options)
    for _ in range(_PRUNING_ROUNDS):
        if segments.count <= limit:
            return segments
        costs = replace(
            costs,
            recent_segment=round(costs.recent_segment * _PRUNING_FACTOR),
            new_segment=round(costs.new_segment * _PRUNING_FACTOR),
        )
        segments = find_segments(base, new, header, costs=costs)
    return segments if segments.count <= limit else native.NO_SEGMENTS


def _segment_limit(header: PatchHeader, options: EncoderOptions) -> int:
    """Return how many segments the device can hold, in memory or in scratch flash."""
    in_memory = segments_in_memory(header, options.tier.ram_limit_bytes)
    scratch = options.scratch_flash_bytes
    if scratch is None:
        return native.MAX_SEGMENTS
    most = in_memory
    while (
        most < native.MAX_SEGMENTS
        and device_needs(header, most + 1, options.tier.ram_limit_bytes).scratch_bytes <= scratch
    ):
        most += 1
    return most


def _encode_once(
    base: bytes, new: bytes, header: PatchHeader, segments: Segments, basis: str
) -> _Attempt:
    try:
        patch, work = native.encode(base, new, header.to_bytes(), segments)
    except native.UnencodableError:
        stored = PatchHeader(mode=Mode.STORED)
        return _Attempt(stored_patch(new), stored, None, Work(0, 0, len(new)), "no model")
    return _Attempt(patch, header, segments, work, basis)


def _tuned(
    base: bytes, new: bytes, header: PatchHeader, options: EncoderOptions, basis: str
) -> _Attempt:
    """Encode with each setting in turn and keep what helps."""
    segments = _segments(base, new, header, options)
    best = _encode_once(base, new, header, segments, basis)
    for variants in (_learning_variants, _block_variants, _limit_variants, _base_variants):
        for variant in variants(best.header):
            attempt = _encode_once(base, new, variant, segments, basis)
            if len(attempt.patch) < len(best.patch) * _worth(variant):
                best = attempt
    return best


def _worth(header: PatchHeader) -> float:
    """Return the share of the best size so far that the header has to reach."""
    return _LEARNED_BASE_SHARE if header.learns_base else 1.0


def _learning_variants(header: PatchHeader) -> list[PatchHeader]:
    return [replace(header, learning_code=code) for code in (0, 2)]


def _block_variants(header: PatchHeader) -> list[PatchHeader]:
    # the large tier takes its time already
    return [] if header.mode is Mode.LARGE else [replace(header, block_code=1)]


def _limit_variants(header: PatchHeader) -> list[PatchHeader]:
    if header.mode is Mode.LARGE:
        return []
    return [replace(header, hit_limit_code=2, literal_limit_code=2)]


def _base_variants(header: PatchHeader) -> list[PatchHeader]:
    return [replace(header, learns_base=True)] if header.mode is Mode.LARGE else []
