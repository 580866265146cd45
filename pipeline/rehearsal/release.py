"""A release: a built package together with the proof that a device can apply it.

This is the only way to files: `Release.files` exists only after the proof held.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import PurePath

from device_apply.key_store import OpenedStore
from device_apply.trust import PublicKey, TrustAnchors
from pipeline.json_document import Json
from pipeline.keys.signer import Signer
from pipeline.packaging.build import BuildRequest, BuiltPackage, OnDone, build_package
from pipeline.packaging.build_record import build_record, record_to_bytes
from pipeline.packaging.update_package import SUFFIX
from pipeline.rehearsal.proof import Proof, prove


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A package that a simulated device applied, and how."""

    built: BuiltPackage
    proof: Proof
    envelope_stem: str | None = None
    """Where several releases share an envelope, its stem; None: it has the release's own."""

    def envelope_name(self, stem: str) -> str:
        """Return the name of the package file."""
        return f"{self.envelope_stem or stem}{SUFFIX}"

    def record(self) -> dict[str, Json]:
        """Return the build record."""
        return build_record(self.built, self.proof.to_json())

    def files(self, stem: str) -> Sequence[tuple[PurePath, bytes]]:
        """Return names and contents of the release's files: package, record, detached payload."""
        package = self.built.package
        files = [
            (PurePath(self.envelope_name(stem)), package.envelope_file),
            (PurePath(f"{stem}.json"), record_to_bytes(self.record())),
        ]
        if not package.is_integrated:
            files.append((PurePath(package.head.manifest.payload_uri), package.payload))
        return files


def make_release(
    request: BuildRequest,
    signer: Signer,
    executor: Executor,
    on_done: OnDone | None = None,
    engines: Sequence[str] | None = None,
) -> Release:
    """Build, sign and prove a package, with all engines or those that are named.

    Raises:
        pipeline.errors.InputError: the inputs make no update.
        pipeline.errors.Refused: nothing fits the device, or the device did not end with the new
            image.
    """
    built = build_package(request, signer, executor, on_done, engines)
    trust = TrustAnchors([PublicKey.from_pem(signer.public_key_pem)])
    keys = None if built.content_key is None else OpenedStore(built.content_key)
    proof = prove(built.package, request.base, request.new, request.profile, trust, keys)
    return Release(built=built, proof=proof)
