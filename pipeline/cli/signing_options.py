"""Signing from the command line: the key's option, and what happens when somebody else signs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.output import emit
from pipeline.json_document import Json
from pipeline.keys.external_signer import SignatureWanted
from pipeline.packaging.file_set import write_files

SigningKey = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY.pem|pkcs11:...|external:KEY.pub.pem",
        help="Key to sign with: a file (`airdelta keys`), a key in a token (RFC 7512), or one that "
        "signs elsewhere.",
    ),
]


@contextmanager
def leaving_requests(*, as_json: bool) -> Iterator[None]:
    """Where a signature has to come from elsewhere, leave what is to be signed, and end."""
    try:
        yield
    except SignatureWanted as wanted:
        leave_requests([wanted], as_json=as_json)


def leave_requests(wanted: Sequence[SignatureWanted], *, as_json: bool) -> NoReturn:
    """Write what has to be signed elsewhere, and end."""
    write_files({want.request: want.to_be_signed for want in wanted})
    requests: list[Json] = [str(want.request) for want in wanted]

    def render(console: Console) -> None:
        for want in wanted:
            console.print(str(want), soft_wrap=True, highlight=False)

    emit({"signatures_wanted": requests}, render, as_json=as_json)
    raise typer.Exit(ExitCode.SIGNATURE_WANTED)
