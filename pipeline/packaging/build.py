"""Building one update package: engines side by side, selection, manifest, signature.

The result is not proved yet; `pipeline.rehearsal.release` applies it to a simulated device before
anybody may write it out.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

from device_apply.profile import DeviceProfile
from device_apply.wire.chunks import ChunkHashes
from device_apply.wire.cose import SIGNATURE_BYTES, CoseAlgorithm
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.encryption import EncryptionInfo
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.suit import SizedDigest
from pipeline.encryption.payload_encryption import EncryptionWish, encrypt_payload
from pipeline.engines.contract import Candidate, EngineFailure
from pipeline.engines.registry import ENGINES
from pipeline.engines.result_cache import Pair, ResultCache
from pipeline.engines.runner import Outcome, run_engines
from pipeline.errors import InputError
from pipeline.images.firmware_image import FirmwareImage
from pipeline.keys.signer import Signer
from pipeline.packaging.chunk_choice import (
    COMPARE_COSTS,
    ChunkChoice,
    ChunkWish,
    choose_chunks,
    chunk_hashes,
)
from pipeline.packaging.image_hints import image_hints
from pipeline.packaging.in_place import in_place_obstacle, planned
from pipeline.packaging.obstacle import Obstacle, ObstacleKind, find_obstacle
from pipeline.packaging.selection import (
    AUTO,
    RatedCandidate,
    Selection,
    select,
)
from pipeline.packaging.slot_choice import choose_slot
from pipeline.packaging.streaming import choose_streaming_chunks, streaming_obstacle
from pipeline.packaging.update_package import UpdatePackage

OnDone: TypeAlias = Callable[[Outcome], None]
"""Called with each engine's outcome when it is done, for progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build: from which base image, to which new image, for which device."""

    base: FirmwareImage
    new: FirmwareImage
    profile: DeviceProfile
    security_counter: int
    engine: str = AUTO
    payload_uri: str = INTEGRATED_PAYLOAD_URI
    chunks: ChunkWish = COMPARE_COSTS
    encryption: EncryptionWish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPackage:
    """A signed package and how it came about."""

    request: BuildRequest
    package: UpdatePackage
    selection: Selection
    failures: tuple[EngineFailure, ...]
    chunk_choice: ChunkChoice
    content_key: bytes | None = field(default=None, repr=False)
    """What an encrypted payload was encrypted with, for its proof; it is written nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Travelling:
    """A candidate as it travels: its payload is the ciphertext, if it is encrypted."""

    candidate: Candidate
    encryption: EncryptionInfo | None
    content_key: bytes | None = field(repr=False)

    @classmethod
    def of(cls, request: BuildRequest, candidate: Candidate) -> Self:
        if request.encryption is None:
            return cls(candidate=candidate, encryption=None, content_key=None)
        encrypted = encrypt_payload(candidate.payload, request.encryption)
        return cls(
            candidate=replace(candidate, payload=encrypted.ciphertext),
            encryption=encrypted.info,
            content_key=encrypted.content_key,
        )


def rate_candidates(
    request: BuildRequest,
    executor: Executor,
    on_done: OnDone | None = None,
    engines: Sequence[str] | None = None,
    cache: ResultCache | None = None,
) -> tuple[tuple[RatedCandidate, ...], tuple[EngineFailure, ...]]:
    """Run every engine on the pair of images and hold the results against the device.

    Where only the outcome counts and not the comparison, `engines` names those that matter. What a
    cache knows is not encoded again.

    Raises:
        InputError: base and new image are equal, or one does not suit the device's slots.
    """
    base, new = request.base, request.new
    if base.data == new.data:
        raise InputError(f"{new.name}: equal to the base image {base.name}; there is no update")
    names = _engine_names(request.engine) if engines is None else engines
    pair = Pair(base.data, new.data, image_hints(base, new))
    known = {} if cache is None else cache.known(pair, names)
    wanted = [name for name in names if name not in known]
    made, failed = run_engines(wanted, base.data, new.data, executor, on_done, pair.hints)
    if cache is not None:
        cache.keep(pair, [*made, *failed])
    outcomes = dict(known)
    outcomes.update({one.engine: one for one in made})
    outcomes.update({one.engine: one for one in failed})
    encoded = [one for name in names if isinstance(one := outcomes[name], Candidate)]
    failures = [one for name in names if isinstance(one := outcomes[name], EngineFailure)]
    candidates = [planned(each, base.data, new.data, request.profile) for each in encoded]
    slot = choose_slot(base, new, request.profile)
    pointless = _pointless_delta(request)

    def package_bytes(candidate: Candidate) -> int:
        return _package_bytes(_manifest(request, _Travelling.of(request, candidate), slot))

    rated = [
        RatedCandidate(
            candidate=candidate,
            package_bytes=package_bytes(candidate),
            obstacle=(pointless if candidate.payload_format.needs_base else None)
            or find_obstacle(candidate, base.size, new.size, request.profile)
            or in_place_obstacle(candidate, new.size, request.profile)
            or streaming_obstacle(candidate, request.profile),
        )
        for candidate in candidates
    ]
    return tuple(rated), tuple(failures)


def build_package(
    request: BuildRequest,
    signer: Signer,
    executor: Executor,
    on_done: OnDone | None = None,
    engines: Sequence[str] | None = None,
) -> BuiltPackage:
    """Build and sign the update package of a request, with all engines or those that are named.

    Raises:
        InputError: the inputs make no update.
        pipeline.errors.Refused: no strategy fits the device, or the wanted engine does not.
    """
    rated, failures = rate_candidates(request, executor, on_done, engines)
    selection = _explained(select(rated, request.engine, request.profile), request)
    candidate = selection.winner.candidate
    chunk_choice = choose_chunks_for(request, candidate)
    travelling = _Travelling.of(request, candidate)
    chunks = chunk_hashes(travelling.candidate.payload, chunk_choice)
    return BuiltPackage(
        request=request,
        package=_seal(request, travelling, signer, chunks),
        selection=selection,
        failures=tuple(failures),
        chunk_choice=chunk_choice,
        content_key=travelling.content_key,
    )


def _pointless_delta(request: BuildRequest) -> Obstacle | None:
    """Return what the images' containers say against any delta between them."""
    containers = (image.container for image in (request.new, request.base))
    told = (c.delta_obstacle for c in containers if c is not None and c.delta_obstacle is not None)
    return next((Obstacle(ObstacleKind.POINTLESS, reason) for reason in told), None)


def _explained(selection: Selection, request: BuildRequest) -> Selection:
    """Say why the full image won, where the images themselves tell."""
    pointless = _pointless_delta(request)
    if pointless is None or selection.winner.candidate.payload_format.needs_base:
        return selection
    return replace(selection, reason=f"{selection.reason}; {pointless.reason}")


def seal(
    request: BuildRequest,
    candidate: Candidate,
    signer: Signer,
    chunks: ChunkHashes | None = None,
) -> UpdatePackage:
    """Describe a candidate in a manifest, sign it and join both to a package, unencrypted."""
    plain = _Travelling(candidate=candidate, encryption=None, content_key=None)
    return _seal(request, plain, signer, chunks)


def _seal(
    request: BuildRequest, travelling: _Travelling, signer: Signer, chunks: ChunkHashes | None
) -> UpdatePackage:
    slot = choose_slot(request.base, request.new, request.profile)
    manifest = replace(_manifest(request, travelling, slot), chunks=chunks)
    to_be_signed = signed_bytes(manifest.to_bytes(), signer.algorithm)
    head = EnvelopeHead.sealed(manifest, signer.algorithm, signer.sign(to_be_signed))
    return UpdatePackage.sealed(head, travelling.candidate.payload)


def _engine_names(engine: str) -> Sequence[str]:
    """All engines run even if one is asked for by name, so that the record shows the choice."""
    if engine != AUTO and engine not in ENGINES:
        raise InputError(f"--engine {engine}: unknown (known: auto, {', '.join(ENGINES)})")
    return tuple(ENGINES)


def _manifest(request: BuildRequest, travelling: _Travelling, slot: int | None) -> Manifest:
    candidate = travelling.candidate
    vendor = vendor_id(request.profile.vendor)
    needs_base = candidate.payload_format.needs_base
    return Manifest(
        security_counter=request.security_counter,
        class_id=class_id(vendor, request.profile.device_class),
        new_image=SizedDigest.of(request.new.data),
        base_digest=SizedDigest.of(request.base.data).digest if needs_base else None,
        payload_format=candidate.payload_format,
        payload=payload_identity(candidate.payload),
        payload_uri=request.payload_uri,
        slot=slot,
        encryption=travelling.encryption,
    )


def choose_chunks_for(request: BuildRequest, candidate: Candidate) -> ChunkChoice:
    """Choose the chunks whose hashes are signed with a candidate, if any.

    Raises:
        InputError: the chunks that were asked for are impossible.
    """
    slot = choose_slot(request.base, request.new, request.profile)
    manifest = _manifest(request, _Travelling.of(request, candidate), slot)
    payload_bytes = manifest.payload.size
    if request.profile.checkpoint_bank_bytes > 0:
        return choose_streaming_chunks(payload_bytes, request.chunks.chunk_bytes)
    return choose_chunks(payload_bytes, _package_bytes(manifest) - payload_bytes, request.chunks)


def _package_bytes(manifest: Manifest) -> int:
    """Size of the finished package; all signatures have one size, so an empty one tells it."""
    unsigned = EnvelopeHead.sealed(manifest, CoseAlgorithm.ED25519, bytes(SIGNATURE_BYTES))
    return len(unsigned.to_bytes()) + manifest.payload.size
