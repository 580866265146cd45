"""What cffi is told about a C library: its headers' own words, so that nothing is declared twice.

Used while building, and by tests that compile the library anew; an installed package needs neither
the headers nor a compiler.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_INCLUDE: Final = re.compile(r"^#include .*\n", re.MULTILINE)
_INLINE_FUNCTION: Final = re.compile(r"^static inline .*?^}\n", re.MULTILINE | re.DOTALL)
"""Cannot be declared; nothing outside its header calls it."""


def header_declarations(headers: Iterable[Path]) -> str:
    """Return the declarations of headers, each after those that it includes.

    The preprocessor of the C compiler, `cc`, works out conditions and constants. Headers of the
    system are left out: cffi knows their types.

    Raises:
        OSError: a header or the compiler is missing.
        subprocess.CalledProcessError: the compiler refuses a header; it says why on stderr.
    """
    source = "".join(_INCLUDE.sub("", header.read_text(encoding="utf-8")) for header in headers)
    preprocess = ["cc", "-E", "-P", "-"]
    result = subprocess.run(  # noqa: S603 (the command is fixed; its input is our own headers)
        preprocess, input=source, stdout=subprocess.PIPE, text=True, check=True
    )
    return _INLINE_FUNCTION.sub("", result.stdout)


def header_includes(headers: Iterable[Path]) -> str:
    """Return the C lines that include headers."""
    return "".join(f'#include "{header.name}"\n' for header in headers)
