"""The C sources compiled for these tests: as they are, with sanitizers, or with one rule broken.

Objects are kept under `build/` by a digest of everything that went into them, so that a source
that did not change is compiled once.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from cffi import FFI

from device_apply.core.device.native import (
    CODEC_FOLDER,
    CODEC_SOURCES,
    HEADERS,
    INCLUDE_FOLDERS,
    SOURCES,
)
from device_apply.header_declarations import header_declarations

ROOT: Final = Path(__file__).parents[3]
_BUILD: Final = ROOT / "build" / "native-tests"
WARNINGS: Final = ("-Wall", "-Wextra", "-Wconversion", "-Werror")
# A line that was taken out may leave a variable or a function unused; that is no finding.
_MUTANT_FLAGS: Final = ("-std=c99", "-O3", "-fPIC", "-w")
_FLAGS: Final = ("-std=c99", "-O3", "-fPIC")


@dataclass(frozen=True, slots=True)
class Library:
    """A compiled library: what `device_apply.flash_model.native.Native` asks for."""

    ffi: Any
    lib: Any


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source with the line that carries one rule replaced, or taken out."""

    rule: str
    """As the comment on the line names it, such as `2b`."""
    source: str
    """The file's name."""
    replacement: str = ""


@cache
def shipped() -> Library:
    """The library as it ships."""
    return _library(tuple(_object(ROOT / source, None) for source in SOURCES))


def broken(mutant: Mutant) -> Library:
    """The library with one rule broken."""
    return _library(
        tuple(
            _object(ROOT / source, mutant if source.name == mutant.source else None)
            for source in SOURCES
        )
    )


def rule_lines(source: Path) -> dict[str, str]:
    """Return the lines of a source that carry a rule, by the rule's name."""
    lines = (ROOT / source).read_text().splitlines()
    found = ((re.search(r"/\* RULE (\w+)\b.*\*/", line), line) for line in lines)
    return {match.group(1): line for match, line in found if match}


def run_tool(command: Sequence[str | Path]) -> str:
    """Run a compiler and return what it printed; a failure shows its messages."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def _headers_digest() -> bytes:
    digest = hashlib.sha256()
    for folder in (*INCLUDE_FOLDERS, CODEC_FOLDER / "src"):
        for header in sorted((ROOT / folder).glob("*.h")):
            digest.update(header.read_bytes())
    return digest.digest()


def _object(source: Path, mutant: Mutant | None) -> Path:
    text = source.read_text()
    # The codec has its own warnings and its own headers beside it.
    is_ours = source.relative_to(ROOT) not in CODEC_SOURCES
    flags = _FLAGS + (WARNINGS if is_ours else ())
    if mutant is not None:
        text = text.replace(rule_lines(source.relative_to(ROOT))[mutant.rule], mutant.replacement)
        flags = _MUTANT_FLAGS
    key = hashlib.sha256(repr((source.name, text, flags)).encode() + _headers_digest()).hexdigest()
    made = _BUILD / f"{source.stem}-{key[:16]}.o"
    if not made.exists():
        _BUILD.mkdir(parents=True, exist_ok=True)
        compiled = source
        if mutant is not None:
            compiled = made.with_suffix(".c")
            compiled.write_text(text)
        includes = [f"-I{ROOT / folder}" for folder in INCLUDE_FOLDERS]
        partial = made.with_suffix(f".{os.getpid()}.tmp")
        run_tool(["gcc", *flags, *includes, "-c", compiled, "-o", partial])
        partial.replace(made)
    return made


def _library(objects: tuple[Path, ...]) -> Library:
    key = hashlib.sha256(repr(objects).encode()).hexdigest()
    made = _BUILD / f"bench-{key[:16]}.so"
    if not made.exists():
        partial = made.with_suffix(f".{os.getpid()}.tmp")
        run_tool(["gcc", "-shared", "-o", partial, *objects])
        partial.replace(made)
    ffi = FFI()
    ffi.cdef(header_declarations(ROOT / header for header in HEADERS))
    return Library(ffi, ffi.dlopen(str(made)))
