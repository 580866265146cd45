"""Keeps sources that documents show equal to the sources.

A fenced block that follows a line `<!-- source: PATH -->` holds that file, the path seen from the
root of the repository.

    python docs/source_blocks.py docs/PORTING.md           rewrite the blocks
    python docs/source_blocks.py --check docs/PORTING.md
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"^<!-- source: (\S+) -->\n```(\w*)\n.*?^```$", re.MULTILINE | re.DOTALL)


def refreshed(document: str) -> str:
    """Return the document with the sources as they are now.

    Raises:
        FileNotFoundError: a block names a file that does not exist.
    """

    def read(match: re.Match[str]) -> str:
        path, language = match.groups()
        source = (ROOT / path).read_text()
        return f"<!-- source: {path} -->\n```{language}\n{source}```"

    return _BLOCK.sub(read, document)


def shown_sources(document: str) -> list[str]:
    """Return the paths of the files that a document shows."""
    return [match.group(1) for match in _BLOCK.finditer(document)]


def main() -> int:
    """Rewrite or check documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    parser.add_argument("documents", nargs="+", type=Path)
    options = parser.parse_args()
    outdated = 0
    for path in options.documents:
        document = path.read_text()
        current = refreshed(document)
        if current == document:
            continue
        outdated += 1
        if options.check:
            print(f"{path}: shows older sources; run python docs/source_blocks.py {path}")
        else:
            path.write_text(current)
    return 1 if options.check and outdated else 0


if __name__ == "__main__":
    sys.exit(main())
