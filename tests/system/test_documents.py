"""What documents show is what commands print."""

import re
from pathlib import Path

import pytest

from docs.console_blocks import ROOT, documents_with_commands, refreshed


@pytest.mark.parametrize("document", documents_with_commands(), ids=lambda path: path.name)
def test_the_console_blocks_are_what_the_commands_print(document: Path) -> None:
    """If this fails after a wanted change: `make docs`, and read the difference."""
    text = document.read_text(encoding="utf-8")

    assert refreshed(text) == text


def test_every_user_has_a_page_with_commands() -> None:
    pages = {path.stem for path in documents_with_commands()}

    assert {"README", "BUILD_ENGINEER", "PLANNER", "RADIO", "CI"} <= pages


def test_every_relative_link_leads_to_a_file() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in _relative_links(document):
            assert target.exists(), f"{document}: {target}"


def _relative_links(document: Path) -> list[Path]:
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    return [document.parent / target for target in targets]
