"""One manifest for many base images: the built patches and the best full image under one signature.

Each device takes the payload for what it runs, and one that runs something else the full image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device_apply.wire.delivery import payload_identity
from device_apply.wire.envelope import MAX_HEAD_BYTES, EnvelopeHead, signed_bytes
from device_apply.wire.manifest import Manifest, PatchFor
from pipeline.engines.contract import Candidate
from pipeline.errors import InputError, Refused
from pipeline.images.firmware_image import FirmwareImage
from pipeline.keys.signer import Signer
from pipeline.packaging.build import BuiltPackage
from pipeline.packaging.update_package import UpdatePackage


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPackage:
    """An envelope for many bases, and its payloads by their names."""

    head: EnvelopeHead
    payloads: dict[str, bytes]

    def package_for(self, base: FirmwareImage) -> UpdatePackage:
        """Return what a device that runs `base` is concerned with: the envelope, one payload."""
        manifest = self.head.manifest.for_base(base.sha256)
        return UpdatePackage(
            head=replace(self.head, manifest=manifest),
            head_bytes=self.head.to_bytes(),
            payload=self.payloads[manifest.payload_uri],
        )


def join_packages(built: Sequence[BuiltPackage], signer: Signer, full_uri: str) -> JoinedPackage:
    """Sign one manifest for the bases of these packages, and the full image for all others.

    A base whose smallest payload is the full image gets no patch of its own. The proof is the
    caller's.

    Raises:
        Refused: no full image fits the device, or all that are wanted are full images.
        InputError: more bases than an envelope holds.
    """
    full = _best_full(built[0])
    patches = sorted(
        (one for one in built if one.package.head.manifest.base_digest is not None),
        key=_base_digest,
    )
    if not patches:
        raise Refused("no patch is worth it for any base: build without --one-manifest")
    manifest = replace(
        _without_base(built[0].package.head.manifest, full),
        payload_uri=full_uri,
        patches=tuple(_patch_for(one) for one in patches),
    )
    signature = signer.sign(signed_bytes(manifest.to_bytes(), signer.algorithm))
    head = EnvelopeHead.sealed(manifest, signer.algorithm, signature)
    if len(head.to_bytes()) > MAX_HEAD_BYTES:
        raise InputError(
            f"{len(patches)} bases: their envelope has {len(head.to_bytes())} bytes, "
            f"a device takes {MAX_HEAD_BYTES}; build in groups of fewer bases"
        )
    payloads = {one.package.head.manifest.payload_uri: one.package.payload for one in patches}
    return JoinedPackage(head=head, payloads={**payloads, full_uri: full.payload})


def _best_full(built: BuiltPackage) -> Candidate:
    fitting = [
        rated
        for rated in built.selection.rated
        if rated.fits and not rated.candidate.payload_format.needs_base
    ]
    if not fitting:
        raise Refused("no full image fits the device, which devices with another base would need")
    return min(fitting, key=lambda rated: rated.package_bytes).candidate


def _base_digest(built: BuiltPackage) -> bytes:
    return built.package.head.manifest.base_digest or b""


def _without_base(manifest: Manifest, full: Candidate) -> Manifest:
    return replace(
        manifest,
        base_digest=None,
        payload_format=full.payload_format,
        payload=payload_identity(full.payload),
        chunks=None,
    )


def _patch_for(built: BuiltPackage) -> PatchFor:
    manifest = built.package.head.manifest
    return PatchFor(
        base_digest=_base_digest(built),
        payload_format=manifest.payload_format,
        payload=manifest.payload,
        payload_uri=manifest.payload_uri,
        chunks=manifest.chunks,
    )
