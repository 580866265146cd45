"""Keeps what documents show equal to what commands print.

A fenced block of language `console` holds commands behind `$ ` and their output. All blocks of one
document run in order in one empty folder, in which `sample_firmware` is at hand.

    python docs/console_blocks.py                  rewrite the outputs in all documents
    python docs/console_blocks.py --check README.md
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_TIMEOUT_S = 120


def documents_with_commands() -> list[Path]:
    """Return every document that shows commands."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in documents if _BLOCK.search(path.read_text(encoding="utf-8"))]


def refreshed(document: str) -> str:
    """Return the document with the outputs that its commands print now."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample_firmware").symlink_to(ROOT / "sample_firmware")

        def run_block(match: re.Match[str]) -> str:
            return "\n".join(_run(command, folder) for command in _commands(match.group()))

        return _BLOCK.sub(run_block, document)


def _commands(block: str) -> Iterator[str]:
    """Yield every command of a block as it is written, continuation lines included."""
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            continue
        command = line
        while command.endswith("\\"):
            command += "\n" + next(lines)
        yield command


def _run(command: str, folder: str) -> str:
    words = shlex.split(command.removeprefix("$ ").replace("\\\n", " "))
    if words[0] not in ("airdelta", "cmp"):
        raise SystemExit(f"not a command that documents may run: {command}")
    tools = Path(sys.executable).parent
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join([command, *lines]).rstrip() + "\n"


def main() -> int:
    """Rewrite or check the documents given as arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    options = parser.parse_args()
    stale = False
    for path in options.documents or documents_with_commands():
        before = path.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            stale = True
            print(f"{path}: {'out of date' if options.check else 'rewritten'}")
            if not options.check:
                path.write_text(after, encoding="utf-8")
    return int(stale and options.check)


if __name__ == "__main__":
    sys.exit(main())
