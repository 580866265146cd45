"""The comparison of all candidates, in 80 columns."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from pipeline.cli.output import plain_table
from pipeline.packaging.build_record import percent_of_full
from pipeline.packaging.obstacle import ObstacleKind
from pipeline.packaging.selection import RatedCandidate, full_compressed_bytes
from pipeline.wording import bytes_text, memory_text, time_text

_VERDICTS = {
    ObstacleKind.UNSAFE: "unsafe",
    ObstacleKind.POINTLESS: "no",
    ObstacleKind.NO_APPLIER: "none",
    ObstacleKind.RAM: "RAM",
    ObstacleKind.SCRATCH_FLASH: "flash",
    ObstacleKind.SLOT: "slot",
    ObstacleKind.DOWNLOAD_AREA: "area",
    ObstacleKind.PROGRAM_AREA: "area",
    ObstacleKind.CHECKPOINTS: "area",
}
"""The table has room for one word per obstacle; the build record has the sentence."""

_LINKS_BESIDE = 3
"""Columns of times that fit beside the rest in 80 columns; further links follow below."""
_LINKS_BELOW = 5

_LEGEND = """\
bytes: over the air, envelope included; %: of the smallest full image; RAM: to apply
fits: best = chosen; RAM, flash, slot, area = the device has too little of it;
none = no applier on the device; unsafe = may brick; no = delta of encrypted or
compressed images; never = too much for the link"""


def print_candidates(
    console: Console,
    rated: Sequence[RatedCandidate],
    title: str,
    winner: str | None = None,
    times_s: Mapping[str, Sequence[float | None]] | None = None,
) -> None:
    """Print the candidates, smallest package first.

    `winner` is the engine to mark. `times_s` adds one column per link: the link's name and the
    seconds for each candidate, in the order of `rated`.
    """
    links = list((times_s or {}).items())
    beside, further = links[:_LINKS_BESIDE], links[_LINKS_BESIDE:]
    headings = (f">{_stacked(link)}" for link, _ in beside)
    table = plain_table("engine", ">bytes", ">%", ">RAM", *headings, "fits", title=title)
    full = full_compressed_bytes(rated)
    order = sorted(range(len(rated)), key=lambda index: rated[index].package_bytes)
    for index in order:
        one = rated[index]
        percent = percent_of_full(one.package_bytes, full)
        chosen = one.candidate.engine == winner
        table.add_row(
            one.candidate.engine,
            bytes_text(one.package_bytes),
            "" if percent is None else f"{percent:.1f}",
            memory_text(one.candidate.needs.ram_bytes),
            *(time_text(seconds[index]) for _, seconds in beside),
            "best" if chosen else _verdict(one),
            style=_style(one, winner),
        )
    console.print(table)
    for first in range(0, len(further), _LINKS_BELOW):
        part = further[first : first + _LINKS_BELOW]
        table = plain_table("engine", *(f">{_stacked(link)}" for link, _ in part))
        for index in order:
            times = (time_text(seconds[index]) for _, seconds in part)
            table.add_row(rated[index].candidate.engine, *times, style=_style(rated[index], winner))
        console.print(table)
    console.print(_LEGEND, style="dim", highlight=False)


def _style(rated: RatedCandidate, winner: str | None) -> str:
    if rated.candidate.engine == winner:
        return "bold green"
    return "" if rated.fits else "dim"


def _verdict(rated: RatedCandidate) -> str:
    return "yes" if rated.obstacle is None else _VERDICTS[rated.obstacle.kind]


def _stacked(link: str) -> str:
    """Break a link's name at its hyphens, so that three links fit beside the rest."""
    return link.replace("-", "\n")
