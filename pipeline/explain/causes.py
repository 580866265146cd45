"""Why a patch has the size it has: causes, the most expensive first, each with what to do.

Every cause is found from the two images and the attribution; what it costs is its share of the
patch. Causes may overlap (a moved table is also paid in pointers), so they do not add up.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from pipeline.explain import code_causes, data_causes
from pipeline.explain.evidence import Cause, Evidence

_LEAST_BYTES: Final = 1.0
"""Cheaper causes are not worth a sentence."""
_Finder: TypeAlias = Callable[[Evidence], Iterator[Cause]]

_ALWAYS: Final[tuple[_Finder, ...]] = (
    data_causes.stamps,
    data_causes.opaque,
    data_causes.new_data,
    data_causes.changed_data,
    data_causes.moved_variables,
)
_NAMED: Final[tuple[_Finder, ...]] = (
    code_causes.new_functions,
    code_causes.changed_functions,
    code_causes.moved_functions,
    data_causes.moved_objects,
)


def find_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return the causes that are worth a sentence, most expensive first."""
    rebuilt = tuple(code_causes.rebuilt(evidence))
    finders = _ALWAYS
    if not evidence.new.has_names:
        finders += (code_causes.unnamed_code,)
    elif not rebuilt:
        # where everything was compiled anew, no single function is to blame
        finders += _NAMED
    causes = [*rebuilt, *(cause for finder in finders for cause in finder(evidence))]
    worth = [cause for cause in causes if cause.patch_bytes >= _LEAST_BYTES]
    return tuple(sorted(worth, key=lambda cause: (-cause.patch_bytes, cause.kind.value)))
