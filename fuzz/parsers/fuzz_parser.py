"""Fuzz one parser with atheris: `python -m fuzz.parsers.fuzz_parser TARGET [LIBFUZZER OPTION]...`.

New inputs are kept in out/fuzz/parsers/TARGET and used the next time. What breaks a parser is left
in out/fuzz/findings; given as a file on the command line it is shown again.
"""

import sys
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["device_apply", "link_sim", "pipeline"]):
    from fuzz.parsers.targets import TARGETS, target_named

ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = Path(__file__).parent / "corpus"


def main(arguments: list[str]) -> None:
    """Run the fuzzer; it ends the process."""
    if len(arguments) < 2 or arguments[1] not in {target.name for target in TARGETS}:  # noqa: PLR2004
        sys.exit(f"give a target: {', '.join(target.name for target in TARGETS)}")
    target = target_named(arguments[1])
    found = ROOT / "out" / "fuzz" / "parsers" / target.name
    findings = ROOT / "out" / "fuzz" / "findings"
    for folder in (found, findings):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"-artifact_prefix={findings}/{target.name}-", "-timeout=30", "-rss_limit_mb=2048"]
    seeds = (
        [] if any(Path(one).is_file() for one in arguments[2:]) else _folders(target.name, found)
    )
    atheris.Setup([arguments[0], *options, *arguments[2:], *seeds], target.run)
    atheris.Fuzz()


def _folders(name: str, found: Path) -> list[str]:
    """Return where new inputs go, and where those that are committed lie."""
    return [str(found), str(CORPUS / name)]


if __name__ == "__main__":
    main(sys.argv)
