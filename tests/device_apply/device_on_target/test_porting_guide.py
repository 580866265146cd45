"""The example that the porting guide shows is the example that runs."""

from pathlib import Path

from docs.source_blocks import ROOT, refreshed, shown_sources

PORTING = ROOT / "docs" / "PORTING.md"
EXAMPLE = Path("device_apply/core/device/example_port")


def test_the_guide_shows_the_sources_as_they_are() -> None:
    document = PORTING.read_text()

    assert refreshed(document) == document


def test_every_source_of_the_example_is_shown_or_named() -> None:
    document = PORTING.read_text()
    shown = shown_sources(document)
    sources = [path for path in (ROOT / EXAMPLE).iterdir() if path.suffix in {".c", ".ld"}]

    assert sources
    for source in sources:
        path = str(EXAMPLE / source.name)
        assert path in shown or f"`{source.name}`" in document, source.name


def test_a_source_that_changed_is_noticed() -> None:
    document = PORTING.read_text().replace("FLASH_SECTOR_BYTES 2048u", "FLASH_SECTOR_BYTES 4096u")

    assert refreshed(document) != document
