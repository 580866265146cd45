"""`airdelta plan`: full image or patch, over which link, how long?"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from device_apply.errors import ProfileError
from device_apply.profile import LayoutKind
from link_sim.fleet.plan import MAX_DEVICES
from link_sim.link import Link
from link_sim.loss.notation import parse_loss
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.fleet_plan import Fleet, FleetReleases, Goal, PlanTerms, plan_for_fleet
from pipeline.cli.link import read_link
from pipeline.cli.loss import Loss, read_trace
from pipeline.cli.options import AsJson, Device, load_profile, read_firmware
from pipeline.cli.output import emit, progress
from pipeline.cli.plan_files import Csv, Figures, Html, Markdown, PlanFiles, Png, write_plan_files
from pipeline.cli.plan_table import render_plan
from pipeline.cli.quantities import read_bytes, read_duration_s, read_energy_mj
from pipeline.cli.tariff import TariffOption, read_tariff
from pipeline.engines.registry import ENGINES
from pipeline.engines.result_cache import ResultCache
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError
from pipeline.in_place.layouts import with_layout
from pipeline.packaging.build import BuildRequest, rate_candidates
from pipeline.packaging.selection import RatedCandidate
from pipeline.planning.comparison import Comparison, compare
from pipeline.planning.forecast import Circumstances
from pipeline.planning.limits import Limits
from pipeline.planning.other_settings import OtherLayout, OtherSetting, other_settings
from pipeline.planning.outlooks import OutlookCache, Outlooks
from pipeline.planning.plan_json import plan_json
from pipeline.planning.plan_report import PlanReport
from pipeline.planning.spending import Spending
from pipeline.planning.sweeps import sweep, sweep_size

DEFAULT_LINKS = ("eu868-dr3", "ble-1m", "nbiot-ce0")

RunningImage = Annotated[
    Path | None, typer.Option("--base", help="Firmware that devices run now.", metavar="IMAGE")
]
NewImage = Annotated[
    Path | None, typer.Option("--new", help="Firmware they will run.", metavar="IMAGE")
]
Links = Annotated[
    list[str] | None,
    typer.Option(
        "--link",
        metavar="NAME|FILE.toml",
        help=f"Link to compare on; repeat for several. Default: {', '.join(DEFAULT_LINKS)}.",
    ),
]
Devices = Annotated[int, typer.Option(min=1, max=MAX_DEVICES, help="Devices that get the update.")]
Gateways = Annotated[int, typer.Option(min=1, help="Gateways that they are spread over.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same losses.")]
Layout = Annotated[
    LayoutKind | None,
    typer.Option(help="How the device installs, if not as its profile says."),
]
Deadline = Annotated[
    str | None,
    typer.Option(metavar="8h", help="Until when 95 of 100 devices have the update."),
]
MaxEnergy = Annotated[
    str | None, typer.Option(metavar="2.5J", help="Most energy for the median device.")
]
Ram = Annotated[str | None, typer.Option(metavar="16KiB", help="Most RAM for applying the update.")]
Budget = Annotated[
    float | None,
    typer.Option(min=0, metavar="AMOUNT", help="Most for the fleet, in the tariff's currency."),
]
OtherSettings = Annotated[
    bool,
    typer.Option(
        "--other-settings",
        help="Also try other settings: data rate, coded fragments, fragment size, connection "
        "interval of each link; other layouts of the flash.",
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Compute all anew, whatever earlier plans found.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    base: RunningImage = None,
    new: NewImage = None,
    fleet: Fleet = None,
    release: FleetReleases = None,
    to: Goal = None,
    device: Device = None,
    layout: Layout = None,
    link: Links = None,
    tariff: TariffOption = None,
    loss: Loss = "none",
    devices: Devices = 1,
    gateways: Gateways = 1,
    seed: Seed = 0,
    deadline: Deadline = None,
    max_energy: MaxEnergy = None,
    ram: Ram = None,
    budget: Budget = None,
    other: OtherSettings = False,
    html: Html = None,
    csv: Csv = None,
    markdown: Markdown = None,
    figures: Figures = None,
    png: Png = False,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Compare every strategy on every link: bytes, RAM, time, energy and cost.

    Without --loss and --devices the figures are those of one device that loses nothing. Exit code
    1 if no strategy fits the device and keeps the limits; the last line says which limit binds.
    With --fleet: what every version takes, what to build, and a proof that all get there.

    **Examples**

    `airdelta plan --base v1.bin --new v2.bin --link eu868-dr0 --link nbiot-ce2`

    `airdelta plan --base v1.bin --new v2.bin --loss 0.1 --devices 10000 --deadline 8h`

    `airdelta plan --base v1.bin --new v2.bin --other-settings --html plan.html --figures figures`

    `airdelta plan --fleet fleet.csv --release 1.0.0=v1.bin --release 2.0.0=v2.bin`
    """
    limits = Limits(
        deadline_s=None if deadline is None else read_duration_s("--deadline", deadline),
        energy_mj=None if max_energy is None else read_energy_mj("--max-energy", max_energy),
        ram_bytes=None if ram is None else read_bytes("--ram", ram),
        budget=budget,
    )
    if budget is not None and tariff is None:
        raise InputError("--budget: needs --tariff, which says what a byte costs")
    circumstances = Circumstances(
        loss=parse_loss(loss, read_trace),
        loss_text=loss,
        devices=devices,
        gateways=gateways,
        seed=seed,
    )
    terms = PlanTerms(
        circumstances=circumstances,
        limits=limits,
        tariff=None if tariff is None else read_tariff(tariff),
        files=PlanFiles(html=html, csv=csv, markdown=markdown, figures=figures, png=png),
        other_settings=other,
        no_cache=no_cache,
        as_json=as_json,
    )
    if fleet is not None:
        if base or new or device or layout or link:
            raise InputError("--fleet: has versions, device classes and links; leave others out")
        if other or terms.files.are_for_a_pair:
            raise InputError("--fleet: leave out --other-settings, --csv, --markdown, --figures")
        plan_for_fleet(fleet, release, to, terms)
        return
    if png and figures is None:
        raise InputError("--png: needs --figures, which says where")
    if base is None or new is None or release or to:
        raise InputError("give --base and --new, or --fleet with --release for every version")
    profile = with_layout(load_profile(device), layout)
    request = BuildRequest(
        base=read_firmware(base), new=read_firmware(new), profile=profile, security_counter=0
    )
    _plan_pair(request, [read_link(name) for name in link or DEFAULT_LINKS], terms)


def _plan_pair(request: BuildRequest, links: Sequence[Link], terms: PlanTerms) -> None:
    """Compare all ways from one image to another, for one device class."""
    profile = request.profile
    spending = Spending(profile=profile, new_bytes=request.new.size, tariff=terms.tariff)
    with process_executor() as executor, _result_cache(no_cache=terms.no_cache) as cache:
        rated = _rate(request, executor, cache)
        outlooks = Outlooks(cache=None if terms.no_cache else OutlookCache(), executor=executor)
        with progress("forecasting", len(rated) * len(links)) as advance:
            comparison = compare(
                rated,
                links,
                spending,
                terms.circumstances,
                terms.limits,
                replace(outlooks, observe=advance),
            )
        layouts = _other_layouts(request, terms, executor, cache) if terms.other_settings else []
        report = _report(comparison, request, outlooks, terms, layouts)
    write_plan_files(report, terms.files)
    emit(
        plan_json(comparison, report.settings),
        lambda console: render_plan(console, report, request),
        as_json=terms.as_json,
    )
    if comparison.best() is None:
        raise typer.Exit(ExitCode.REJECTED)


@contextmanager
def _result_cache(*, no_cache: bool) -> Iterator[ResultCache]:
    """Yield where engines' results are kept: for the next plan, or for this one alone."""
    if not no_cache:
        yield ResultCache()
        return
    with TemporaryDirectory(prefix="airdelta-") as folder:
        yield ResultCache(Path(folder))


def _rate(
    request: BuildRequest, executor: Executor, cache: ResultCache
) -> Sequence[RatedCandidate]:
    """Run every engine, or take what an earlier plan found."""
    with progress("comparing", len(ENGINES)) as advance:
        rated, _ = rate_candidates(
            request, executor, lambda outcome: advance(outcome.engine), cache=cache
        )
    return rated


def _other_layouts(
    request: BuildRequest, terms: PlanTerms, executor: Executor, cache: ResultCache
) -> list[OtherLayout]:
    """Return the other ways in which the device could install, as far as its flash allows."""
    layouts = []
    for kind in LayoutKind:
        if kind is request.profile.layout.kind:
            continue
        try:
            profile = with_layout(request.profile, kind)
        except (InputError, ProfileError):
            continue
        rated = _rate(replace(request, profile=profile), executor, cache)
        new_bytes = request.new.size
        spending = Spending(profile=profile, new_bytes=new_bytes, tariff=terms.tariff)
        layouts.append(OtherLayout(setting=str(kind), rated=tuple(rated), spending=spending))
    return layouts


def _report(
    comparison: Comparison,
    request: BuildRequest,
    outlooks: Outlooks,
    terms: PlanTerms,
    layouts: Sequence[OtherLayout],
) -> PlanReport:
    """Compute what stands beside the comparison, as far as somebody asked for it."""
    best, sweeps = comparison.best(), None
    if best is not None and terms.files.need_sweeps:
        with progress("sweeping", sweep_size(comparison, best)) as advance:
            sweeps = sweep(comparison, best, replace(outlooks, observe=advance))
    settings: tuple[OtherSetting, ...] = ()
    if terms.other_settings:
        with progress("other settings", None) as advance:
            settings = other_settings(comparison, layouts, replace(outlooks, observe=advance))
    return PlanReport(
        comparison=comparison,
        base=request.base,
        new=request.new,
        sweeps=sweeps,
        command=shlex.join(["airdelta", *sys.argv[1:]]),
        settings=settings,
    )
