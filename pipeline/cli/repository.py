"""`airdelta repository`, `publish` and `fetch`: from signed packages to a gateway's disk."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from pipeline.cli.options import (
    AsJson,
    Base,
    PassphraseFile,
    load_signing_key,
    optional_extra,
    read_firmware,
)
from pipeline.cli.output import emit, facts_table, plain_table
from pipeline.errors import InputError
from pipeline.input_files import read_input_file
from pipeline.keys.signer import Signer
from pipeline.packaging.update_package import read_package
from pipeline.wording import bytes_text

if TYPE_CHECKING:
    from pipeline.repository.metadata import Session
    from pipeline.repository.publishing import Published, RootKeys

_EXTRA: Final = "repository"
_MAX_ROOT_BYTES: Final = 512_000


app = typer.Typer(help="Make and keep a repository of updates (TUF).", no_args_is_help=True)

Where = Annotated[
    str, typer.Argument(metavar="DIR|URL", help="A folder, or s3://, gs://, az:// and a bucket.")
]
Product = Annotated[str, typer.Option("--product", metavar="NAME", help="Name of the product.")]
ProductKey = Annotated[
    str, typer.Option("--product-key", metavar="KEY", help="Key that publishes this product.")
]
TargetsKey = Annotated[
    str, typer.Option("--targets-key", metavar="KEY", help="Key that adds products.")
]
OnlineKey = Annotated[
    str, typer.Option("--online-key", metavar="KEY", help="Key that keeps the repository fresh.")
]
RootKeyNames = Annotated[
    list[str],
    typer.Option("--root-key", metavar="KEY", help="Key that may change keys; repeat for several."),
]
Threshold = Annotated[
    int, typer.Option("--threshold", min=1, help="Root keys that have to sign together.")
]
Now = Annotated[
    datetime | None,
    typer.Option("--now", help="Time to sign with, in UTC. Default: this machine's clock."),
]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="repository")
    root.command("publish")(publish_packages)
    root.command("fetch")(fetch_update)


@app.callback()
def _group() -> None:
    """Make and keep a repository of updates, by The Update Framework (TUF)."""


@app.command("new")
def new_repository(
    where: Where,
    root_key: RootKeyNames,
    targets_key: TargetsKey,
    online_key: OnlineKey,
    threshold: Threshold = 1,
    now: Now = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make an empty repository. Clients start with its metadata/1.root.json.

    **Example**

    `airdelta repository new repo --root-key root-a.pem --root-key root-b.pem --threshold 2
    --targets-key targets.pem --online-key online.pem`
    """
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import create_repository  # noqa: PLC0415

    session = _session(where, online_key, now, passphrase_file)
    keys = _root_keys(root_key, threshold, passphrase_file)
    create_repository(session, keys, _signer(targets_key, passphrase_file))
    _done(f"{where}: made; clients trust metadata/1.root.json", as_json=as_json)


@app.command("add-product")
def add(
    where: Where,
    product: Product,
    product_key: ProductKey,
    targets_key: TargetsKey,
    online_key: OnlineKey,
    now: Now = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a key publish a product; for a product that is there, this key instead of the old one.

    **Example**

    `airdelta repository add-product repo --product sensor-node --product-key sensor.pem
    --targets-key targets.pem --online-key online.pem`
    """
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import add_product  # noqa: PLC0415

    session = _session(where, online_key, now, passphrase_file)
    signers = (_signer(key, passphrase_file) for key in (product_key, targets_key))
    add_product(session, product, *signers)
    _done(f"{where}: {product} is published by {product_key}", as_json=as_json)


@app.command("renew")
def renew_freshness(
    where: Where,
    online_key: OnlineKey,
    targets_key: Annotated[
        str | None, typer.Option("--targets-key", metavar="KEY", help="Renew the targets too.")
    ] = None,
    product: Annotated[
        str | None, typer.Option("--product", metavar="NAME", help="Renew a product too.")
    ] = None,
    product_key: Annotated[
        str | None, typer.Option("--product-key", metavar="KEY", help="Key of that product.")
    ] = None,
    now: Now = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign snapshot and timestamp anew before they expire; run it every few days.

    **Examples**

    `airdelta repository renew repo --online-key online.pem`

    `airdelta repository renew repo --online-key online.pem --targets-key targets.pem`
    """
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import renew  # noqa: PLC0415

    if (product is None) != (product_key is None):
        raise InputError("--product and --product-key: give both of them, or none")
    products = {} if product is None else {product: _signer(product_key or "", passphrase_file)}
    targets = None if targets_key is None else _signer(targets_key, passphrase_file)
    renew(_session(where, online_key, now, passphrase_file), targets, products)
    _done(f"{where}: renewed", as_json=as_json)


@app.command("rotate-root")
def rotate(
    where: Where,
    root_key: RootKeyNames,
    new_root_key: Annotated[
        list[str], typer.Option("--new-root-key", metavar="KEY", help="Key from now on; repeat.")
    ],
    online_key: OnlineKey,
    threshold: Threshold = 1,
    now: Now = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Replace the root keys. The old keys and the new ones sign, so every client can follow.

    **Example**

    `airdelta repository rotate-root repo --root-key root-a.pem --new-root-key root-b.pem
    --online-key online.pem`
    """
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import rotate_root  # noqa: PLC0415

    session = _session(where, online_key, now, passphrase_file)
    old = _root_keys(root_key, 1, passphrase_file)
    version = rotate_root(session, old, _root_keys(new_root_key, threshold, passphrase_file))
    _done(f"{where}: root {version} is signed by old and new keys", as_json=as_json)


def publish_packages(
    where: Where,
    packages: Annotated[
        list[Path], typer.Argument(metavar="PACKAGE...", help="Packages that `build` wrote.")
    ],
    product: Product,
    product_key: ProductKey,
    online_key: OnlineKey,
    now: Now = None,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish update packages; clients see all of them at once, or none.

    Every object has its digest in its name and never changes; only the timestamp is replaced.

    **Example**

    `airdelta publish repo out/*.suit --product sensor-node --product-key sensor.pem
    --online-key online.pem`
    """
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import publish  # noqa: PLC0415

    session = _session(where, online_key, now, passphrase_file)
    read = [read_package(path) for path in packages]
    published = publish(session, product, read, _signer(product_key, passphrase_file))

    def render(console: Console) -> None:
        table = plain_table("target", ">bytes", "", title=f"{product} in {where}")
        for one in published:
            table.add_row(one.name, bytes_text(one.size), "was there" if one.was_there else "new")
        console.print(table)

    emit({"published": [_published_json(one) for one in published]}, render, as_json=as_json)


def fetch_update(
    url: Annotated[str, typer.Argument(metavar="URL", help="http(s) address of a repository.")],
    product: Product,
    base: Base,
    root: Annotated[
        Path, typer.Option("--root", metavar="ROOT.json", help="Root metadata to trust first.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for the package, and what is believed."),
    ],
    as_json: AsJson = False,
) -> None:
    """Fetch the update for a device that runs BASE, as a gateway does; continues if interrupted.

    **Example**

    `airdelta fetch https://updates.example.com --product sensor-node --base v1.bin
    --root 1.root.json --out inbox`
    """
    with optional_extra(_EXTRA):
        from device_apply.gateway.client import GatewayClient  # noqa: PLC0415

    image = read_firmware(base)
    trusted = read_input_file(root, "root metadata", _MAX_ROOT_BYTES)
    client = GatewayClient(url, out, trusted)
    client.refresh()
    update = client.find(product, image.sha256)
    if update is None:
        emit(
            {"update": None},
            lambda console: console.print(f"{base.name}: there is no update for it"),
            as_json=as_json,
        )
        return
    fetched = client.fetch(update)
    received = sum(one.bytes_received for one in fetched)
    facts = {
        "update": update.name,
        "package": ", ".join(str(one.path) for one in fetched),
        "received": f"{bytes_text(received)} bytes",
    }
    emit(
        {
            "update": update.name,
            "files": [str(one.path) for one in fetched],
            "bytes_received": received,
        },
        lambda console: console.print(facts_table(facts), ""),
        as_json=as_json,
    )


def _session(
    where: str, online_key: str, now: datetime | None, passphrase_file: Path | None
) -> "Session":
    with optional_extra(_EXTRA):
        from pipeline.repository.metadata import Session  # noqa: PLC0415
        from pipeline.repository.store import Store  # noqa: PLC0415

    moment = datetime.now(UTC) if now is None else now.replace(tzinfo=UTC)
    return Session(store=Store(where), online=_signer(online_key, passphrase_file), now=moment)


def _root_keys(keys: Sequence[str], threshold: int, passphrase_file: Path | None) -> "RootKeys":
    with optional_extra(_EXTRA):
        from pipeline.repository.publishing import RootKeys  # noqa: PLC0415

    return RootKeys(signers=[_signer(key, passphrase_file) for key in keys], threshold=threshold)


def _signer(key: str, passphrase_file: Path | None) -> Signer:
    return load_signing_key(key, passphrase_file, Path())


def _done(message: str, *, as_json: bool) -> None:
    emit({"done": message}, lambda console: console.print(message, soft_wrap=True), as_json=as_json)


def _published_json(one: "Published") -> dict[str, str | int | bool]:
    return {"target": one.name, "path": one.path, "bytes": one.size, "was_there": one.was_there}
