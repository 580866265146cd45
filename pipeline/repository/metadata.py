"""The TUF metadata of a repository: reading all of it, writing what changed (TUF 1.0.34).

Snapshots are consistent: every version has its own file name, only `timestamp.json` is replaced,
and that comes last. So a publication is complete or invisible.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from pipeline.errors import InputError, Refused
from pipeline.keys.signer import Signer
from pipeline.repository.role_signer import RoleSigner
from pipeline.repository.store import Store

METADATA: Final = "metadata"
_TIMESTAMP: Final = f"{METADATA}/timestamp.json"
TOP_LEVEL: Final = ("root", "targets", "snapshot", "timestamp")

_Role = TypeVar("_Role", Root, Targets, Snapshot, Timestamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Days until each kind of metadata expires: how long a stale mirror can fool a client."""

    root_days: int = 365
    targets_days: int = 180
    product_days: int = 90
    snapshot_days: int = 14
    timestamp_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One change of a repository: where, when, and who keeps it fresh."""

    store: Store
    online: Signer
    """Signs snapshot and timestamp; the only key that has to be at hand all the time."""
    now: datetime
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    def expiry(self, days: int) -> datetime:
        """Return when metadata that is signed now expires; TUF counts whole seconds."""
        return (self.now + timedelta(days=days)).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """The newest metadata of all roles."""

    root: Metadata[Root]
    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]
    products: dict[str, Metadata[Targets]]
    """By the product's name, which is the role's."""


def read_state(store: Store) -> RepositoryState:
    """Read the newest metadata, every file checked against the role that delegates to it.

    Raises:
        InputError: there is no repository.
        Refused: something in it is missing, damaged or not signed by its keys.
        pipeline.errors.EnvironmentProblem: the store cannot be read.
    """
    root = _newest_root(store)
    timestamp = _read(store, _TIMESTAMP, Timestamp)
    _verify(root, "timestamp", timestamp)
    version = timestamp.signed.snapshot_meta.version
    snapshot = _read(store, _versioned("snapshot", version), Snapshot)
    _verify(root, "snapshot", snapshot)
    roles = {name.removesuffix(".json"): meta for name, meta in snapshot.signed.meta.items()}
    targets = _read(store, _versioned("targets", roles.pop("targets").version), Targets)
    _verify(root, "targets", targets)
    products = {
        name: _read(store, _versioned(name, meta.version), Targets) for name, meta in roles.items()
    }
    for name, product in products.items():
        _verify(targets, name, product)
    return RepositoryState(
        root=root, targets=targets, snapshot=snapshot, timestamp=timestamp, products=products
    )


def write_root(
    store: Store,
    root: Metadata[Root],
    signers: Iterable[RoleSigner],
    before: Metadata[Root] | None = None,
) -> None:
    """Sign a root with all of `signers` and write it.

    Raises:
        Refused: the signatures do not reach the threshold of the root itself, or of the one
            `before` it.
    """
    _sign(root, signers)
    for judge in (before or root, root):
        _verify(judge, "root", root)
    store.write_once(_versioned("root", root.signed.version), root.to_bytes())


def write_targets(
    store: Store,
    delegator: Metadata[Root] | Metadata[Targets],
    name: str,
    role: Metadata[Targets],
    signer: RoleSigner,
) -> None:
    """Sign the targets of a role and write them; the snapshot decides when they count.

    Raises:
        Refused: the key is not the one that the delegator names.
    """
    _sign(role, [signer])
    _verify(delegator, name, role)
    store.write_once(_versioned(name, role.signed.version), role.to_bytes())


def unwritten(role: _Role) -> Metadata[_Role]:
    """Return metadata that gets its first version when it is written."""
    role.version = 0
    return Metadata(role)


def unused_version(store: Store, name: str, after: int) -> int:
    """Return the next version of a role, past those that an interrupted publication left."""
    version = after + 1
    while store.read(_versioned(name, version)) is not None:
        version += 1
    return version


def write_snapshot(session: Session, state: RepositoryState) -> None:
    """Make the metadata in `state` the newest: a new snapshot, and then a new timestamp.

    Raises:
        Refused: the online key is not the one that the root names.
    """
    online = RoleSigner(session.online)
    snapshot, timestamp = state.snapshot.signed, state.timestamp.signed
    roles = {"targets": state.targets, **state.products}
    snapshot.meta = {
        f"{name}.json": MetaFile(version=role.signed.version) for name, role in roles.items()
    }
    snapshot.version = unused_version(session.store, "snapshot", snapshot.version)
    snapshot.expires = session.expiry(session.lifetimes.snapshot_days)
    timestamp.version += 1
    timestamp.expires = session.expiry(session.lifetimes.timestamp_days)
    _sign(state.snapshot, [online])
    data = state.snapshot.to_bytes()
    timestamp.snapshot_meta = MetaFile.from_data(snapshot.version, data, ["sha256"])
    _sign(state.timestamp, [online])
    _verify(state.root, "snapshot", state.snapshot)
    _verify(state.root, "timestamp", state.timestamp)
    session.store.write_once(_versioned("snapshot", snapshot.version), data)
    session.store.replace(_TIMESTAMP, state.timestamp.to_bytes())


def _newest_root(store: Store) -> Metadata[Root]:
    root = None
    version = 1
    while (data := store.read(_versioned("root", version))) is not None:
        newer = _parse(_versioned("root", version), data, Root)
        _verify(root or newer, "root", newer)
        _verify(newer, "root", newer)
        root, version = newer, version + 1
    if root is None:
        raise InputError(
            f"{store.location}: holds no repository: make one with `airdelta repository new`"
        )
    return root


def _read(store: Store, name: str, kind: type[_Role]) -> Metadata[_Role]:
    data = store.read(name)
    if data is None:
        raise Refused(f"{store.location}: {name} is missing: the repository is damaged")
    return _parse(name, data, kind)


def _parse(name: str, data: bytes, kind: type[_Role]) -> Metadata[_Role]:
    try:
        parsed: Metadata[_Role] = Metadata.from_bytes(data)
    except DeserializationError as problem:
        raise Refused(f"{name}: is no TUF metadata: the repository is damaged") from problem
    if not isinstance(parsed.signed, kind):
        raise Refused(f"{name}: holds metadata of another role: the repository is damaged")
    return parsed


def _verify(
    delegator: Metadata[Root] | Metadata[Targets], role: str, metadata: Metadata[_Role]
) -> None:
    try:
        delegator.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except ValueError as problem:
        raise Refused(f"the role {role} is not delegated: add the product first") from problem
    except UnsignedMetadataError as problem:
        raise Refused(
            f"{role}: not signed by the keys that the repository names for this role: give the"
            " right key"
        ) from problem


def _sign(metadata: Metadata[_Role], signers: Iterable[RoleSigner]) -> None:
    metadata.signatures.clear()
    for signer in signers:
        metadata.sign(signer, append=True)


def _versioned(name: str, version: int) -> str:
    return f"{METADATA}/{version}.{name}.json"
