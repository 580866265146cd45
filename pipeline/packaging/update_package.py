"""The update package: what is shipped, and reading it back from disk.

`verify_package` is the one gate on the vendor's side: nothing here decodes a payload that has not
passed it.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from device_apply.admission import expect_image, expect_rollback
from device_apply.errors import FormatError
from device_apply.trust import SignatureVerifier
from device_apply.wire.delivery import payload_identity
from device_apply.wire.envelope import EnvelopeHead, split_package
from pipeline.input_files import read_input_file

SUFFIX: Final = ".suit"
MAX_PACKAGE_BYTES: Final = 128 << 20
"""Twice the largest image that is read; a payload beyond that is no update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePackage:
    """An envelope and its payload."""

    head: EnvelopeHead
    head_bytes: bytes = field(repr=False)
    """The envelope up to the payload: what a device receives first."""
    payload: bytes = field(repr=False)

    @property
    def is_integrated(self) -> bool:
        """Whether the payload is part of the package file."""
        return self.head.integrated_payload_size is not None

    @property
    def envelope_file(self) -> bytes:
        """The bytes of the package file."""
        return self.head_bytes + self.payload if self.is_integrated else self.head_bytes

    @property
    def air_bytes(self) -> int:
        """Bytes that travel to a device: envelope and payload, wherever the payload is kept."""
        return len(self.head_bytes) + len(self.payload)

    @classmethod
    def sealed(cls, head: EnvelopeHead, payload: bytes) -> Self:
        """Join a signed head with its payload."""
        return cls(head=head, head_bytes=head.to_bytes(), payload=payload)


def read_package(path: Path, running_digest: bytes = b"") -> UpdatePackage:
    """Read a package and, if it is detached, the payload file beside it.

    Of one for many base images it is the payload for a device that runs the image with this
    SHA-256, and the full image if none is named.

    Raises:
        pipeline.errors.InputError: a file is missing or too large.
        pipeline.errors.EnvironmentProblem: a file cannot be read.
        device_apply.errors.FormatError: not a package; the message names the file.
    """
    head, head_bytes, payload = _read_envelope(path)
    head = replace(head, manifest=head.manifest.for_base(running_digest))
    if payload is None:
        try:
            beside = path.parent / _payload_file_name(head.manifest.payload_uri)
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from error
        payload = read_input_file(beside, "package's payload", MAX_PACKAGE_BYTES)
    return UpdatePackage(head=head, head_bytes=head_bytes, payload=payload)


def read_head(path: Path) -> EnvelopeHead:
    """Read only what a package claims; a detached payload need not be there.

    Raises:
        As `read_package`.
    """
    return _read_envelope(path)[0]


def verify_package(package: UpdatePackage, verifier: SignatureVerifier) -> None:
    """Check the signature, then the payload against the signed manifest. Decodes nothing.

    Raises:
        device_apply.errors.Rejected: no trusted key signed it, or the payload is another one.
    """
    head = package.head
    verifier.verify(head.algorithm, head.signed_bytes, head.signature)
    if head.rollback is not None:
        expect_rollback(head.rollback, head.manifest, verifier)
    expect_image("payload", head.manifest.payload, payload_identity(package.payload))


def _read_envelope(path: Path) -> tuple[EnvelopeHead, bytes, bytes | None]:
    data = read_input_file(path, "update package", MAX_PACKAGE_BYTES)
    try:
        return split_package(data)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _payload_file_name(uri: str) -> str:
    """Accept plain file names only: a manifest must not make us read elsewhere."""
    if (
        uri in (".", "..")
        or uri.startswith("#")
        or any(forbidden in uri for forbidden in ("/", "\\", "\0", ":"))
    ):
        raise FormatError(f"payload {uri!r} is not the name of a file beside the package")
    return uri
