"""What the device library takes of a Cortex-M0+ and a Cortex-M4: code by part, stack by call.

    python bench/footprint.py                             print the tables
    python bench/footprint.py --write docs/PORTING.md     put them into the document

Needs the repository with its development tools, gcc-arm-none-eabi and libnewlib-arm-none-eabi.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.device_apply.device_on_target.footprint import code_rows, stack_rows, table

_PLACE = re.compile(r"(?<=<!-- footprint -->\n).*(?=<!-- footprint: end -->)", re.DOTALL)


def measured() -> str:
    """Return both tables."""
    with tempfile.TemporaryDirectory() as folder:
        tables = (
            table(code_rows(Path(folder)), "code and constants, bytes"),
            table(stack_rows(Path(folder)), "stack, bytes"),
        )
    return "\n\n".join(tables) + "\n"


def main() -> int:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="a document with a place for the tables")
    document = parser.parse_args().write
    tables = measured()
    if document is None:
        print(tables, end="")
    else:
        document.write_text(_PLACE.sub(lambda _match: f"\n{tables}\n", document.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
