"""The airdelta encoder: the smallest patch that the decoder of a tier can apply.

The same inputs give the same patch: the search is bounded by counts, in a fixed order. Patches
without a model are candidates too, so that a change that cannot be modelled is never larger than
the new image and one byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.encoder import native
from pipeline.encoder.analysis import Findings, analyse
from pipeline.encoder.device_needs import device_needs, instructions, segments_in_memory
from pipeline.encoder.header import ArchitectureNumber, Mode, PatchHeader
from pipeline.encoder.native import Segments, Work
from pipeline.encoder.options import EncodedPatch, EncoderOptions, Tier
from pipeline.encoder.runs import run_length_patch, stored_patch
from pipeline.encoder.search import Attempt, Search
from pipeline.encoder.trace import PatchTrace, model_trace, plain_trace

_USELESS_RELOCATION: Final = 0.8
"""Relocation that mispredicts more than this share of the bytes that changed hardly helps."""
_LEAST_MODELLED_BYTES: Final = 8
"""Header, number of segments and what closes the coder take about as much."""
_NO_FINDINGS: Final = Findings(
    architecture=ArchitectureNumber.NONE, layout=None, basis="plain bytes"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A patch, however it came about."""

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


def _best(base: bytes, new: bytes, options: EncoderOptions) -> _Candidate:
    return min(_candidates(base, new, options), key=lambda candidate: len(candidate.patch))


def _described(best: _Candidate, wanted: EncoderOptions) -> EncodedPatch:
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


def _candidates(base: bytes, new: bytes, options: EncoderOptions) -> Iterator[_Candidate]:
    """Yield the patches without a model, and one for each way to see the images."""
    plain = ((Mode.STORED, stored_patch(new)), (Mode.RUN_LENGTH, run_length_patch(base, new)))
    for mode, patch in plain:
        yield _Candidate(
            patch=patch,
            header=PatchHeader(mode=mode),
            segments=None,
            work=Work(0, 0, len(new)),
            basis="no model",
        )
    if not base or min(len(patch) for _, patch in plain) <= _LEAST_MODELLED_BYTES:
        return
    try:
        yield from _modelled(base, new, options)
    except native.UnencodableError:
        return  # a stored patch is smaller


def _modelled(base: bytes, new: bytes, options: EncoderOptions) -> Iterator[_Candidate]:
    views = analyse(
        base, new, architecture=options.architecture, load_addresses=options.load_addresses
    )
    is_plain_likely = False
    for findings in views:
        attempt = _search(base, new, findings, options)
        yield _candidate(attempt, findings.basis)
        work = attempt.work
        is_plain_likely |= (
            findings.layout is not None and work.unpredicted >= work.changed * _USELESS_RELOCATION
        )
    if is_plain_likely:
        plain = _search(base, new, _NO_FINDINGS, options)
        yield _candidate(plain, _NO_FINDINGS.basis)


def _header(tier: Tier, findings: Findings) -> PatchHeader:
    return PatchHeader(
        mode=tier.mode,
        architecture=findings.architecture,
        layout=findings.layout,
    )


def _search(base: bytes, new: bytes, findings: Findings, options: EncoderOptions) -> Attempt:
    header = _header(options.tier, findings)
    search = Search(
        base=base,
        new=new,
        segment_limit=_segment_limit(header, options),
        moves=options.moves,
        other_ram=findings.other_ram,
    )
    return search.run(header)


def _candidate(attempt: Attempt, basis: str) -> _Candidate:
    return _Candidate(
        patch=attempt.patch,
        header=attempt.header,
        segments=attempt.segments,
        work=attempt.work,
        basis=basis,
    )


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
