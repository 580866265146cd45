"""The comparison of all candidates, in 80 columns."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from pipeline.cli.output import bytes_text, duration_text, memory_text, plain_table
from pipeline.packaging.build_record import percent_of_full
from pipeline.packaging.obstacle import ObstacleKind
from pipeline.packaging.selection import RatedCandidate, full_compressed_bytes

_VERDICTS = {
    ObstacleKind.UNSAFE: "unsafe",
    ObstacleKind.POINTLESS: "no",
    ObstacleKind.NO_APPLIER: "none",
    ObstacleKind.RAM: "RAM",
    ObstacleKind.SCRATCH_FLASH: "flash",
    ObstacleKind.SLOT: "slot",
    ObstacleKind.DOWNLOAD_AREA: "area",
}
"""The table has room for one word per obstacle; the build record has the sentence."""

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
    times_s = times_s or {}
    links = (f">{_two_lines(link)}" for link in times_s)
    table = plain_table("engine", ">bytes", ">%", ">RAM", *links, "fits", title=title)
    full = full_compressed_bytes(rated)
    for index, one in sorted(enumerate(rated), key=lambda item: item[1].package_bytes):
        percent = percent_of_full(one.package_bytes, full)
        chosen = one.candidate.engine == winner
        table.add_row(
            one.candidate.engine,
            bytes_text(one.package_bytes),
            "" if percent is None else f"{percent:.1f}",
            memory_text(one.candidate.needs.ram_bytes),
            *(_time_text(seconds[index]) for seconds in times_s.values()),
            "best" if chosen else _verdict(one),
            style="bold green" if chosen else "" if one.fits else "dim",
        )
    console.print(table)
    console.print(_LEGEND, style="dim", highlight=False)


def _time_text(seconds: float | None) -> str:
    return "never" if seconds is None else duration_text(seconds)


def _verdict(rated: RatedCandidate) -> str:
    return "yes" if rated.obstacle is None else _VERDICTS[rated.obstacle.kind]


def _two_lines(link: str) -> str:
    """Break a link's name at its first hyphen, so that three links fit beside the rest."""
    return link.replace("-", "\n", 1)
