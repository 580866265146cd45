"""What a vendor does with a repository: make it, add products, publish, renew, change root keys.

Each product is a role of its own with its own key: who may publish one product cannot publish
another. The names of targets are what a client can work out by itself: `PRODUCT/from-DIGEST.suit`
for the base image with that SHA-256, `PRODUCT/full.suit` for all others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from device_apply.gateway.target_names import target_name
from pipeline.errors import InputError, Refused
from pipeline.json_document import Json
from pipeline.keys.signer import Signer
from pipeline.packaging.update_package import UpdatePackage
from pipeline.repository.metadata import (
    TOP_LEVEL,
    RepositoryState,
    Session,
    read_state,
    unused_version,
    unwritten,
    write_root,
    write_snapshot,
    write_targets,
)
from pipeline.repository.role_signer import RoleSigner, role_key
from pipeline.repository.store import Store

_TARGETS: Final = "targets"
_PRODUCT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CUSTOM: Final = "airdelta"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKeys:
    """Who may change the repository's keys: so many of these signers."""

    signers: Sequence[Signer]
    threshold: int

    def __post_init__(self) -> None:
        if not 1 <= self.threshold <= len(self.signers):
            raise InputError(
                f"a threshold of {self.threshold} root keys cannot be met by"
                f" {len(self.signers)}: give that many --root-key, or a lower --threshold"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One object that a publication made available."""

    name: str
    """Name of the target, as clients ask for it."""
    path: str
    """Where its bytes are in the store; the name with their digest in front."""
    size: int
    was_there: bool
    """Whether the very same target was published before."""


def create_repository(session: Session, root_keys: RootKeys, targets: Signer) -> None:
    """Write the first metadata of an empty repository.

    Raises:
        Refused: there is a repository already.
        EnvironmentProblem: the store cannot be written.
    """
    lifetimes = session.lifetimes
    root = Metadata(Root(expires=session.expiry(lifetimes.root_days), consistent_snapshot=True))
    _appoint(root.signed, root_keys)
    targets_signer = RoleSigner(targets)
    root.signed.add_key(targets_signer.public_key, _TARGETS)
    for role in ("snapshot", "timestamp"):
        root.signed.add_key(RoleSigner(session.online).public_key, role)
    state = RepositoryState(
        root=root,
        targets=Metadata(Targets(expires=session.expiry(lifetimes.targets_days))),
        snapshot=unwritten(Snapshot()),
        timestamp=unwritten(Timestamp()),
        products={},
    )
    write_root(session.store, root, [RoleSigner(signer) for signer in root_keys.signers])
    write_targets(session.store, root, _TARGETS, state.targets, targets_signer)
    write_snapshot(session, state)


def add_product(session: Session, product: str, product_signer: Signer, targets: Signer) -> None:
    """Delegate a product to a key; for a product that is there, to this key from now on.

    Raises:
        InputError: the name cannot be one of a product.
        Refused: a key is not the one that the repository names.
        EnvironmentProblem: the store cannot be read or written.
    """
    if not _PRODUCT.fullmatch(product) or product in TOP_LEVEL:
        raise InputError(
            f"--product {product}: use small letters, digits, dots, dashes and underscores, at"
            f" most 64, and none of {', '.join(TOP_LEVEL)}"
        )
    state = read_state(session.store)
    _delegate(state.targets.signed, product, role_key(product_signer.public_key_pem))
    days = session.lifetimes
    _next(session, _TARGETS, state.targets.signed, days.targets_days)
    write_targets(session.store, state.root, _TARGETS, state.targets, RoleSigner(targets))
    role = state.products.setdefault(product, unwritten(Targets()))
    _next(session, product, role.signed, days.product_days)
    write_targets(session.store, state.targets, product, role, RoleSigner(product_signer))
    write_snapshot(session, state)


def publish(
    session: Session, product: str, packages: Sequence[UpdatePackage], product_signer: Signer
) -> tuple[Published, ...]:
    """Put packages into the repository; clients see all of them at once, or none.

    Raises:
        Refused: the product is not in the repository, or a key is not the one it names.
        InputError: two of the packages are for the same base image.
        EnvironmentProblem: the store cannot be read or written.
    """
    state = read_state(session.store)
    role = _product_role(state, product)
    published: dict[str, Published] = {}
    for package in packages:
        for name, data in _objects(product, package):
            if name in published:
                raise InputError(f"{name}: two of the packages are for the same base image")
            published[name] = _add(session.store, role.signed, name, data, _describe(package))
    _next(session, product, role.signed, session.lifetimes.product_days)
    write_targets(session.store, state.targets, product, role, RoleSigner(product_signer))
    write_snapshot(session, state)
    return tuple(published.values())


def renew(
    session: Session, targets: Signer | None = None, products: Mapping[str, Signer] | None = None
) -> None:
    """Put off the expiry of snapshot and timestamp, and of the roles whose keys are given.

    Raises:
        Refused: a key is not the one that the repository names, or there is no such product.
        EnvironmentProblem: the store cannot be read or written.
    """
    state = read_state(session.store)
    if targets is not None:
        _next(session, _TARGETS, state.targets.signed, session.lifetimes.targets_days)
        write_targets(session.store, state.root, _TARGETS, state.targets, RoleSigner(targets))
    for product, signer in (products or {}).items():
        role = _product_role(state, product)
        _next(session, product, role.signed, session.lifetimes.product_days)
        write_targets(session.store, state.targets, product, role, RoleSigner(signer))
    write_snapshot(session, state)


def rotate_root(session: Session, old: RootKeys, new: RootKeys) -> int:
    """Replace the root keys; old and new ones sign, so every client can follow (TUF, 6.1).

    Returns the version of the new root.

    Raises:
        Refused: the old keys are not enough of those that the repository names.
        EnvironmentProblem: the store cannot be read or written.
    """
    root = read_state(session.store).root
    trusted: Metadata[Root] = Metadata.from_bytes(root.to_bytes())
    for identifier in list(root.signed.roles["root"].keyids):
        root.signed.revoke_key(identifier, "root")
    _appoint(root.signed, new)
    root.signed.version += 1
    root.signed.expires = session.expiry(session.lifetimes.root_days)
    all_signers = (RoleSigner(signer) for signer in (*old.signers, *new.signers))
    signers = {signer.public_key.keyid: signer for signer in all_signers}
    write_root(session.store, root, signers.values(), trusted)
    return int(root.signed.version)


def _product_role(state: RepositoryState, product: str) -> Metadata[Targets]:
    role = state.products.get(product)
    if role is None:
        known = ", ".join(sorted(state.products)) or "none"
        raise Refused(f"product {product!r} is not in the repository (there: {known})")
    return role


def _appoint(root: Root, keys: RootKeys) -> None:
    for signer in keys.signers:
        root.add_key(role_key(signer.public_key_pem), "root")
    root.roles["root"].threshold = keys.threshold


def _delegate(targets: Targets, product: str, key: Key) -> None:
    """Give a product to a key and forget the keys that nothing is delegated to any more."""
    delegations = targets.delegations or Delegations(keys={}, roles={})
    roles = dict(delegations.roles or {})
    roles[product] = DelegatedRole(
        product, keyids=[key.keyid], threshold=1, terminating=True, paths=[f"{product}/*"]
    )
    used = {identifier for role in roles.values() for identifier in role.keyids}
    keys = {**delegations.keys, key.keyid: key}
    kept = {identifier: one for identifier, one in keys.items() if identifier in used}
    targets.delegations = Delegations(keys=kept, roles=roles)


def _next(session: Session, name: str, role: Targets, lifetime_days: int) -> None:
    role.version = unused_version(session.store, name, role.version)
    role.expires = session.expiry(lifetime_days)


def _objects(product: str, package: UpdatePackage) -> Sequence[tuple[str, bytes]]:
    manifest = package.head.manifest
    objects = [(target_name(product, manifest.base_digest), package.envelope_file)]
    if not package.is_integrated:
        objects.append((f"{product}/{manifest.payload_uri}", package.payload))
    return objects


def _add(
    store: Store, targets: Targets, name: str, data: bytes, custom: dict[str, Json]
) -> Published:
    target = TargetFile.from_data(name, data, ["sha256"])
    target.unrecognized_fields["custom"] = {_CUSTOM: custom}
    parts = PurePosixPath(name)
    path = f"targets/{parts.parent}/{target.hashes['sha256']}.{parts.name}"
    store.write_once(path, data)
    was_there = targets.targets.get(name) == target
    targets.targets[name] = target
    return Published(name=name, path=path, size=len(data), was_there=was_there)


def _describe(package: UpdatePackage) -> dict[str, Json]:
    """Return what a client wants to know before it downloads."""
    manifest = package.head.manifest
    base = manifest.base_digest
    return {
        "kind": "full" if base is None else "delta",
        "base_sha256": None if base is None else base.hex(),
        "new_sha256": manifest.new_image.digest.hex(),
        "new_bytes": manifest.new_image.size,
        "payload_format": manifest.payload_format.label,
        "security_counter": manifest.security_counter,
    }
