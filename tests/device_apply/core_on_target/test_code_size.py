"""The decoder for a Cortex-M4 fits the room that small devices have for it.

It is built as docs/PORTING.md tells, and this very program is what the other tests here run.
"""

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.device_apply.core_on_target.cross_build import build_library
from tests.device_apply.cortex_m.toolchain import COMPILER_PACKAGES, has_compiler

pytestmark = pytest.mark.skipif(
    not has_compiler(), reason=f"needs apt packages: {COMPILER_PACKAGES}"
)

CODE_LIMIT_BYTES: Final = 6 << 10
TABLES_LIMIT_BYTES: Final = 5 << 10
FROZEN_TABLES: Final = ("ad_priors", "counters", "weights")
"""Starting values of the model: names of `priors_tiny.c` and `priors_map.c` begin with these."""
MEMORY_FUNCTIONS: Final = ("memcpy", "memmove", "memset", "memcmp")
"""What the C library gives, and most programs have anyway."""


def test_the_tiny_decoder_for_thumb_takes_at_most_six_kibibytes(tmp_path: Path) -> None:
    library = build_library(tmp_path, cpu="cortex-m4")
    table_bytes = sum(
        size for name, size in library.sizes.items() if name.startswith(FROZEN_TABLES)
    )
    memory_bytes = sum(library.sizes.get(name, 0) for name in MEMORY_FUNCTIONS)
    code_bytes = len(library.code) - table_bytes - memory_bytes
    found = f"code {code_bytes}, frozen tables {table_bytes}, C library {memory_bytes} bytes"
    sys.stdout.write(found)

    assert 0 < memory_bytes < code_bytes <= CODE_LIMIT_BYTES
    assert 0 < table_bytes <= TABLES_LIMIT_BYTES
