"""`airdelta plan --fleet`: what each version of a fleet takes, and which packages to build."""

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from device_apply.errors import ProfileError
from link_sim.errors import LinkError
from link_sim.tariff import Tariff
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.fleet_plan_table import render_fleet_plan
from pipeline.cli.link import read_link
from pipeline.cli.options import load_profile
from pipeline.cli.output import emit, progress
from pipeline.cli.plan_files import PlanFiles
from pipeline.engines.result_cache import ResultCache
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError
from pipeline.images.releases import Release, parse_release, read_releases, split_variant
from pipeline.input_files import read_input_file
from pipeline.matrix.cells import ONLY_VARIANT
from pipeline.packaging.file_set import write_files
from pipeline.planning.fleet_group import DeviceClass, FleetTask
from pipeline.planning.fleet_json import fleet_plan_json
from pipeline.planning.fleet_list import FleetRow, parse_fleet
from pipeline.planning.fleet_page import fleet_page
from pipeline.planning.fleet_plan import plan_fleet
from pipeline.planning.forecast import Circumstances
from pipeline.planning.limits import Limits
from pipeline.planning.outlooks import OutlookCache, Outlooks
from pipeline.planning.step_rating import StepRater

_MAX_LIST_BYTES: Final = 16 << 20

Fleet = Annotated[
    Path | None,
    typer.Option(
        metavar="FLEET.csv",
        help="Plan for a whole fleet: columns version, device_class, link, count.",
    ),
]
FleetReleases = Annotated[
    list[str] | None,
    typer.Option(
        "--release",
        metavar="[CLASS/]VERSION=IMAGE",
        help="With --fleet: a released version; repeat for each.",
    ),
]
Goal = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="VERSION", help="With --fleet: what all shall run. Default: the newest."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What a plan is asked for, whatever it is of."""

    circumstances: Circumstances
    limits: Limits
    tariff: Tariff | None
    files: PlanFiles
    other_settings: bool
    """Whether to try some of links and device."""
    no_cache: bool
    as_json: bool


def plan_for_fleet(
    fleet: Path, release: list[str] | None, goal: str | None, terms: PlanTerms
) -> None:
    """Plan for every group of a list, and print it; exit code 1 if one has no path."""
    text = read_input_file(fleet, "fleet list", _MAX_LIST_BYTES).decode(errors="replace")
    rows = parse_fleet(text, str(fleet))
    releases = _read_releases(release or [], goal)
    with _naming_file(fleet):
        links = {name: read_link(name) for name in dict.fromkeys(row.link for row in rows)}
    cache = None if terms.no_cache else OutlookCache()
    with process_executor() as executor, progress("planning", None) as advance:
        rating = _Rating(executor, None if terms.no_cache else ResultCache(), advance)
        with _naming_file(fleet):
            classes = _device_classes(rows, releases, rating)
        plan = plan_fleet(
            FleetTask(
                rows=rows,
                classes=classes,
                links=links,
                circumstances=terms.circumstances,
                limits=terms.limits,
                tariff=terms.tariff,
            ),
            Outlooks(cache=cache, executor=executor, observe=advance),
        )
    if terms.files.html is not None:
        command = shlex.join(["airdelta", *sys.argv[1:]])
        write_files({terms.files.html: fleet_page(plan, command).encode()})
    emit(
        fleet_plan_json(plan),
        lambda console: render_fleet_plan(console, plan),
        as_json=terms.as_json,
    )
    if plan.stranded:
        raise typer.Exit(ExitCode.REJECTED)


@contextmanager
def _naming_file(fleet: Path) -> Iterator[None]:
    """Let an error about a link or a device class say where it is named."""
    try:
        yield
    except (InputError, LinkError, ProfileError) as error:
        raise InputError(f"{fleet}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Rating:
    executor: Executor
    cache: ResultCache | None
    advance: Callable[[str], None]


def _device_classes(
    rows: Sequence[FleetRow], releases: Mapping[str, tuple[Release, ...]], rating: _Rating
) -> dict[str, DeviceClass]:
    """Return what each name in the list stands for: a profile, and the releases for it."""
    found = {}
    for name in dict.fromkeys(row.device_class for row in rows):
        profile = load_profile(name)
        mine = releases.get(profile.name) or releases.get(ONLY_VARIANT)
        if mine is None:
            raise InputError(
                f"device class {name}: no release is for it: give --release VERSION=IMAGE, or "
                f"--release {profile.name}/VERSION=IMAGE for its own images"
            )
        found[name] = DeviceClass(
            profile=profile,
            releases=mine,
            rate=StepRater(
                profile=profile,
                executor=rating.executor,
                cache=rating.cache,
                observe=rating.advance,
            ),
        )
    return found


def _read_releases(named: Sequence[str], goal: str | None) -> dict[str, tuple[Release, ...]]:
    """Return the releases of each device class, oldest first and up to the goal."""
    paths: dict[str, list[tuple[str, Path]]] = {}
    for text in named:
        label, path = parse_release(text)
        device_class, version = split_variant(label)
        paths.setdefault(device_class, []).append((version, path))
    found = {}
    for device_class, files in paths.items():
        releases = read_releases(files)
        whose = f" of {device_class}" if device_class else ""
        versions = [one.version for one in releases]
        if goal is not None and goal not in versions:
            raise InputError(f"--to {goal}: no such release{whose} (given: {', '.join(versions)})")
        last = len(versions) if goal is None else versions.index(goal) + 1
        if last < 2:  # noqa: PLR2004 (from one to another)
            raise InputError(f"--release: there is nothing to update from{whose}: give two or more")
        found[device_class] = releases[:last]
    if not found:
        raise InputError("--fleet: needs --release VERSION=IMAGE for each version that devices run")
    return found
