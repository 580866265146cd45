"""The bench is scripts, not a package of the product: what they import lies beside them."""

import sys
from pathlib import Path

_BENCH = str(Path(__file__).parents[2] / "bench")

if _BENCH not in sys.path:
    sys.path.append(_BENCH)
