"""`airdelta torture`: power cuts at any flash operation of a user's own update."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from device_apply.core.device.status import Verdict
from device_apply.flash_model.power_cuts import PowerCutPlan
from device_apply.profile import LayoutKind
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import (
    AsJson,
    Base,
    Device,
    New,
    load_profile,
    read_cuts,
    read_firmware,
)
from pipeline.cli.output import Advance, emit, progress
from pipeline.engines.runner import process_executor
from pipeline.errors import InputError
from pipeline.json_document import Json
from pipeline.torture.shards import (
    MOST_CUTS,
    Shard,
    ShardResult,
    exhaustive_shards,
    sampled_shards,
)
from pipeline.torture.survival import OnDone, SurvivalReport, run_spread
from pipeline.torture.victim import Victim, make_victim
from pipeline.wording import bytes_text

_DEFAULT_SAMPLES: Final = 2000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(torture)


def torture(
    base: Base,
    new: New,
    device: Device = None,
    layout: Annotated[
        LayoutKind | None,
        typer.Option(help="Derive a layout of this kind from the flash of the device."),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(
            min=0,
            help="Cases to draw: half with one cut anywhere, half with 2 to 9 cuts of which half "
            "hit the first operations after power-on.",
        ),
    ] = _DEFAULT_SAMPLES,
    exhaustive: Annotated[
        bool,
        typer.Option("--exhaustive", help="Cut at every flash operation in every variant instead."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same cases.")] = 0,
    replay: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Run one case: an id such as 17:torn:3+2:unsettled:99."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cut the power during your own update, thousands of times, and check every boot.

    The device is the library that microcontrollers link. After every cut it must boot the base
    image or the new one, and the update must end. Exit code 1 if any case fails.

    **Example**

    `airdelta torture --base v1.bin --new v2.bin --device my-board.toml --samples 5000`
    """
    cuts = None if replay is None else _parse_id(replay)
    profile = load_profile(device)
    derived = LayoutKind.AB if device is None and layout is None else layout
    base_image, new_image = read_firmware(base), read_firmware(new)
    with process_executor() as executor:
        victim = make_victim(base_image, new_image, profile, executor, derived)
        if cuts is not None:
            _replay(victim, cuts, as_json=as_json)
            return
        operations = victim.sweep().operations()
        shards = _shards(operations, samples, seed, exhaustive=exhaustive)
        with progress("torture", len(shards)) as advance:
            report = run_spread(victim, shards, executor, _counting(advance))
    again = _command(base, new, device, layout)
    emit(report.to_json(), lambda console: _render(console, report, again), as_json=as_json)
    if report.failures:
        raise typer.Exit(ExitCode.REJECTED)


def _counting(advance: Advance) -> OnDone:
    """Show how many cases there were, and failed, as each portion is done."""
    cases = failures = 0

    def count(result: ShardResult) -> None:
        nonlocal cases, failures
        cases, failures = cases + result.cases, failures + result.failures
        advance(f"{bytes_text(cases)} cases, {bytes_text(failures)} failures")

    return count


def _shards(operations: int, samples: int, seed: int, *, exhaustive: bool) -> Sequence[Shard]:
    if exhaustive:
        return list(exhaustive_shards(range(1, operations + 1), seed))
    return list(sampled_shards(operations, samples, seed))


def _parse_id(text: str) -> tuple[PowerCutPlan, ...]:
    cuts = read_cuts(text)
    if len(cuts) > MOST_CUTS:
        raise InputError(f"--replay: {len(cuts)} cuts; a case has at most {MOST_CUTS}")
    return cuts


def _replay(victim: Victim, cuts: Sequence[PowerCutPlan], *, as_json: bool) -> None:
    result = victim.sweep().run(cuts)
    survived = result.verdict is Verdict.OK
    document: dict[str, Json] = {
        "failures": 0 if survived else 1,
        "cases": 1,
        "boots": result.boots,
        "verdict": result.verdict.label,
        "status": result.status.name.lower(),
        "cuts": result.cuts,
    }
    text = (
        f"{'survived' if survived else 'FAILED'}: {result.verdict.label} after {result.boots} "
        f"boots and {result.cuts} cuts; the device said {result.status.name.lower()} last"
    )
    emit(document, lambda console: console.print(text), as_json=as_json)
    if not survived:
        raise typer.Exit(ExitCode.REJECTED)


def _command(base: Path, new: Path, device: str | None, layout: LayoutKind | None) -> str:
    """Return the command that replays a case, up to its id."""
    words = ["airdelta", "torture", "--base", str(base), "--new", str(new)]
    words += [] if device is None else ["--device", device]
    words += [] if layout is None else ["--layout", layout.value]
    return shlex.join([*words, "--replay"])


def _render(console: Console, report: SurvivalReport, again: str) -> None:
    update = report.victim.update
    console.print(
        f"{report.victim.engine} patch of {bytes_text(len(update.payload))} bytes, layout "
        f"{report.victim.layout}, {bytes_text(report.operations)} flash operations without cuts"
    )
    for case in report.failed:
        console.print(f"FAILED  {case.verdict.label}: {again} {case.id}", soft_wrap=True)
    console.print(
        f"{bytes_text(report.cases)} cases, {bytes_text(report.boots)} boots, "
        f"{bytes_text(report.failures)} failures",
        style="bold red" if report.failures else "bold green",
    )
