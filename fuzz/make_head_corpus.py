#!/usr/bin/env python3
"""Make the inputs that fuzzing of `read_head.c` starts from: `fuzz/make_head_corpus.py FOLDER`.

They are heads, manifests, authorisations and configuration files of every form. Heads name a digest
of zeros, since the target computes none.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from device_apply.wire.cbor import encode
from device_apply.wire.chunks import ChunkHashes
from device_apply.wire.configuration import ConfigurationFile
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.envelope import EnvelopeHead
from device_apply.wire.manifest import Manifest, PatchFor
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.rollback import RollbackAuthorisation, RollbackClaims
from device_apply.wire.suit import SizedDigest

HEAD, MANIFEST, ROLLBACK, CONFIGURATION = (bytes([kind]) for kind in range(4))
"""The first byte of an input."""
PAYLOAD: Final = bytes(range(256)) * 2
CLASS: Final = bytes(range(16, 32))


def manifests() -> Iterator[tuple[str, Manifest]]:
    """Yield a manifest of every form."""
    full = Manifest(
        security_counter=3,
        class_id=CLASS,
        new_image=SizedDigest.of(PAYLOAD),
        base_digest=None,
        payload_format=PayloadFormat.FULL,
        payload=payload_identity(PAYLOAD),
        payload_uri=INTEGRATED_PAYLOAD_URI,
    )
    patch = replace(
        full,
        payload_format=PayloadFormat.AIRDELTA,
        base_digest=SizedDigest.of(b"base").digest,
        new_image=SizedDigest.of(b"new"),
    )
    packed = replace(full, payload_format=PayloadFormat.FULL_LZMA, new_image=SizedDigest.of(b"new"))
    for name, manifest in (("full", full), ("patch", patch), ("packed", packed)):
        yield name, manifest
        yield f"{name}-slot", replace(manifest, slot=1)
        yield f"{name}-detached", replace(manifest, payload_uri="update.payload")
        yield f"{name}-chunks", replace(manifest, chunks=ChunkHashes.of(PAYLOAD, 64))
    choice = replace(packed, payload_uri="full", patches=tuple(patches()))
    yield "choice", choice
    yield "choice-slot", replace(choice, slot=0)


def patches() -> Iterator[PatchFor]:
    """Yield patches for two bases; the first is the one that the target runs."""
    for number, chunks in enumerate((None, ChunkHashes.of(PAYLOAD, 256))):
        yield PatchFor(
            base_digest=bytes([number]) * 32,
            payload_format=PayloadFormat.AIRDELTA,
            payload=payload_identity(PAYLOAD),
            payload_uri=f"{number}.patch",
            chunks=chunks,
        )


def authorisation(manifest: Manifest, device_id: bytes | None) -> RollbackAuthorisation:
    """Return an authorisation for a manifest's image, with a signature of zeros."""
    claims = RollbackClaims(
        class_id=CLASS,
        image_digest=manifest.new_image.digest,
        image_counter=manifest.security_counter,
        highest_replaced_counter=70_000,
        device_id=device_id,
    )
    return RollbackAuthorisation(
        claims=claims, algorithm=CoseAlgorithm.ED25519, signature=bytes(64)
    )


def without_digest(head: EnvelopeHead) -> bytes:
    """Return a head whose manifest digest is zeros."""
    digest = hashlib.sha256(encode(head.manifest_bytes)).digest()
    return head.to_bytes().replace(digest, bytes(32))


def inputs() -> Iterator[tuple[str, bytes]]:
    """Yield every input with its name."""
    for name, manifest in manifests():
        head = EnvelopeHead.sealed(manifest, CoseAlgorithm.ESP256, bytes(64))
        yield f"manifest-{name}", MANIFEST + manifest.to_bytes()
        yield f"head-{name}", HEAD + without_digest(head)
        allowed = replace(head, rollback=authorisation(manifest, None))
        yield f"head-{name}-rollback", HEAD + without_digest(allowed)
    for name, device_id in (("class", None), ("device", bytes(16))):
        yield f"rollback-{name}", ROLLBACK + authorisation(manifest, device_id).to_bytes()
    file = ConfigurationFile(entries={1: b"name", 2: b"", 8: bytes(40)})
    yield "configuration", CONFIGURATION + file.to_bytes(bytes(32))


def main(folder: Path) -> None:
    """Write every input as a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in inputs():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
