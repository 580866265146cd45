"""What `airdelta check-size` works on: the budget file with the options that go before it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device_apply.profile_toml import builtin_profile_names
from pipeline.cli.link import read_link
from pipeline.cli.options import load_profile
from pipeline.errors import EnvironmentProblem, InputError
from pipeline.images.reader import read_image
from pipeline.images.releases import parse_release, read_releases, release_files
from pipeline.input_files import read_input_file
from pipeline.size_gate.baseline import Baseline, BaselineMissing, expect_device
from pipeline.size_gate.baseline_sources import (
    GIT_PREFIX,
    measure_releases,
    read_baseline_file,
    read_git_baseline,
)
from pipeline.size_gate.budget_file import BudgetFile, parse_budget_file
from pipeline.size_gate.budgets import BudgetPlan
from pipeline.size_gate.measuring import Measured, MeasuringRequest, OnPair, items_of, measure

_MAX_CONFIG_BYTES: Final = 1 << 20
_PROFILE_SUFFIX: Final = ".toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """The command line, as far as it decides what is measured."""

    config: Path
    new: Path | None
    device: str | None
    releases: Sequence[str]
    """Each VERSION=IMAGE."""
    baseline: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """Everything read, nothing measured."""

    plan: BudgetPlan
    request: MeasuringRequest
    baseline: str | None
    folder: Path
    """What paths in the budget file are relative to."""

    @property
    def versions(self) -> list[str]:
        """The releases, oldest first."""
        return [release.version for release in self.request.releases]


def read_gate_inputs(options: GateOptions) -> GateInputs:
    """Read budget file, images, device and links; options go before the file.

    Raises:
        InputError: the file or an option cannot be used.
        EnvironmentProblem: an image that should be measured is not there or not an image.
        link_sim.errors.LinkError: a link is unknown.
    """
    data = read_input_file(options.config, "budget file", _MAX_CONFIG_BYTES)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{options.config}: not a text file") from error
    config = parse_budget_file(text, str(options.config))
    folder = options.config.parent
    new = options.new or (folder / config.new if config.new else None)
    if new is None:
        raise InputError(f"--new: missing; give the new image, or set it in {options.config}")
    named = _release_paths(options, config, folder)
    for budget in config.plan.budgets:
        items_of(budget, [version for version, _ in named])
    links = {b.link: read_link(_link(b.link, folder)) for b in config.plan.budgets if b.link}
    profile = load_profile(_device(options, config, folder))
    with could_not_measure():
        request = MeasuringRequest(
            new=read_image(new),
            releases=read_releases(named),
            profile=profile,
            links=links,
            budgets=config.plan.budgets,
        )
    return GateInputs(
        plan=config.plan,
        request=request,
        baseline=options.baseline or _configured_baseline(config, folder),
        folder=folder,
    )


def measure_inputs(inputs: GateInputs, executor: Executor, on_pair: OnPair) -> Measured:
    """Measure what the budgets are about.

    Raises:
        EnvironmentProblem: it cannot be measured.
    """
    with could_not_measure():
        return measure(inputs.request, executor, on_pair)


def find_baseline(inputs: GateInputs, executor: Executor) -> Baseline | None:
    """Return the baseline, or None where no limit needs one and none is named.

    Raises:
        BaselineMissing: it is not there, not usable, or for another device.
        EnvironmentProblem: it cannot be measured.
    """
    if inputs.baseline is None and inputs.plan.need_baseline:
        raise BaselineMissing(
            f"{inputs.plan.source}: limits growth, but no baseline is given: use --baseline "
            "FILE.json, --baseline git:REF or --baseline FOLDER"
        )
    if inputs.baseline is None:
        return None
    baseline = _read_baseline(inputs.baseline, inputs, executor)
    expect_device(baseline, inputs.request.profile.name)
    return baseline


def _read_baseline(source: str, inputs: GateInputs, executor: Executor) -> Baseline:
    if source.startswith(GIT_PREFIX):
        return read_git_baseline(source, inputs.folder)
    path = Path(source)
    if path.is_dir():
        with could_not_measure():
            return measure_releases(inputs.request, str(path), executor)
    return read_baseline_file(path)


@contextmanager
def could_not_measure() -> Iterator[None]:
    """Tell 'could not measure' apart from wrong usage: another exit code, another person."""
    try:
        yield
    except BaselineMissing:
        raise
    except InputError as error:
        raise EnvironmentProblem(f"could not measure: {error}") from error


def _release_paths(
    options: GateOptions, config: BudgetFile, folder: Path
) -> list[tuple[str, Path]]:
    if options.releases:
        return [parse_release(text) for text in options.releases]
    if isinstance(config.releases, str):
        return release_files(folder / config.releases)
    return [(version, folder / path) for version, path in (config.releases or {}).items()]


def _device(options: GateOptions, config: BudgetFile, folder: Path) -> str | None:
    if options.device is not None or config.device is None:
        return options.device
    return (
        config.device if config.device in builtin_profile_names() else str(folder / config.device)
    )


def _configured_baseline(config: BudgetFile, folder: Path) -> str | None:
    source = config.baseline
    return source if source is None or source.startswith(GIT_PREFIX) else str(folder / source)


def _link(name: str, folder: Path) -> str:
    """A name is one of the built-in links, a profile's path is relative to the budget file."""
    return str(folder / name) if name.endswith(_PROFILE_SUFFIX) else name
