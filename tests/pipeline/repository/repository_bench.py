"""A repository for tests: keys, packages without engines, a folder served over HTTP."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from pipeline.keys.signer import LocalSigner
from pipeline.packaging.update_package import UpdatePackage
from pipeline.repository.metadata import Session
from pipeline.repository.publishing import RootKeys, add_product, create_repository
from pipeline.repository.store import Store

PRODUCT = "sensor-node"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
BASE, NEW = b"the base image", b"the new image"


def ed25519_signer() -> LocalSigner:
    return LocalSigner(ed25519.Ed25519PrivateKey.generate())


def p256_signer() -> LocalSigner:
    return LocalSigner(ec.generate_private_key(ec.SECP256R1()))


@dataclass(frozen=True)
class Keys:
    """One key per role; the product's is of the other kind."""

    root: LocalSigner = field(default_factory=ed25519_signer)
    targets: LocalSigner = field(default_factory=ed25519_signer)
    online: LocalSigner = field(default_factory=p256_signer)
    product: LocalSigner = field(default_factory=p256_signer)
    suit: LocalSigner = field(default_factory=ed25519_signer)


def package(
    keys: Keys, base: bytes | None = BASE, new: bytes = NEW, uri: str = INTEGRATED_PAYLOAD_URI
) -> UpdatePackage:
    """Return a signed package whose payload is made up; nothing here decodes one."""
    payload = new if base is None else hashlib.sha256(base + new).digest() * 40
    vendor = vendor_id("example.com")
    manifest = Manifest(
        security_counter=1,
        class_id=class_id(vendor, "node"),
        new_image=SizedDigest.of(new),
        base_digest=None if base is None else SizedDigest.of(base).digest,
        payload_format=PayloadFormat.FULL if base is None else PayloadFormat.BSDIFF4,
        payload=payload_identity(payload),
        payload_uri=uri,
        slot=None,
    )
    to_be_signed = signed_bytes(manifest.to_bytes(), keys.suit.algorithm)
    head = EnvelopeHead.sealed(manifest, keys.suit.algorithm, keys.suit.sign(to_be_signed))
    return UpdatePackage.sealed(head, payload)


@dataclass(frozen=True)
class Repository:
    """A repository in a folder, with all its keys."""

    folder: Path
    keys: Keys
    made_at: datetime = NOW

    def session(self, days_later: float = 0) -> Session:
        now = self.made_at + timedelta(days=days_later)
        return Session(store=Store(str(self.folder)), online=self.keys.online, now=now)

    @property
    def first_root(self) -> bytes:
        return (self.folder / "metadata" / "1.root.json").read_bytes()


def make_repository(folder: Path, now: datetime = NOW) -> Repository:
    repository = Repository(folder, Keys(), now)
    keys = repository.keys
    root_keys = RootKeys(signers=[keys.root], threshold=1)
    create_repository(repository.session(), root_keys, keys.targets)
    add_product(repository.session(), PRODUCT, keys.product, keys.targets)
    return repository


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Keep quiet."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback; gives its URL."""
    handler = partial(_QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
