"""Whether two images were built alike, by what their files say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.images.firmware_image import Toolchain

_LANGUAGE_WORDS: Final = 2
"""A producer begins with them: `GNU C17`."""
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainChange:
    """What became different, and whether it is known that nothing did."""

    differences: tuple[str, ...] = ()
    """For people, one each."""
    known_equal: bool = False
    """Whether both files have all options, and they are the same."""


UNKNOWN_CHANGE: Final = ToolchainChange()
"""The files say nothing."""


def compare_toolchains(base: Toolchain, new: Toolchain) -> ToolchainChange:
    """Compare what two files say; what only one of them says is no difference."""
    differences = (
        *_compilers(base, new),
        *_goals(base, new),
        *_options(base.commands, new.commands),
    )
    return ToolchainChange(
        differences=differences,
        known_equal=bool(base.commands) and base.commands == new.commands and not differences,
    )


def _compilers(base: Toolchain, new: Toolchain) -> Iterator[str]:
    before, after = set(base.compilers), set(new.compilers)
    if before and after and before != after:
        gone, came = (
            ", ".join(sorted(names)) or "none" for names in (before - after, after - before)
        )
        yield f"compiler {gone} became {came}"


def _goals(base: Toolchain, new: Toolchain) -> Iterator[str]:
    if base.goal and new.goal and base.goal != new.goal:
        yield f"optimised for {base.goal}, now for {new.goal}"


def _options(base: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
    """Yield the options that changed, by language; both files have to have some of it."""
    before, after = _by_language(base), _by_language(new)
    for language in sorted(before.keys() & after.keys()):
        gone = sorted(before[language] - after[language])[:_SHOWN]
        came = sorted(after[language] - before[language])[:_SHOWN]
        if gone and came:
            yield f"{language}: {' '.join(gone)} became {' '.join(came)}"
        elif gone or came:
            verb = "without" if gone else "with"
            yield f"{language}: now {verb} {' '.join(gone or came)}"


def _by_language(commands: tuple[str, ...]) -> dict[str, set[str]]:
    options: dict[str, set[str]] = {}
    for command in commands:
        words = command.split()
        language = " ".join(words[:_LANGUAGE_WORDS])
        options.setdefault(language, set()).update(words[_LANGUAGE_WORDS:])
    return options
