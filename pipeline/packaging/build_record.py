"""The build record: everything that decided what a package is, as JSON beside it.

It holds inputs by digest, options, tool versions, every candidate with its size and needs, and why
the winner won. Timings and paths are left out, so that the same build gives the same record.
"""

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from device_apply.wire.manifest import Manifest
from device_apply.wire.suit import PROFILE, SizedDigest
from pipeline.images.container import Container
from pipeline.images.firmware_image import FirmwareImage
from pipeline.json_document import Json
from pipeline.packaging.build import BuiltPackage
from pipeline.packaging.selection import RatedCandidate, Selection

SCHEMA: Final = "airdelta-build-record-1"
_TOOLS: Final = ("airdelta", "bsdiff4", "cryptography", "detools", "heatshrink2", "zstandard")
"""The distributions whose version can change the bytes of a package."""


def build_record(built: BuiltPackage, proof: Mapping[str, Json]) -> dict[str, Json]:
    """Return the record of a build whose proof is given."""
    request = built.request
    return {
        "schema": SCHEMA,
        "tools": {"python": platform.python_version(), **tool_versions()},
        "inputs": {"base": _image(request.base), "new": _image(request.new)},
        "device": {
            "profile": request.profile.name,
            "vendor": request.profile.vendor,
            "device_class": request.profile.device_class,
            "applier_ram_bytes": request.profile.applier_ram_bytes,
            "appliers": [f.label for f in sorted(request.profile.appliers)],
        },
        "options": {
            "engine": request.engine,
            "security_counter": request.security_counter,
            "payload_uri": request.payload_uri,
            "chunks": {
                "fragment_bytes": request.chunks.fragment_bytes,
                "corruption_rate": request.chunks.corruption_rate,
                "chunk_bytes": request.chunks.chunk_bytes,
            },
        },
        "candidates": candidates_json(built.selection),
        "failures": [{"engine": f.engine, "reason": f.reason} for f in built.failures],
        "winner": {
            "engine": built.selection.winner.candidate.engine,
            "reason": built.selection.reason,
        },
        "chunk_hashes": {
            "chunk_bytes": built.chunk_choice.chunk_bytes,
            "reason": built.chunk_choice.reason,
        },
        "package": {
            **_sized(SizedDigest.of(built.package.envelope_file)),
            "air_bytes": built.package.air_bytes,
            "envelope_bytes": len(built.package.head_bytes),
        },
        "manifest": manifest_json(built.package.head.manifest),
        "signature_algorithm": built.package.head.algorithm.label,
        "proof": dict(proof),
    }


def record_to_bytes(record: Mapping[str, Json]) -> bytes:
    """Return the record as the file holds it."""
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()


def tool_versions() -> dict[str, Json]:
    """Return the version of every tool that shapes a package."""
    return {name: metadata.version(name) for name in _TOOLS}


def candidates_json(selection: Selection) -> list[Json]:
    """Return all candidates, smallest package first, with their needs and verdicts."""
    full_bytes = selection.full_compressed_bytes
    ordered = sorted(selection.rated, key=lambda rated: rated.package_bytes)
    return [candidate_json(rated, full_bytes) for rated in ordered]


def candidate_json(rated: RatedCandidate, full_compressed_bytes: int | None) -> dict[str, Json]:
    """Return one candidate; percent is of the full compressed image."""
    candidate, needs, obstacle = rated.candidate, rated.candidate.needs, rated.obstacle
    percent = percent_of_full(rated.package_bytes, full_compressed_bytes)
    return {
        "engine": candidate.engine,
        "payload_format": candidate.payload_format.label,
        "payload_bytes": len(candidate.payload),
        "package_bytes": rated.package_bytes,
        "percent_of_full_compressed": None if percent is None else round(percent, 2),
        "ram_bytes": needs.ram_bytes,
        "ram_basis": needs.ram_basis,
        "scratch_flash_bytes": needs.scratch_flash_bytes,
        "random_base_access": needs.random_base_access,
        "parameters": dict(candidate.parameters),
        "fits": rated.fits,
        "obstacle": None if obstacle is None else obstacle.reason,
        "obstacle_kind": None if obstacle is None else obstacle.kind.value,
    }


def percent_of_full(package_bytes: int, full_compressed_bytes: int | None) -> float | None:
    """Return a package's size in percent of the full compressed image, if that is known."""
    return 100 * package_bytes / full_compressed_bytes if full_compressed_bytes else None


def manifest_json(manifest: Manifest) -> dict[str, Json]:
    """Return what a manifest claims."""
    base = manifest.base_digest
    return {
        "profile": PROFILE,
        "security_counter": manifest.security_counter,
        "class_id": manifest.class_id.hex(),
        "slot": manifest.slot,
        "base_image": None if base is None else {"sha256": base.hex()},
        "new_image": _sized(manifest.new_image),
        "payload_format": manifest.payload_format.label,
        "payload": {
            "sha256_start": manifest.payload.digest.hex(),
            "size_bytes": manifest.payload.size,
        },
        "payload_uri": manifest.payload_uri,
        "patches": [
            {
                "base_sha256": patch.base_digest.hex(),
                "payload_format": patch.payload_format.label,
                "size_bytes": patch.payload.size,
                "payload_uri": patch.payload_uri,
            }
            for patch in manifest.patches
        ],
        "encryption": None
        if manifest.encryption is None
        else {
            "cipher": manifest.encryption.cipher.label,
            "recipients": [
                {"key_id": recipient.key_id.hex(), "agreement": recipient.agreement.label}
                for recipient in manifest.encryption.recipients
            ],
            "information_bytes": len(manifest.encryption.to_bytes()),
        },
        "chunks": None
        if manifest.chunks is None
        else {
            "chunk_bytes": manifest.chunks.chunk_bytes,
            "hash_bytes": manifest.chunks.hash_bytes,
            "count": manifest.chunks.count,
        },
    }


def _image(image: FirmwareImage) -> dict[str, Json]:
    return {
        "name": image.name,
        "format": image.source_format.value,
        "load_address": image.load_address,
        "container": None if image.container is None else _container(image.container),
        "trimmed_bytes": image.trimmed_bytes,
        **_sized(SizedDigest.of(image.data)),
    }


def _container(container: Container) -> dict[str, Json]:
    return {
        "kind": container.kind.value,
        "version": container.version,
        "delta_obstacle": container.delta_obstacle,
    }


def _sized(value: SizedDigest) -> dict[str, Json]:
    return {"sha256": value.digest.hex(), "size_bytes": value.size}
