"""`airdelta explain`: where the bytes of a patch go, why, and what would make it smaller."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from pipeline.cli.options import AsJson, Base, New, read_firmware
from pipeline.cli.output import emit, plain_table, progress
from pipeline.encoder.options import Tier
from pipeline.explain.attribution import Line
from pipeline.explain.explanation import Explanation, explain_patch
from pipeline.explain.explanation_json import to_json
from pipeline.explain.page import to_html
from pipeline.images.firmware_image import FirmwareImage
from pipeline.images.symbol_file import with_symbols
from pipeline.packaging.file_set import write_files
from pipeline.wording import bytes_text

_MOST_SHOWN: Final = 1000

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Also write a page with a picture there."),
]
Top = Annotated[
    int, typer.Option("--top", min=1, max=_MOST_SHOWN, help="Symbols and findings to show.")
]
TierOption = Annotated[
    Tier, typer.Option("--tier", help="Which decoder the patch is for, by its memory.")
]
BaseSymbols = Annotated[
    Path | None,
    typer.Option(
        "--base-symbols", metavar="FILE", help="ELF or map file of a base image without names."
    ),
]
NewSymbols = Annotated[
    Path | None,
    typer.Option(
        "--new-symbols", metavar="FILE", help="ELF or map file of a new image without names."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    base: Base,
    new: New,
    base_symbols: BaseSymbols = None,
    new_symbols: NewSymbols = None,
    tier: TierOption = Tier.STANDARD,
    top: Top = 10,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Say where the bytes of an airdelta patch go: by kind, section, function; causes; advice.

    Every byte is accounted for, by the probabilities that the encoder itself used. Symbols come
    from ELF images, or from the ELF or map file beside an image.

    **Examples**

    `airdelta explain --base v1.elf --new v2.elf`

    `airdelta explain --base v1.signed.bin --base-symbols v1.map --new v2.signed.bin
    --new-symbols v2.map --html why.html`
    """
    base_image = _named(read_firmware(base), base_symbols)
    new_image = _named(read_firmware(new), new_symbols)
    with progress("explaining", None) as advance:
        advance(new.name)
        explanation = explain_patch(base_image, new_image, tier)
    if html is not None:
        write_files({html: to_html(explanation).encode()})
    emit(
        to_json(explanation),
        lambda console: _render(console, explanation, top),
        as_json=as_json,
    )


def _named(image: FirmwareImage, symbols: Path | None) -> FirmwareImage:
    return image if symbols is None else with_symbols(image, symbols)


def _render(console: Console, explanation: Explanation, top: int) -> None:
    attribution = explanation.attribution
    console.print(
        f"{explanation.base.image.name} to {explanation.new.image.name}, "
        f"airdelta-{explanation.tier}: {bytes_text(attribution.patch_bytes)} bytes of patch for "
        f"{bytes_text(explanation.new.image.size)} of image",
        style="bold",
        soft_wrap=True,
    )
    _print_lines(console, "what they are spent on", attribution.by_kind, attribution.patch_bytes)
    _print_lines(console, "section", attribution.by_section, attribution.patch_bytes)
    symbols = attribution.by_symbol
    _print_lines(console, "function or object", symbols[:top], attribution.patch_bytes)
    if len(symbols) > top:
        rest = sum(line.patch_bytes for line in symbols[top:])
        console.print(f"and {len(symbols) - top} more, {rest:,.1f} bytes (--top)", style="dim")
    if explanation.causes:
        console.print("\nWhy:", style="bold")
    for cause in explanation.causes:
        console.print(f"- {cause.patch_bytes:,.1f} bytes: {cause.what}", soft_wrap=True)
        console.print(f"  {cause.advice}", style="dim", soft_wrap=True)
    if explanation.findings:
        console.print("\nFor smaller updates:", style="bold")
    for finding in explanation.findings[:top]:
        console.print(
            f"- {finding.rule}: {finding.where}: {finding.what}: {finding.advice}", soft_wrap=True
        )


def _print_lines(console: Console, title: str, lines: Sequence[Line], total: int) -> None:
    table = plain_table(title, ">bytes", ">%")
    for line in lines:
        share = 100 * line.patch_bytes / total
        table.add_row(line.name, f"{line.patch_bytes:,.1f}", f"{share:.1f}")
    console.print("")
    console.print(table)
