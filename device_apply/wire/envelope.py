"""The envelope: manifest, signature and, where integrated, the payload. Bytes: SPEC.md section 2.

A package with its payload inside is `107({2: authentication, 3: manifest, "#": payload})`, with
`"!": authorisation` before the payload if it may be rolled back to. Since
the payload comes last, the bytes before it are complete in themselves: this *head* is what a
device receives and verifies first, before it spends flash or airtime on a payload. Head and payload
together are exactly the package, so nothing travels twice.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Self

from device_apply.errors import FormatError
from device_apply.wire.cbor import CborReader, MajorType, encode, encode_head
from device_apply.wire.cose import CoseAlgorithm, sig_structure, sign1_from_bytes, sign1_to_bytes
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, MAX_U32
from device_apply.wire.manifest import Manifest
from device_apply.wire.rollback import RollbackAuthorisation
from device_apply.wire.suit import TAG_ENVELOPE, EnvelopeKey, read_suit_digest, suit_digest

MAX_HEAD_BYTES: Final = 12_288
"""A manifest and two signatures of the largest kind. A device buffers the head in RAM until its
signature is verified, and refuses what its work memory does not hold."""
ROLLBACK_KEY: Final = "!"
"""Sorts before the payload's key, which has to be the last."""
_PAIRS_DETACHED: Final = 2
_MOST_PAIRS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeHead:
    """A signed manifest: everything of a package but the payload."""

    manifest_bytes: bytes
    manifest: Manifest
    algorithm: CoseAlgorithm
    signature: bytes
    rollback: RollbackAuthorisation | None = None
    """Beside the manifest, with a signature of its own: it may be added later."""

    @classmethod
    def sealed(cls, manifest: Manifest, algorithm: CoseAlgorithm, signature: bytes) -> Self:
        """Join a manifest and the signature over `signed_bytes` of it."""
        return cls(
            manifest_bytes=manifest.to_bytes(),
            manifest=manifest,
            algorithm=algorithm,
            signature=signature,
        )

    @property
    def signed_bytes(self) -> bytes:
        """What `signature` signs."""
        return signed_bytes(self.manifest_bytes, self.algorithm)

    @property
    def integrated_payload_size(self) -> int | None:
        """Bytes of the payload that follows the head, or None if it is a file of its own."""
        if self.manifest.payload_uri == INTEGRATED_PAYLOAD_URI:
            return self.manifest.payload.size
        return None

    def to_bytes(self) -> bytes:
        """Encode; `from_bytes(h.to_bytes()) == h`, and `to_bytes() + payload` is the package."""
        size = self.integrated_payload_size
        pairs = _PAIRS_DETACHED + (size is not None) + (self.rollback is not None)
        authentication = [
            suit_digest(_manifest_digest(self.manifest_bytes)),
            sign1_to_bytes(self.algorithm, self.signature),
        ]
        head = (
            encode_head(MajorType.TAG, TAG_ENVELOPE)
            + encode_head(MajorType.MAP, pairs)
            + encode(EnvelopeKey.AUTHENTICATION)
            + encode(encode(authentication))
            + encode(EnvelopeKey.MANIFEST)
            + encode(self.manifest_bytes)
        )
        if self.rollback is not None:
            head += encode(ROLLBACK_KEY) + encode(self.rollback.to_bytes())
        if size is None:
            return head
        return head + encode(INTEGRATED_PAYLOAD_URI) + encode_head(MajorType.BYTES, size)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Decode a head with nothing behind it. The signature is not verified here.

        Raises:
            FormatError: another form, a manifest that its digest does not match, or an integrated
                payload whose length is not the manifest's.
        """
        head, size = cls._read(data)
        if size != len(data):
            raise FormatError(f"envelope: {len(data) - size} bytes too many")
        return head

    @classmethod
    def read_prefix(cls, data: bytes) -> tuple[Self, int]:
        """Decode the head that `data` starts with and return it with its size in bytes.

        Raises:
            FormatError: as `from_bytes`.
        """
        return cls._read(data[:MAX_HEAD_BYTES])

    @classmethod
    def _read(cls, data: bytes) -> tuple[Self, int]:
        if len(data) > MAX_HEAD_BYTES:
            raise FormatError(f"envelope: over the limit of {MAX_HEAD_BYTES} bytes")
        reader = CborReader(data, "envelope")
        reader.tag(TAG_ENVELOPE)
        pairs = reader.map_header()
        if not _PAIRS_DETACHED <= pairs <= _MOST_PAIRS:
            raise reader.malformed(f"{pairs} elements are not supported")
        reader.literal(EnvelopeKey.AUTHENTICATION)
        digest, algorithm, signature = _read_authentication(reader.byte_string())
        reader.literal(EnvelopeKey.MANIFEST)
        manifest_bytes = reader.byte_string()
        if _manifest_digest(manifest_bytes) != digest:
            raise FormatError("envelope: the manifest's digest does not match the manifest")
        manifest = Manifest.from_bytes(manifest_bytes)
        pairs_left = pairs - _PAIRS_DETACHED - (manifest.payload_uri == INTEGRATED_PAYLOAD_URI)
        head = cls(
            manifest_bytes=manifest_bytes,
            manifest=manifest,
            algorithm=algorithm,
            signature=signature,
            rollback=_read_rollback(reader) if pairs_left > 0 else None,
        )
        if pairs_left not in (0, 1):
            raise reader.malformed(f"{pairs} elements are not what the manifest describes")
        _read_payload_header(reader, head)
        return head, reader.position


def split_package(package: bytes) -> tuple[EnvelopeHead, bytes, bytes | None]:
    """Split a package into its decoded head, the head's bytes and the integrated payload, if any.

    Raises:
        FormatError: not a package, truncated, or bytes behind its end.
    """
    head, head_bytes = EnvelopeHead.read_prefix(package)
    payload = package[head_bytes:]
    expected = head.integrated_payload_size
    if len(payload) != (expected or 0):
        raise FormatError(
            f"package: {len(package)} bytes, but its envelope announces "
            f"{head_bytes + (expected or 0)}"
        )
    return head, package[:head_bytes], None if expected is None else payload


def signed_bytes(manifest_bytes: bytes, algorithm: CoseAlgorithm) -> bytes:
    """Return what a signer signs for a manifest: the COSE structure around its SUIT_Digest."""
    return sig_structure(algorithm, suit_digest(_manifest_digest(manifest_bytes)))


def _manifest_digest(manifest_bytes: bytes) -> bytes:
    """SHA-256 over the manifest as a byte string, its CBOR head included (draft section 8.2)."""
    return hashlib.sha256(encode(manifest_bytes)).digest()


def _read_authentication(data: bytes) -> tuple[bytes, CoseAlgorithm, bytes]:
    reader = CborReader(data, "authentication wrapper")
    reader.array(2)
    digest_reader = CborReader(reader.byte_string(), "manifest digest")
    digest = read_suit_digest(digest_reader)
    digest_reader.end()
    algorithm, signature = sign1_from_bytes(reader.byte_string())
    reader.end()
    return digest, algorithm, signature


def _read_rollback(reader: CborReader) -> RollbackAuthorisation:
    if reader.text(len(ROLLBACK_KEY)) != ROLLBACK_KEY:
        raise reader.malformed("an element that is not what the manifest describes")
    return RollbackAuthorisation.from_bytes(reader.byte_string())


def _read_payload_header(reader: CborReader, head: EnvelopeHead) -> None:
    """Read the key and length of an integrated payload and hold them against the manifest."""
    if head.integrated_payload_size is None:
        return
    if reader.text(len(INTEGRATED_PAYLOAD_URI)) != INTEGRATED_PAYLOAD_URI:
        raise reader.malformed("unknown element")
    if reader.byte_string_header(MAX_U32) != head.integrated_payload_size:
        raise reader.malformed("the integrated payload is not what the manifest describes")
