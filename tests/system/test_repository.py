"""From published packages to a gateway's disk, over HTTP, and what attackers on the way achieve."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tuf.api.exceptions import (
    BadVersionNumberError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.ngclient import Updater

from device_apply.gateway.client import GatewayClient
from device_apply.gateway.errors import DownloadFailed, RepositoryRejected
from pipeline.repository.metadata import Lifetimes, Session
from pipeline.repository.publishing import RootKeys, publish, renew, rotate_root
from tests.pipeline.repository.repository_bench import (
    BASE,
    NEW,
    PRODUCT,
    Repository,
    ed25519_signer,
    make_repository,
    package,
    served,
)
from tests.system.workshop import make_workshop, run


@dataclass(frozen=True)
class Site:
    """A repository on the web, and a folder for each client."""

    repository: Repository
    url: str
    folder: Path

    def publish(self, new: bytes) -> None:
        keys = self.repository.keys
        packages = [package(keys, new=new), package(keys, base=None, new=new)]
        publish(self.repository.session(), PRODUCT, packages, keys.product)

    def gateway(self, name: str = "gateway") -> GatewayClient:
        return GatewayClient(self.url, self.folder / name, self.repository.first_root)

    def python_tuf(self, name: str) -> Updater:
        """Return python-tuf's own client, which knows nothing of ours."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Updater(
            metadata_dir=str(folder),
            metadata_base_url=f"{self.url}/metadata/",
            target_dir=str(folder),
            target_base_url=f"{self.url}/targets/",
            bootstrap=self.repository.first_root,
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    # python-tuf's client looks at this machine's clock
    repository = make_repository(tmp_path / "repo", datetime.now(UTC))
    with served(repository.folder) as url:
        made = Site(repository, url, tmp_path)
        made.publish(NEW)
        yield made


def digest(image: bytes) -> bytes:
    return hashlib.sha256(image).digest()


def test_each_device_gets_its_delta_and_all_others_the_full_image(site: Site) -> None:
    gateway = site.gateway()
    gateway.refresh()

    for running, kind in ((BASE, "from-"), (b"an image that nobody released", "full")):
        update = gateway.find(PRODUCT, digest(running))
        assert update is not None
        assert update.name.startswith(f"{PRODUCT}/{kind}")
        assert update.new_digest == digest(NEW)
        (fetched,) = gateway.fetch(update)
        assert fetched.path.stat().st_size == update.size

    assert gateway.find(PRODUCT, digest(NEW)) is None
    assert gateway.find("another-product", digest(BASE)) is None


def test_a_detached_payload_comes_with_its_package(site: Site) -> None:
    keys = site.repository.keys
    made = package(keys, uri="update.payload")
    publish(site.repository.session(), PRODUCT, [made], keys.product)
    gateway = site.gateway()
    gateway.refresh()
    update = gateway.find(PRODUCT, digest(BASE))
    assert update is not None

    envelope, payload = gateway.fetch(update)

    assert envelope.path.read_bytes() == made.envelope_file
    assert payload.path.read_bytes() == made.payload


def test_python_tufs_own_client_follows_a_root_rotation(site: Site) -> None:
    name = f"{PRODUCT}/full.suit"
    before = site.python_tuf("tuf")
    before.refresh()
    keys = site.repository.keys
    new_root = ed25519_signer()
    rotate_root(
        site.repository.session(),
        RootKeys(signers=[keys.root], threshold=1),
        RootKeys(signers=[new_root], threshold=1),
    )
    site.publish(b"a newer image")

    updater = site.python_tuf("tuf")
    updater.refresh()
    target = updater.get_targetinfo(name)

    assert target is not None
    assert target.custom["airdelta"]["new_sha256"] == digest(b"a newer image").hex()
    downloaded = Path(updater.download_target(target, str(site.folder / "downloaded.suit")))
    assert downloaded.stat().st_size == target.length


def test_a_freeze_is_noticed_by_both_clients(site: Site) -> None:
    session = site.repository.session()
    short = Lifetimes(snapshot_days=0, timestamp_days=0)
    renew(Session(store=session.store, online=session.online, now=session.now, lifetimes=short))

    with pytest.raises(ExpiredMetadataError):
        site.python_tuf("tuf").refresh()
    with pytest.raises(RepositoryRejected, match="expired"):
        site.gateway().refresh()


def test_a_rollback_is_noticed_by_whoever_saw_the_newer_state(site: Site) -> None:
    metadata = site.repository.folder / "metadata"
    old = (metadata / "timestamp.json").read_bytes()
    site.publish(b"a newer image")
    site.python_tuf("tuf").refresh()
    site.gateway().refresh()

    (metadata / "timestamp.json").write_bytes(old)

    with pytest.raises(BadVersionNumberError):
        site.python_tuf("tuf").refresh()
    with pytest.raises(RepositoryRejected):
        site.gateway().refresh()


def test_a_tampered_package_reaches_neither_client(site: Site) -> None:
    name = f"{PRODUCT}/full.suit"
    (target_file,) = (site.repository.folder / "targets" / PRODUCT).glob("*.full.suit")
    target_file.write_bytes(target_file.read_bytes()[:-1] + b"?")
    updater, gateway = site.python_tuf("tuf"), site.gateway()
    updater.refresh()
    gateway.refresh()
    target = updater.get_targetinfo(name)
    update = gateway.find(PRODUCT, digest(b"unknown"))
    assert target is not None
    assert update is not None

    with pytest.raises(LengthOrHashMismatchError):
        updater.download_target(target, str(site.folder / "downloaded.suit"))
    with pytest.raises(RepositoryRejected, match="vouch"):
        gateway.fetch(update)
    assert not list((site.folder / "gateway").glob("*.suit"))


def test_metadata_of_a_stranger_is_refused(site: Site) -> None:
    stranger = make_repository(site.folder / "stranger")
    keys = stranger.keys
    publish(stranger.session(), PRODUCT, [package(keys)], keys.product)
    for path in (stranger.folder / "metadata").glob("*"):
        if path.name != "1.root.json":
            shutil.copy(path, site.repository.folder / "metadata" / path.name)

    with pytest.raises(RepositoryError):
        site.python_tuf("tuf").refresh()
    with pytest.raises(RepositoryRejected):
        site.gateway().refresh()


def test_a_server_that_is_gone_and_a_root_that_is_none_are_told_apart(
    site: Site, tmp_path: Path
) -> None:
    gone = GatewayClient("http://127.0.0.1:9", tmp_path / "gone", site.repository.first_root)
    with pytest.raises(DownloadFailed, match="try again later"):
        gone.refresh()
    with pytest.raises(RepositoryRejected, match="the trusted root"):
        GatewayClient(site.url, tmp_path / "none", b"{}")


def test_the_commands_take_a_package_from_build_to_a_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_workshop(tmp_path)
    repo, inbox = tmp_path / "repo", tmp_path / "inbox"
    product = ("--product", PRODUCT, "--product-key", shop.key)
    online = ("--online-key", shop.key)
    roles = ("--root-key", shop.key, "--targets-key", shop.key, *online)
    build = ("--base", shop.base, "--new", shop.new, "--key", shop.key)

    assert run("build", *build, "--out", shop.package.parent) == 0
    assert run("repository", "new", repo, *roles) == 0
    assert run("repository", "add-product", repo, *product, "--targets-key", shop.key, *online) == 0
    assert run("publish", repo, shop.package, *product, *online) == 0
    assert run("repository", "renew", repo, *online) == 0
    rotation = ("--root-key", shop.key, "--new-root-key", shop.key)
    assert run("repository", "rotate-root", repo, *rotation, *online) == 0
    capsys.readouterr()
    with served(repo) as url:
        fetch = ("fetch", url, "--product", PRODUCT, "--out", inbox, "--json")
        root = ("--root", repo / "metadata" / "1.root.json")
        assert run(*fetch, *root, "--base", shop.base) == 0
        told = json.loads(capsys.readouterr().out)
        assert run(*fetch, *root, "--base", shop.new) == 0
        assert json.loads(capsys.readouterr().out) == {"update": None}

    assert [Path(file).read_bytes() for file in told["files"]] == [shop.package.read_bytes()]
    assert run("publish", repo, shop.package, "--product", "door", *product[2:], *online) == 1
    assert "is not in the repository" in capsys.readouterr().err
