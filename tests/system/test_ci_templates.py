"""The GitHub action and the GitLab template: their shell steps, run on a real git history."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from pipeline.cli.main import main as main_command
from tests.pipeline.size_gate.gate_folder import (
    NEW,
    RELEASED,
    budget,
    make_elf,
    make_gate_folder,
)

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = Path(sys.executable).parent
FAKE_GH: Final = """#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in
  *--paginate*) [ -n "$GH_FOUND" ] && echo "$GH_FOUND"; exit 0;;
  *) [ "$GH_TOKEN" = writes ] || { echo "HTTP 403: Resource not accessible" >&2; exit 1; };;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A clone with a branch `change` off `origin/main`, both with real commits."""

    path: Path

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        command = ["git", "-C", str(self.path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def commit_all(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "-m", message)

    def environment(self, **more: str) -> dict[str, str]:
        """Return what a runner without token or write permission sets."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GH_", "CI"))}
        (self.path.parent / "bin").mkdir(exist_ok=True)
        path = f"{self.path.parent / 'bin'}{os.pathsep}{TOOLS}{os.pathsep}{os.environ['PATH']}"
        return {
            **kept,
            "PATH": path,
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.path.parent / "output"),
            "GITHUB_STEP_SUMMARY": str(self.path.parent / "summary.md"),
            "GH_LOG": str(self.path.parent / "gh.log"),
            "GH_FOUND": "",
            **more,
        }


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """main: budgets, release and a baseline of what is on main; change: one function more."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    upstream.mkdir()
    folder = make_gate_folder(upstream)
    folder.write_budgets(budget("image", "max_growth_bytes = 100"))
    main = Repository(path=upstream)
    (upstream / "new.elf").write_bytes(make_elf(RELEASED[:-1]))
    baseline = str(upstream / "size-baseline.json")
    options = ["--config", str(folder.config), "--write-baseline", baseline]
    assert main_command(["check-size", *options]) == 0
    main.git("init", "--initial-branch", "main")
    main.commit_all("Release 1.0.0 and its budgets")
    main.git("clone", str(upstream), str(clone))
    cloned = Repository(path=clone)
    cloned.git("checkout", "-b", "change")
    (clone / "new.elf").write_bytes(make_elf(NEW))
    cloned.commit_all("Add a filter")
    return cloned


def action_step(name: str) -> dict[str, Any]:
    """Return a step of the composite action."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = [one for one in action["runs"]["steps"] if one["id"] == name]
    return dict(step)


def run_step(
    repository: Repository, name: str, contexts: Mapping[str, str], **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a step as the runner does: bash with its variables, expressions put in."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    defaults = {f"inputs.{key}": str(one["default"]) for key, one in action["inputs"].items()}
    step = action_step(name)
    values = {**defaults, **contexts}
    variables = {
        key: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values.get(found.group(1), ""), text)
        for key, text in step["env"].items()
    }
    environment = repository.environment(**{**variables, **more})
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(
        command,
        cwd=repository.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class TestTheAction:
    def test_no_expression_stands_in_a_script(self) -> None:
        """What a branch is called must never become a command."""
        for name in ("install", "check", "comment"):
            assert "${{" not in action_step(name)["run"]

    def test_a_pull_request_is_compared_with_its_merge_base(self, repository: Repository) -> None:
        done = run_step(repository, "check", {"github.base_ref": "main"})

        assert done.returncode == 1, done.stderr
        assert "::error file=airdelta.toml,line=6" in done.stderr
        assert "grew by 400 bytes to 4,200 bytes, 100 bytes are allowed" in done.stdout
        assert "merge base with origin/main" in done.stdout
        assert (repository.path.parent / "output").read_text() == "exit-code=1\n"
        summary = (repository.path.parent / "summary.md").read_text(encoding="utf-8")
        assert "added_filter" in summary
        reports = sorted(path.name for path in (repository.path / "airdelta-size").iterdir())
        assert reports == ["benchmark.json", "junit.xml", "report.md", "report.sarif"]

    def test_what_others_merged_meanwhile_is_not_held_against_a_branch(
        self, repository: Repository
    ) -> None:
        upstream = Repository(path=repository.path.parent / "upstream")
        (upstream.path / "size-baseline.json").write_text("not JSON any more")
        upstream.commit_all("Break the baseline on main, after the branch left it")
        repository.git("fetch")

        assert run_step(repository, "check", {"github.base_ref": "main"}).returncode == 1

    def test_within_budget_is_a_pass(self, repository: Repository) -> None:
        (repository.path / "new.elf").write_bytes(make_elf(RELEASED[:-2]))

        done = run_step(repository, "check", {"github.base_ref": "main"})
        assert done.returncode == 0, done.stderr

    def test_without_history_it_is_neither_pass_nor_regression(
        self, repository: Repository
    ) -> None:
        done = run_step(repository, "check", {"github.base_ref": "no-such-branch"})

        assert done.returncode == 2
        assert "fetch-depth: 0" in done.stderr
        assert (repository.path.parent / "output").read_text() == "exit-code=2\n"

    def test_a_comment_that_is_forbidden_is_told_and_fails_nothing(
        self, repository: Repository
    ) -> None:
        install_fake_gh(repository)
        run_step(repository, "check", {"github.base_ref": "main"})

        done = run_step(repository, "comment", {"inputs.token": "reads"})
        assert done.returncode == 0
        assert "::notice title=airdelta check-size::no comment could be written" in done.stdout

    @pytest.mark.parametrize(("found", "request_"), [("", "POST"), ("77", "PATCH")])
    def test_one_comment_is_written_and_then_kept_up_to_date(
        self, repository: Repository, found: str, request_: str
    ) -> None:
        install_fake_gh(repository)
        run_step(repository, "check", {"github.base_ref": "main"})
        contexts = {
            "inputs.token": "writes",
            "github.repository": "acme/node",
            "github.event.pull_request.number": "7",
        }

        done = run_step(repository, "comment", contexts, GH_FOUND=found)
        assert done.returncode == 0
        assert "::notice" not in done.stdout
        calls = (repository.path.parent / "gh.log").read_text()
        assert f"--method {request_} repos/acme/node/issues/" in calls


def install_fake_gh(repository: Repository) -> None:
    """Put a stand-in for GitHub's command line in front, which allows or forbids writing."""
    repository.environment()
    gh = repository.path.parent / "bin" / "gh"
    gh.write_text(FAKE_GH)
    gh.chmod(0o755)


class TestTheGitLabTemplate:
    def test_its_script_judges_a_merge_request(self, repository: Repository) -> None:
        text = (ROOT / "templates" / "check-size.yml").read_text(encoding="utf-8")
        spec, jobs = yaml.safe_load_all(text)
        job = jobs["airdelta-check-size"]
        defaults = {key: one["default"] for key, one in spec["spec"]["inputs"].items()}
        variables = {
            key: re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda m: defaults[m.group(1)], value)
            for key, value in job["variables"].items()
        }
        variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = repository.git(
            "rev-parse", "origin/main"
        ).strip()
        environment = repository.environment(**variables)
        (script,) = job["script"]

        done = subprocess.run(
            ["/bin/sh", "-e", "-c", script],
            cwd=repository.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

        assert done.returncode == 1, done.stderr
        assert "grew by 400 bytes" in done.stdout
        assert (repository.path / job["artifacts"]["reports"]["junit"]).exists()
