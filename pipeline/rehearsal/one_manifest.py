"""A release for many base images under one manifest, with a proof for each and for others."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.trust import PublicKey, TrustAnchors
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.keys.signer import LocalSigner, Signer
from pipeline.packaging.build import BuildRequest, OnDone, build_package
from pipeline.packaging.one_manifest import JoinedPackage, join_packages
from pipeline.rehearsal.proof import Proof, prove
from pipeline.rehearsal.release import Release

STEM: Final = "update"
"""Of the envelope that all bases share."""
FULL_URI: Final = f"{STEM}-full.payload"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRelease:
    """One envelope that simulated devices with each base, and with another, applied."""

    joined: JoinedPackage
    releases: Mapping[str, Release]
    """The part of each base, by the stem of its record."""
    full_proof: Proof
    """Of a device with an image that no patch is for."""

    def files(self) -> Sequence[tuple[PurePath, bytes]]:
        """Return names and contents: what every base's release has, and the full image."""
        files = [file for stem, release in self.releases.items() for file in release.files(stem)]
        return [*files, (PurePath(FULL_URI), self.joined.payloads[FULL_URI])]


def make_joined_release(
    requests: Mapping[str, BuildRequest],
    signer: Signer,
    executor: Executor,
    on_done: OnDone | None = None,
) -> JoinedRelease:
    """Build the patch of every request, join them in one manifest, sign it once and prove it.

    The packages that are joined are signed with a key that is forgotten: they are never written.

    Raises:
        pipeline.errors.InputError: the inputs make no update.
        pipeline.errors.Refused: nothing fits the device, or one did not end with the new image.
    """
    if any(request.encryption is not None for request in requests.values()):
        raise InputError("--one-manifest: encrypted payloads need a package for each base")
    passing = LocalSigner(Ed25519PrivateKey.generate())
    built = {
        stem: build_package(request, passing, executor, on_done)
        for stem, request in requests.items()
    }
    joined = join_packages(tuple(built.values()), signer, FULL_URI)
    trust = TrustAnchors([PublicKey.from_pem(signer.public_key_pem)])

    def proof_for(base: FirmwareImage, request: BuildRequest) -> Proof:
        return prove(joined.package_for(base), base, request.new, request.profile, trust)

    releases = {
        stem: Release(
            built=replace(one, package=joined.package_for(one.request.base)),
            proof=proof_for(one.request.base, one.request),
            envelope_stem=STEM,
        )
        for stem, one in built.items()
    }
    first = next(iter(requests.values()))
    return JoinedRelease(
        joined=joined, releases=releases, full_proof=proof_for(_unknown(first.base), first)
    )


def _unknown(base: FirmwareImage) -> FirmwareImage:
    """Return an image that differs from a base in every bit."""
    return replace(base, name="an unknown image", data=bytes(byte ^ 0xFF for byte in base.data))
