"""Causes in code: compiled anew, new, changed, in another order."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from pipeline.explain.evidence import (
    Cause,
    CauseKind,
    Evidence,
    costs_of,
    in_text,
    list_text,
    plural,
    symbols_with,
)
from pipeline.explain.kinds import Kind, number_of
from pipeline.explain.moves import cost_of_moves
from pipeline.explain.symbol_changes import SymbolPair

_REBUILT_SHARE: Final = 0.4
"""More functions than this do not change for one feature: something changed for all of them."""
_REBUILT_SHARE_KNOWN: Final = 0.1
"""Where the files themselves say that the compiler or its options changed, fewer are enough."""
_REBUILT_LEAST: Final = 8
_EMPTY_FUNCTION_BYTES: Final = 8
"""A function that only returns cannot be compiled differently."""
_CHANGED_BITS: Final = 12
"""A function that costs less has at most one small difference."""
_OWN_CODE: Final = (number_of(Kind.NEW_CODE), number_of(Kind.CHANGED_CODE))


def rebuilt(evidence: Evidence) -> Iterator[Cause]:
    """Find that many functions were compiled differently.

    What the files say of compiler and options goes first: if both have all options and they are the
    same, no flag is to blame, however many functions changed.
    """
    said = evidence.toolchain
    if said.known_equal:
        return
    functions = [
        pair
        for pair in evidence.changes.pairs
        if pair.after.is_function and pair.after.size > _EMPTY_FUNCTION_BYTES
    ]
    changed = [pair for pair in functions if _is_compiled_anew(evidence, pair)]
    share = _REBUILT_SHARE_KNOWN if said.differences else _REBUILT_SHARE
    if len(changed) < max(_REBUILT_LEAST, share * len(functions)):
        return
    proof = f"; the files say so: {'; '.join(said.differences)}" if said.differences else ""
    kinds = (Kind.CHANGED_CODE, Kind.NEW_CODE, Kind.CALLS, Kind.MOVED, Kind.POINTERS)
    yield Cause(
        kind=CauseKind.REBUILT,
        patch_bytes=evidence.attribution.of(*kinds),
        what=f"{len(changed)} of {len(functions)} functions that both images have were compiled "
        f"differently{proof}",
        advice="build both releases with the same compiler, version and flags (-O, -flto, -g do "
        "matter); if a change of them is wanted, ship it in a release of its own",
    )


def _is_compiled_anew(evidence: Evidence, pair: SymbolPair) -> bool:
    """Whether its own instructions changed, not only where they point to."""
    span = slice(pair.after.offset, pair.after.end)
    own = np.isin(evidence.kinds[span], _OWN_CODE)
    return float(evidence.trace.byte_bits[span][own].sum()) > _CHANGED_BITS


def new_functions(evidence: Evidence) -> Iterator[Cause]:
    """Find functions that the base image does not have."""
    added = [symbol for symbol in evidence.changes.added if symbol.is_function]
    costs = costs_of(evidence, added)
    names = tuple(name for name, _ in costs)
    size = sum(symbol.size for symbol in added)
    yield Cause(
        kind=CauseKind.NEW_FUNCTIONS,
        patch_bytes=sum(cost for _, cost in costs),
        what=f"{len(added)} new function{plural(added)}, {size:,} bytes of code: "
        f"{list_text(names)}",
        advice="new code has to be sent; what already follows it in memory moves, which costs "
        "little more: nothing to mend here",
        symbols=names,
    )


def changed_functions(evidence: Evidence) -> Iterator[Cause]:
    """Find functions whose own instructions changed."""
    changed = [
        pair.after
        for pair in evidence.changes.pairs
        if pair.after.is_function and _is_compiled_anew(evidence, pair)
    ]
    costs = costs_of(evidence, changed)
    names = tuple(name for name, _ in costs)
    yield Cause(
        kind=CauseKind.CHANGED_FUNCTIONS,
        patch_bytes=sum(cost for _, cost in costs),
        what=f"{len(changed)} function{plural(changed)} changed: {list_text(names)}",
        advice="changed code has to be sent; if the source of one of them did not change, look for "
        "a macro, an inlined callee or __LINE__ in it",
        symbols=names,
    )


def unnamed_code(evidence: Evidence) -> Iterator[Cause]:
    """Find new and changed code in an image without symbols."""
    for kind, cause, verb in (
        (Kind.NEW_CODE, CauseKind.NEW_CODE, "is new"),
        (Kind.CHANGED_CODE, CauseKind.CHANGED_CODE, "changed"),
    ):
        pages = symbols_with(evidence, kind)
        yield Cause(
            kind=cause,
            patch_bytes=evidence.attribution.of(kind),
            what=f"code {verb}{in_text(pages)}",
            advice="give ELF files, or --base-symbols and --new-symbols, to know the functions",
            symbols=pages,
        )


def moved_functions(evidence: Evidence) -> Iterator[Cause]:
    """Find functions that stand elsewhere among the others."""
    moved = [pair for pair in evidence.changes.displaced if pair.after.is_function]
    names = tuple(pair.after.name for pair in moved)
    yield Cause(
        kind=CauseKind.MOVED_FUNCTIONS,
        patch_bytes=cost_of_moves(evidence, moved),
        what=f"{len(moved)} function{plural(moved)} stand{'' if len(moved) > 1 else 's'} elsewhere "
        f"among the others: {list_text(names)}",
        advice="keep the order of object files on the linker's command line (no wildcards whose "
        "order depends on the file system), or order functions in the linker script",
        symbols=names,
    )
