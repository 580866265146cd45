"""Packages for devices that decode a payload while it arrives: chunks, and what they take.

Such a device keeps one chunk in RAM and the decoder's state in two banks of flash
(`device_apply/core/device/include/airdelta_streaming.h`); its chunk hashes have full length, for
they stand before the decoder.
"""

from dataclasses import replace
from typing import Final

from device_apply.profile import (
    CHECKPOINT_BYTES,
    AbLayout,
    DeviceProfile,
    LayoutKind,
    Region,
)
from device_apply.wire.chunks import MAX_HASH_BYTES, MIN_CHUNK_BYTES, chunk_count
from device_apply.wire.envelope import MAX_HEAD_BYTES
from device_apply.wire.payload_format import PayloadFormat
from pipeline.engines.contract import Candidate
from pipeline.errors import InputError
from pipeline.packaging.chunk_choice import HEAD_WITH_HASHES_BYTES, ChunkChoice
from pipeline.packaging.obstacle import Obstacle, ObstacleKind

_STREAMABLE: Final = frozenset({PayloadFormat.FULL, PayloadFormat.AIRDELTA})
"""What the library itself decodes; the state of other decoders cannot be saved."""
_LEAST_CHUNK_BYTES: Final = 1024
"""At least four are downloaded again after a reset, so small ones save air time; each costs 16
bytes of it, 1.6 % at this size."""
MOST_STREAMED_CHUNKS: Final = (HEAD_WITH_HASHES_BYTES - 1024) // MAX_HASH_BYTES
"""Whose hashes fit into a head beside everything else that is in it."""
_NEEDS_BYTES: Final = 128
"""From so many bytes of a payload a decoder knows what it needs: no chunk is smaller."""
_HEADER_BYTES: Final = 32
_LARGE_TIER: Final = "airdelta-large"


def with_streaming(profile: DeviceProfile) -> DeviceProfile:
    """Return the profile of a device that streams, with checkpoints in its download area.

    Raises:
        InputError: it cannot, or its flash has no room for them.
    """
    layout, flash = profile.layout, profile.flash
    if layout.kind is not LayoutKind.AB:
        raise InputError("--stream: only a device with two slots decodes while it downloads")
    if layout.checkpoints is not None:
        return profile
    bank_bytes = flash.whole_sectors(CHECKPOINT_BYTES + profile.applier_ram_bytes)
    head_bytes = flash.whole_sectors(_HEADER_BYTES + MAX_HEAD_BYTES)
    area = layout.download
    if head_bytes + 2 * bank_bytes > area.size_bytes:
        raise InputError(
            f"--stream: head and checkpoints take {head_bytes + 2 * bank_bytes} bytes, the "
            f"download area of device {profile.name!r} has {area.size_bytes}; name "
            "layout.checkpoints in its profile"
        )
    return replace(profile, layout=_divided(layout, head_bytes, 2 * bank_bytes))


def _divided(layout: AbLayout, head_bytes: int, checkpoint_bytes: int) -> AbLayout:
    """Leave the head at the start of the download area, and put the checkpoints behind it."""
    start = layout.download.offset
    return replace(
        layout,
        download=Region(offset=start, size_bytes=head_bytes),
        checkpoints=Region(offset=start + head_bytes, size_bytes=checkpoint_bytes),
    )


def streaming_chunk_bytes(payload_bytes: int) -> int:
    """Return the size of the chunks of a streamed payload: small, as long as a head lists them."""
    size = _LEAST_CHUNK_BYTES
    while chunk_count(payload_bytes, size) > MOST_STREAMED_CHUNKS:
        size *= 2
    return size


def choose_streaming_chunks(payload_bytes: int, wanted_bytes: int | None) -> ChunkChoice:
    """Choose the chunks of a streamed payload; `wanted_bytes` is what somebody asked for.

    Raises:
        InputError: it cannot be streamed in such chunks.
    """
    if wanted_bytes == 0:
        raise InputError("--chunks none: a device that streams takes chunks with hashes only")
    if wanted_bytes is None:
        size = streaming_chunk_bytes(payload_bytes)
        reason = "the device decodes each as soon as it is there and verified"
        return ChunkChoice(chunk_bytes=size, reason=reason, hash_bytes=MAX_HASH_BYTES)
    least_bytes = max(_NEEDS_BYTES, MIN_CHUNK_BYTES)
    too_many = chunk_count(payload_bytes, wanted_bytes) > MOST_STREAMED_CHUNKS
    if wanted_bytes < least_bytes or too_many:
        raise InputError(
            f"--chunks {wanted_bytes}: a streamed payload has chunks of at least {least_bytes} "
            f"bytes, and at most {MOST_STREAMED_CHUNKS} of them"
        )
    return ChunkChoice(
        chunk_bytes=wanted_bytes, reason="asked for by size", hash_bytes=MAX_HASH_BYTES
    )


def streaming_obstacle(candidate: Candidate, profile: DeviceProfile) -> Obstacle | None:
    """Return what keeps a device that streams from decoding a candidate while it arrives."""
    bank_bytes = profile.checkpoint_bank_bytes
    if bank_bytes == 0:
        return None
    if candidate.payload_format not in _STREAMABLE or candidate.engine == _LARGE_TIER:
        return Obstacle(
            ObstacleKind.NO_APPLIER, "the device decodes while it downloads, and this cannot stop"
        )
    chunk_bytes = streaming_chunk_bytes(len(candidate.payload))
    ram_bytes = candidate.needs.ram_bytes + chunk_bytes
    if ram_bytes > profile.applier_ram_bytes:
        return Obstacle(
            ObstacleKind.RAM,
            f"needs {ram_bytes} bytes of RAM with a chunk of {chunk_bytes}, the device has "
            f"{profile.applier_ram_bytes}",
        )
    wanted_bytes = CHECKPOINT_BYTES + ram_bytes
    if wanted_bytes > bank_bytes:
        return Obstacle(
            ObstacleKind.CHECKPOINTS,
            f"half of the checkpoints' area has {bank_bytes} bytes, the state of the decoder takes "
            f"{wanted_bytes}",
        )
    return None
