"""Finding a device's update in a repository: TUF first, then the one file that it needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from device_apply.errors import FormatError
from device_apply.gateway.errors import DownloadFailed, RepositoryRejected
from device_apply.gateway.range_download import (
    DownloadLimits,
    Fetched,
    HttpClient,
    PooledClient,
    WantedFile,
    download,
)
from device_apply.gateway.target_names import target_name
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI
from device_apply.wire.envelope import split_package

_METADATA: Final = "metadata"
_TARGETS: Final = "targets"
_MAX_FILE_BYTES: Final = 128 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUpdate:
    """The update that a repository offers a device."""

    name: str
    size: int
    new_digest: bytes | None
    """SHA-256 of the image that it makes, as the repository says; the manifest decides."""


class GatewayClient:
    """One repository, as one device sees it.

    The folder keeps the metadata that was believed last: what is older is refused for ever after.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        trusted_root: bytes,
        limits: DownloadLimits = DownloadLimits(),  # noqa: B008 (frozen)
        client: HttpClient | None = None,
    ) -> None:
        """Take the repository's URL, a folder of one's own, and the root that is trusted first.

        Raises:
            RepositoryRejected: the trusted root is no valid root.
        """
        self._url = url.rstrip("/")
        self._folder = folder
        self._limits = limits
        self._client = client or PooledClient(limits)
        (folder / _METADATA).mkdir(parents=True, exist_ok=True)
        try:
            self._updater = Updater(
                metadata_dir=str(folder / _METADATA),
                metadata_base_url=f"{self._url}/{_METADATA}/",
                config=UpdaterConfig(app_user_agent="airdelta"),
                bootstrap=trusted_root,
            )
        except RepositoryError as problem:
            raise RepositoryRejected(f"{url}: the trusted root: {problem}") from problem

    def refresh(self) -> None:
        """Bring the metadata up to date.

        Raises:
            RepositoryRejected: it is expired, older than what was seen, or not signed as it must.
            DownloadFailed: the server does not give it.
        """
        try:
            self._updater.refresh()
        except DownloadError as problem:
            raise DownloadFailed(f"{self._url}: {problem}; try again later") from problem
        except RepositoryError as problem:
            raise RepositoryRejected(f"{self._url}: {problem}") from problem

    def find(self, product: str, running_digest: bytes) -> FoundUpdate | None:
        """Return the update for a device that runs the image with this SHA-256, if there is one.

        The delta from exactly that image if it was published, else the full image.

        Raises:
            RepositoryRejected: the metadata is not what its keys vouch for.
            DownloadFailed: the server does not give it.
        """
        for base in (running_digest, None):
            target = self._target(target_name(product, base))
            if target is not None:
                found = _found(target)
                return None if found.new_digest == running_digest else found
        return None

    def fetch(self, update: FoundUpdate) -> tuple[Fetched, ...]:
        """Download a package, and its payload if it is detached, into the folder.

        Raises:
            RepositoryRejected: what arrives is not what was published.
            DownloadFailed: the server does not give it; what arrived is kept.
        """
        package = self._fetch(update.name)
        detached = _detached_payload(package.path)
        if detached is None:
            return (package,)
        return package, self._fetch(f"{update.name.rpartition('/')[0]}/{detached}")

    def _fetch(self, name: str) -> Fetched:
        target = self._target(name)
        if target is None or target.length > _MAX_FILE_BYTES:
            raise RepositoryRejected(f"{self._url}: {name} is not published, or far too large")
        folder, _, file = name.rpartition("/")
        digest = target.hashes["sha256"]
        path = self._folder / file
        wanted = WantedFile(
            url=f"{self._url}/{_TARGETS}/{folder}/{digest}.{file}",
            size=target.length,
            sha256=bytes.fromhex(digest),
            path=path,
        )
        return download(wanted, self._client, self._limits)

    def _target(self, name: str) -> TargetFile | None:
        try:
            return self._updater.get_targetinfo(name)
        except DownloadError as problem:
            raise DownloadFailed(f"{self._url}: {problem}; try again later") from problem
        except RepositoryError as problem:
            raise RepositoryRejected(f"{self._url}: {problem}") from problem


def _found(target: TargetFile) -> FoundUpdate:
    custom = target.custom or {}
    described = custom.get("airdelta")
    new = described.get("new_sha256") if isinstance(described, dict) else None
    try:
        digest = bytes.fromhex(new) if isinstance(new, str) else None
    except ValueError:
        digest = None
    return FoundUpdate(name=target.path, size=target.length, new_digest=digest)


def _detached_payload(package: Path) -> str | None:
    """Return the name of the payload's file, if it is not in the package."""
    try:
        head, *_ = split_package(package.read_bytes())
    except FormatError as problem:
        raise RepositoryRejected(f"{package.name}: is no update package ({problem})") from problem
    uri = head.manifest.payload_uri
    if uri == INTEGRATED_PAYLOAD_URI:
        return None
    if "/" in uri or "\\" in uri or uri in {"", ".", ".."}:
        raise RepositoryRejected(f"{package.name}: its payload {uri!r} is no name of a file")
    return uri
