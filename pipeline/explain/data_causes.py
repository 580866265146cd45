"""Causes in data: stamps, compressed regions, new and changed constants, what moved."""

from collections.abc import Iterator

import numpy as np

from pipeline.encoder.trace import KIND_MASK, FieldKind, Traced
from pipeline.explain.evidence import (
    Cause,
    CauseKind,
    Evidence,
    in_text,
    list_text,
    plural,
    symbols_with,
)
from pipeline.explain.kinds import Kind
from pipeline.explain.moves import cost_of_moves


def stamps(evidence: Evidence) -> Iterator[Cause]:
    """Find what changes with every build."""
    symbols = symbols_with(evidence, Kind.STAMPS)
    yield Cause(
        kind=CauseKind.STAMPS,
        patch_bytes=evidence.attribution.of(Kind.STAMPS),
        what=f"a build time or id changes with every build{in_text(symbols)}",
        advice="leave __DATE__, __TIME__ and build ids out of released images "
        "(SOURCE_DATE_EPOCH, -Wl,--build-id=none), or keep them in one place outside the image",
        symbols=symbols,
    )


def opaque(evidence: Evidence) -> Iterator[Cause]:
    """Find compressed or encrypted regions."""
    for region in evidence.opaque:
        span = slice(region.start, region.end)
        start = evidence.new.address(region.start)
        what = f"looks like {region.format_name}" if region.format_name else "is as good as random"
        name = evidence.new.symbol_name((region.start + region.end) // 2)
        yield Cause(
            kind=CauseKind.OPAQUE,
            patch_bytes=float(evidence.trace.byte_bits[span].sum()) / 8,
            what=f"{region.end - region.start:,} bytes at {start:#x}{in_text((name,))} changed and "
            f"{what}: no delta can shrink that",
            advice="diff before compression or encryption: store it uncompressed, or compress the "
            "whole update instead; keep what did not change byte for byte",
            symbols=(name,),
        )


def new_data(evidence: Evidence) -> Iterator[Cause]:
    """Find new constants, strings and tables."""
    symbols = symbols_with(evidence, Kind.NEW_DATA)
    yield Cause(
        kind=CauseKind.NEW_DATA,
        patch_bytes=evidence.attribution.of(Kind.NEW_DATA),
        what=f"new constants, strings or tables{in_text(symbols)}",
        advice="new data has to be sent; strings that are never shown (asserts, logs) can go into "
        "a dictionary outside the image",
        symbols=symbols,
    )


def changed_data(evidence: Evidence) -> Iterator[Cause]:
    """Find constants, strings and tables with other values."""
    symbols = symbols_with(evidence, Kind.CHANGED_DATA)
    yield Cause(
        kind=CauseKind.CHANGED_DATA,
        patch_bytes=evidence.attribution.of(Kind.CHANGED_DATA),
        what=f"constants, strings or tables with other values{in_text(symbols)}",
        advice="if nobody changed them, look for generated tables, checksums and __LINE__",
        symbols=symbols,
    )


def moved_objects(evidence: Evidence) -> Iterator[Cause]:
    """Find tables that stand elsewhere among the others."""
    moved = [pair for pair in evidence.changes.displaced if not pair.after.is_function]
    if not moved:
        return
    largest = sorted(moved, key=lambda pair: (-pair.after.size, pair.after.name))
    names = tuple(pair.after.name for pair in largest)
    first = largest[0]
    yield Cause(
        kind=CauseKind.MOVED_OBJECTS,
        patch_bytes=cost_of_moves(evidence, moved),
        what=f"{len(moved)} table{plural(moved)} stand{'' if len(moved) > 1 else 's'} elsewhere "
        f"among the others: {list_text(names)} (the largest went from {first.before.address:#x} to "
        f"{first.after.address:#x})",
        advice="pin tables with a section of their own in the linker script, and keep the order of "
        "object files",
        symbols=names,
    )


def moved_variables(evidence: Evidence) -> Iterator[Cause]:
    """Find variables that moved in RAM."""
    trace = evidence.trace
    fields = trace.byte_kinds & KIND_MASK
    missed = (trace.byte_kinds & Traced.MISSED) != 0
    moved = missed & (fields == FieldKind.RAM_POINTER)
    words = len(np.unique(np.flatnonzero(moved) // 4))
    yield Cause(
        kind=CauseKind.MOVED_VARIABLES,
        patch_bytes=float(trace.byte_bits[moved].sum()) / 8,
        what=f"variables moved in RAM: {words} pointer{'' if words == 1 else 's'} to them "
        "could not be predicted",
        advice="add new variables behind the others (a section of their own at the end of .bss), "
        "and keep the order of object files",
    )
