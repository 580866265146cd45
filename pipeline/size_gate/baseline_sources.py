"""Where a baseline comes from: a JSON file, a git ref, or a folder of releases.

A git ref is read at its merge base with HEAD, so that what others merged meanwhile is not held
against a branch.
"""

import subprocess
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.errors import EnvironmentProblem
from pipeline.images.releases import Release
from pipeline.input_files import read_input_file
from pipeline.size_gate.baseline import Baseline, BaselineMissing, baseline_of, parse_baseline
from pipeline.size_gate.budgets import DEFAULT_BASELINE_FILE, Budget
from pipeline.size_gate.measuring import Item, MeasuringRequest, measure

GIT_PREFIX: Final = "git:"
_MAX_BASELINE_BYTES: Final = 64 << 20
_GIT_TIMEOUT_S: Final = 60


def read_baseline_file(path: Path) -> Baseline:
    """Read a baseline from a JSON file.

    Raises:
        BaselineMissing: it is not there, or not a baseline.
    """
    if not path.exists():
        raise BaselineMissing(
            f"{path}: missing baseline: write one with `airdelta check-size --write-baseline "
            f"{path}` on the branch to compare with"
        )
    return parse_baseline(read_input_file(path, "baseline", _MAX_BASELINE_BYTES), str(path))


def read_git_baseline(source: str, folder: Path) -> Baseline:
    """Read a baseline file as `git:REF` or `git:REF:PATH` names it.

    The path is relative to `folder`, the budget file's.

    Raises:
        BaselineMissing: the ref has no such file or no common history with HEAD.
        EnvironmentProblem: git is not installed.
    """
    ref, _, path = source.removeprefix(GIT_PREFIX).partition(":")
    path = path or DEFAULT_BASELINE_FILE
    if not ref or ref.startswith("-"):
        raise BaselineMissing(f"{source}: not a git ref: give git:REF, such as git:origin/main")
    base = _git(
        folder,
        ("merge-base", ref, "HEAD"),
        f"{source}: no common history of {ref} and HEAD: fetch the whole history "
        "(actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
    )
    commit = base.decode().strip()
    data = _git(
        folder,
        ("show", f"{commit}:./{path}"),
        f"{source}: missing baseline: commit {commit[:12]} has no {path}: commit one there, "
        f"written with `airdelta check-size --write-baseline {path}`",
    )
    return parse_baseline(data, f"{path} at {commit[:12]} (merge base with {ref})")


def _git(folder: Path, arguments: Sequence[str], trouble: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command, its arguments never start with -)
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (git is found as users find it)
            capture_output=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise EnvironmentProblem("git is not installed; the baseline is at a git ref") from error
    except subprocess.TimeoutExpired as error:
        raise EnvironmentProblem(f"git {arguments[0]}: no answer in {_GIT_TIMEOUT_S} s") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BaselineMissing(f"{trouble} (git: {said[-1] if said else done.returncode})")
    return done.stdout


def measure_releases(request: MeasuringRequest, folder: str, executor: Executor) -> Baseline:
    """Measure the newest release as if it were the new image.

    There is no update from the newest release to itself; the last update that was shipped, from
    the release before, stands for it.

    Raises:
        BaselineMissing: there is no release.
    """
    if not request.releases:
        raise BaselineMissing(f"{folder}: missing baseline: holds no release")
    newest, older = request.releases[-1], request.releases[:-1]
    budgets = [b for b in _expanded(request.budgets, older) if b.release != newest.version]
    again = replace(request, new=newest.image, releases=older, budgets=budgets)
    measured = measure(again, executor)
    values = dict(measured.values)
    if older:
        for item, value in measured.values.items():
            if item.release == older[-1].version:
                values[_of_release(item, newest)] = value
    return baseline_of(replace(measured, values=values), f"release {newest.version} in {folder}")


def _expanded(budgets: Sequence[Budget], releases: Sequence[Release]) -> list[Budget]:
    """Name the releases of each budget, and always the last, which stands for the newest."""
    versions = [release.version for release in releases]
    expanded: list[Budget] = []
    for budget in budgets:
        if not budget.measure.needs_release:
            expanded.append(budget)
            continue
        wanted = versions if budget.release is None else {budget.release, *versions[-1:]}
        expanded += [replace(budget, release=v) for v in versions if v in wanted]
    return expanded


def _of_release(item: Item, release: Release) -> Item:
    return replace(item, release=release.version)
