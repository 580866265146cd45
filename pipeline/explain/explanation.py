"""The explanation of one patch: attribution, causes, lint, and what the picture is drawn from."""

from dataclasses import dataclass

from pipeline.encoder.encoder import encode_traced
from pipeline.encoder.options import EncodedPatch, EncoderOptions, Tier
from pipeline.encoder.trace import PatchTrace
from pipeline.errors import InputError
from pipeline.explain.attribution import Attribution, attribute
from pipeline.explain.causes import find_causes
from pipeline.explain.evidence import Cause, Evidence
from pipeline.explain.kinds import Marks, classify, code_bytes
from pipeline.explain.lint import Finding, lint
from pipeline.explain.opaque import OpaqueRegion, marked_bytes, opaque_regions
from pipeline.explain.places import Places, place
from pipeline.explain.pointers import find_pointers
from pipeline.explain.stamps import find_stamps
from pipeline.explain.symbol_changes import compare_symbols
from pipeline.explain.toolchains import compare_toolchains
from pipeline.images.firmware_image import FirmwareImage
from pipeline.packaging.image_hints import image_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything there is to say about a patch."""

    base: Places
    new: Places
    tier: Tier
    patch: EncodedPatch
    trace: PatchTrace
    attribution: Attribution
    causes: tuple[Cause, ...]
    findings: tuple[Finding, ...]
    opaque: tuple[OpaqueRegion, ...]


def explain_patch(base: FirmwareImage, new: FirmwareImage, tier: Tier) -> Explanation:
    """Encode `new` against `base` and explain the patch.

    Raises:
        InputError: the images are equal.
    """
    if base.data == new.data:
        raise InputError(f"{new.name}: equal to the base image {base.name}; there is no patch")
    hints = image_hints(base, new)
    options = EncoderOptions(tier=tier, moves=hints.moves, load_addresses=hints.load_addresses)
    patch, trace = encode_traced(base.data, new.data, options)
    base_places, new_places = place(base), place(new)
    changes = compare_symbols(base_places, new_places)
    regions = opaque_regions(trace, base_places, new_places, changes)
    is_code = code_bytes(trace, new_places)
    pointers = find_pointers(base, new, trace)
    marks = Marks(
        is_code=is_code,
        is_stamp=find_stamps(base.data, new_places, trace, is_code),
        is_opaque=marked_bytes(regions, new.size),
        pointers=pointers,
    )
    kinds = classify(trace, marks)
    attribution = attribute(trace, kinds, new_places)
    evidence = Evidence(
        base=base_places,
        new=new_places,
        trace=trace,
        kinds=kinds,
        attribution=attribution,
        changes=changes,
        opaque=regions,
        pointers=pointers,
        toolchain=compare_toolchains(base.toolchain, new.toolchain),
    )
    return Explanation(
        base=base_places,
        new=new_places,
        tier=tier,
        patch=patch,
        trace=trace,
        attribution=attribution,
        causes=find_causes(evidence),
        findings=lint(base_places, new_places, changes),
        opaque=regions,
    )
