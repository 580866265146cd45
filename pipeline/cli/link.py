"""`airdelta link`: the links that are known, one's own, and how the models are checked."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from link_sim.contract import Estimate
from link_sim.crosscheck.check import Verdict, check_cases
from link_sim.errors import LinkError
from link_sim.link import Link
from link_sim.links import link_names, link_text, load_link, parse_link
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import AsJson
from pipeline.cli.output import emit, facts_table, plain_table
from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.json_document import Json
from pipeline.wording import bytes_text, duration_text

_SAMPLE_BYTES: Final = 10_000
_MAX_TEXT_BYTES: Final = 16 << 20
_PROFILE_SUFFIX: Final = ".toml"
_SHOWN_CHARACTERS: Final = 40
"""Of an expected value that is longer, such as a row of a matrix."""

LinkName = Annotated[
    str,
    typer.Argument(metavar="NAME|FILE.toml", help="A built-in link or a profile of your own."),
]

app = typer.Typer(help="Show links, read one's own, check the models.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="link")


@app.command(name="list")
def list_links(as_json: AsJson = False) -> None:
    """List the links, with the time that 10 kB take without loss."""
    links = [load_link(name) for name in link_names()]
    estimates = [link.estimate(_SAMPLE_BYTES) for link in links]

    def render(console: Console) -> None:
        table = plain_table("name", ">fragment", ">10 kB", "what it is")
        for link, estimate in zip(links, estimates, strict=True):
            table.add_row(
                link.name,
                str(link.max_fragment_bytes),
                duration_text(estimate.duration_s),
                link.description,
            )
        console.print(table)

    document: list[Json] = [
        link_json(link, _SAMPLE_BYTES, estimate)
        for link, estimate in zip(links, estimates, strict=True)
    ]
    emit({"links": document}, render, as_json=as_json)


@app.command()
def show(
    name: LinkName,
    size: Annotated[
        int, typer.Option(min=1, max=1 << 30, help="Bytes of the transfer.")
    ] = _SAMPLE_BYTES,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print a built-in link's profile instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one link: fragment size, and what a transfer takes without loss.

    **Examples**

    `airdelta link show eu868-dr3 --size 4321`

    `airdelta link show eu868-dr3 --toml > mine.toml`
    """
    if toml:
        typer.echo(link_text(name), nl=False)
        return
    link = read_link(name)
    estimate = link.estimate(size)

    def render(console: Console) -> None:
        facts = {
            "link": f"{link.name}: {link.description}",
            "fragment": f"at most {link.max_fragment_bytes} bytes",
            f"{bytes_text(size)} bytes": f"{estimate.fragments} fragments",
            "duration": duration_text(estimate.duration_s),
            "time on air": duration_text(estimate.time_on_air_s),
            "bytes on air": bytes_text(estimate.bytes_on_air),
            "assumed": "\n".join(link.assumptions),
        }
        console.print(facts_table(facts))

    emit(link_json(link, size, estimate), render, as_json=as_json)


@app.command()
def check(
    cases: Annotated[Path, typer.Argument(metavar="CASES.csv", help="Cross-check cases.")],
    as_json: AsJson = False,
) -> None:
    """Run cross-check cases against the models: every row gets a verdict, none is skipped.

    The columns are id, model, inputs (JSON), expected, tolerance_kind (exact, abs, rel) and
    tolerance. Ends with exit code 1 if any row fails.

    **Example**

    `airdelta link check tests/link_sim/link_cases.csv`
    """
    verdicts = list(check_cases(_read_text(cases, "case file")))
    failed = sum(not verdict.passed for verdict in verdicts)

    def render(console: Console) -> None:
        for verdict in verdicts:
            console.print(_verdict_line(verdict), highlight=False, markup=False, soft_wrap=True)
        console.print(
            f"{len(verdicts)} cases: {len(verdicts) - failed} passed, {failed} failed",
            style="bold red" if failed else "bold",
            highlight=False,
        )

    rows: list[Json] = [_verdict_json(verdict) for verdict in verdicts]
    document: dict[str, Json] = {
        "cases": rows,
        "passed": len(verdicts) - failed,
        "failed": failed,
    }
    emit(document, render, as_json=as_json)
    if failed:
        raise typer.Exit(ExitCode.REJECTED)


def read_link(name: str) -> Link:
    """Return a built-in link, or the one that a profile of the user's describes.

    Raises:
        InputError: the file cannot be read.
        LinkError: no such link, or not a valid profile; the message names the file.
    """
    if not name.endswith(_PROFILE_SUFFIX):
        return load_link(name)
    text = _read_text(Path(name), "link profile")
    try:
        return parse_link(text)
    except LinkError as error:
        raise InputError(f"{name}: {error}") from error


def link_json(link: Link, size: int, estimate: Estimate) -> dict[str, Json]:
    """Return a link, and what it takes to carry `size` bytes, as `--json` prints it."""
    return {
        "name": link.name,
        "description": link.description,
        "radio": link.label.radio,
        "max_fragment_bytes": link.max_fragment_bytes,
        "size_bytes": size,
        "fragments": estimate.fragments,
        "duration_s": estimate.duration_s,
        "time_on_air_s": estimate.time_on_air_s,
        "bytes_on_air": estimate.bytes_on_air,
        "ip_bytes": estimate.ip_bytes,
        "assumptions": [*link.assumptions],
    }


def _read_text(path: Path, what: str) -> str:
    data = read_input_file(path, what, _MAX_TEXT_BYTES)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file") from error


def _verdict_line(verdict: Verdict) -> str:
    outcome = "ok" if verdict.passed else f"FAILED: {verdict.reason}"
    return (
        f"{verdict.case_id}  {verdict.model}  expected {_short(verdict.expected)}"
        f"  got {_short(verdict.got) or '-'}  {outcome}"
    )


def _verdict_json(verdict: Verdict) -> dict[str, Json]:
    return {
        "id": verdict.case_id,
        "model": verdict.model,
        "expected": verdict.expected,
        "got": verdict.got,
        "verdict": "pass" if verdict.passed else "fail",
        "reason": verdict.reason,
    }


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
