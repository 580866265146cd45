"""`airdelta demo`: the main job on the sample firmware, from two images to a confirmed update."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.rule import Rule

from device_apply.profile import DeviceProfile
from device_apply.profile_toml import builtin_profile_text, parse_profile
from device_apply.trust import PublicKey, TrustAnchors
from link_sim.links import load_link
from link_sim.loss.notation import parse_loss
from pipeline.cli.build import size_text
from pipeline.cli.candidate_table import print_candidates
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import AsJson
from pipeline.cli.output import Advance, emit, progress
from pipeline.cli.simulation_report import render_story, report_json
from pipeline.engines.registry import ENGINES
from pipeline.engines.runner import process_executor
from pipeline.images.reader import read_image
from pipeline.json_document import Json
from pipeline.keys.key_files import load_signer
from pipeline.keys.new_keys import KeyAlgorithm, create_key_pair
from pipeline.keys.signer import Signer
from pipeline.packaging.applying import apply_package
from pipeline.packaging.build import BuildRequest, seal
from pipeline.packaging.update_package import verify_package
from pipeline.planning.comparison import Comparison, compare
from pipeline.planning.plan_json import plan_json
from pipeline.planning.spending import Spending
from pipeline.planning.verdict import link_text
from pipeline.rehearsal.device_energy import PoweredDevice
from pipeline.rehearsal.pricing import PricedSimulation, price
from pipeline.rehearsal.release import Release, make_release
from pipeline.rehearsal.simulation import Conditions, Target, simulate_update
from sample_firmware import image_path

BASE_VERSION, NEW_VERSION = "1.0.0", "1.1.0"
DEVICE = "sensor-node"
SECURITY_COUNTER = 1
POWER_CUTS = 2
SEED = 9
"""A run in which something is lost on every link, and power fails both while the device receives
and while it installs; any other seed ends the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossing:
    """One of the links that the update crosses, and what it loses there."""

    link: str
    loss: str


CROSSINGS = (
    _Crossing(link="eu868-dr3", loss="ge:0.1,0.4"),
    _Crossing(link="ble-1m", loss="0.1"),
    _Crossing(link="nbiot-ce0", loss="0.1"),
)
"""Loss that is common in the field, so that repair is seen at work; not a claim about any site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _DemoResult:
    release: Release
    comparison: Comparison
    verified_packages: int
    reports: tuple[PricedSimulation, ...]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(as_json: AsJson = False) -> None:
    """Update a sample sensor node: build, compare, sign, send over three links, apply, confirm.

    Needs no files: two releases of a small firmware are part of the product. Fragments are lost
    and the power fails twice on the way.
    """
    steps = len(ENGINES) + len(CROSSINGS)
    with tempfile.TemporaryDirectory() as folder, progress("demo", steps) as advance:
        pair = create_key_pair(Path(folder) / "demo.pem", KeyAlgorithm.ED25519, None)
        signer = load_signer(pair.private_path, None)
        with process_executor() as executor:
            result = _run(signer, executor, advance)
    emit(_json(result), lambda console: _render(console, result), as_json=as_json)
    if not all(report.report.completed for report in result.reports):
        raise typer.Exit(ExitCode.REJECTED)


def _run(signer: Signer, executor: Executor, advance: Advance) -> _DemoResult:
    profile = parse_profile(builtin_profile_text(DEVICE))
    request = BuildRequest(
        base=read_image(image_path(BASE_VERSION)),
        new=read_image(image_path(NEW_VERSION)),
        profile=profile,
        security_counter=SECURITY_COUNTER,
    )
    trust = TrustAnchors([PublicKey.from_pem(signer.public_key_pem)])
    release = make_release(request, signer, executor, lambda outcome: advance(outcome.engine))
    rated = release.built.selection.rated
    for one in rated:
        package = seal(request, one.candidate, signer)
        verify_package(package, trust)
        apply_package(package, request.base)
    links = [load_link(crossing.link) for crossing in CROSSINGS]
    return _DemoResult(
        release=release,
        comparison=compare(rated, links, Spending(profile=profile, new_bytes=request.new.size)),
        verified_packages=len(rated),
        reports=tuple(_cross(release, trust, profile, advance)),
    )


def _cross(
    release: Release, trust: TrustAnchors, profile: DeviceProfile, advance: Advance
) -> Sequence[PricedSimulation]:
    base = release.built.request.base
    target = Target(base=base, profile=profile, verifier=trust)
    reports = []
    for crossing in CROSSINGS:
        link = load_link(crossing.link)
        conditions = Conditions(
            link=link,
            loss=parse_loss(crossing.loss),
            seed=SEED,
            power_cuts=POWER_CUTS,
        )
        package = release.built.package
        report = simulate_update(package, target, conditions)
        reports.append(price(report, package, PoweredDevice.of(link, profile), None))
        advance(crossing.link)
    return reports


def _json(result: _DemoResult) -> dict[str, Json]:
    return {
        "record": result.release.record(),
        "comparison": plan_json(result.comparison),
        "simulations": [report_json(report) for report in result.reports],
    }


def _render(console: Console, result: _DemoResult) -> None:
    built = result.release.built
    request, winner = built.request, built.selection.winner.candidate
    _heading(console, "1. Two releases of a sensor node's firmware")
    console.print(
        f"base image  {request.base.name}  {request.base.size:,} bytes, what the device runs\n"
        f"new image   {request.new.name}  {request.new.size:,} bytes, what it will run\n"
        f"device      {request.profile.name}: two slots of {request.profile.slot_bytes:,} bytes, "
        f"{request.profile.applier_ram_bytes:,} bytes of RAM to apply",
        highlight=False,
    )
    _heading(console, "2. Every engine builds a signed package")
    times = {column.link.name: column.seconds for column in result.comparison.columns}
    title = "time is without loss, by link"
    print_candidates(console, result.comparison.rated, title, winner.engine, times)
    for column in result.comparison.columns:
        console.print(f"  {link_text(result.comparison, column)}", highlight=False)
    _heading(console, "3. The smallest that fits is signed and proved")
    console.print(
        f"All {result.verified_packages} packages verify and decode to the new image.\n"
        f"chosen  {winner.engine}: {built.selection.reason}\n"
        f"size    {size_text(result.release)}\n"
        f"proof   {result.release.proof.summary}",
        highlight=False,
    )
    for number, (crossing, report) in enumerate(
        zip(CROSSINGS, result.reports, strict=True), start=4
    ):
        _heading(
            console,
            f"{number}. Over {crossing.link}, loss {crossing.loss}, {POWER_CUTS} power cuts",
        )
        render_story(console, report)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Rule(text, align="left", style="dim"))
