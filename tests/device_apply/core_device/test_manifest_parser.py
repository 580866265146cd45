"""The parser in C accepts exactly what the Python one accepts, and reads the same claims."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_apply.errors import FormatError
from device_apply.flash_model.native import Native
from device_apply.wire.chunks import ChunkHashes, chunk_count
from device_apply.wire.encryption import ContentCipher, EncryptionInfo, Recipient
from device_apply.wire.manifest import Manifest, PatchFor
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest
from tests.device_apply.core_device.native_build import shipped
from tests.device_apply.small_device import base_image, manifest_for, new_image

NO_SLOT = 0xFF
FULL = manifest_for(PayloadFormat.FULL, new_image(), new_image(), None)
PACKED = manifest_for(PayloadFormat.FULL_HEATSHRINK, b"payload", new_image(), None)
PATCH = manifest_for(
    PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, b"payload" * 40, new_image(), base_image()
)
SHARED = Recipient(key_id=b"key", wrapped_key=bytes(range(24)))
AGREED = Recipient(
    key_id=b"\x01\x02\x03\x04", wrapped_key=bytes(24), ephemeral_key=(b"x" * 32, b"y" * 32)
)
UNNAMED = replace(AGREED, key_id=b"")
GCM = EncryptionInfo(
    cipher=ContentCipher.A128GCM, iv=bytes(range(12)), recipients=(SHARED, AGREED, UNNAMED)
)
CTR = EncryptionInfo(cipher=ContentCipher.A128CTR, iv=bytes(range(16)), recipients=(SHARED,))
CIPHERS = {1: ContentCipher.A128GCM, 2: ContentCipher.A128CTR}
RUNNING = SizedDigest.of(base_image()).digest
OTHERS = sorted(bytes([first]) * 32 for first in (0, 0x77, 0xFF))


def patch_for(base_digest: bytes, chunks: ChunkHashes | None = None) -> PatchFor:
    return PatchFor(
        base_digest=base_digest,
        payload_format=PATCH.payload_format,
        payload=PATCH.payload,
        payload_uri=f"from-{base_digest.hex()[:4]}",
        chunks=chunks,
    )


def choice_for(*bases: bytes) -> Manifest:
    """Return a full image with a patch for each of these bases."""
    patches = tuple(patch_for(base) for base in sorted(bases))
    return replace(PACKED, payload_uri="full", patches=patches)


MANIFESTS = {
    "choice": choice_for(RUNNING, *OTHERS),
    "choice-other": choice_for(OTHERS[0]),
    "choice-slot-chunks": replace(
        FULL,
        payload_uri="full",
        slot=1,
        patches=(patch_for(RUNNING, ChunkHashes.of(b"payload" * 40, 64)),),
    ),
    "full": FULL,
    "full-detached": replace(FULL, payload_uri="update-1.payload"),
    "full-slot": replace(FULL, slot=1),
    "packed": PACKED,
    "patch": PATCH,
    "patch-slot": replace(PATCH, slot=0, security_counter=2**32 - 1),
    "full-chunks": replace(FULL, chunks=ChunkHashes.of(new_image(), 512)),
    "packed-chunks": replace(PACKED, chunks=ChunkHashes.of(b"payload", 64, 16)),
    "full-gcm": replace(
        FULL, payload=SizedDigest(bytes(16), 16), encryption=replace(GCM, recipients=(UNNAMED,))
    ),
    "patch-ctr": replace(PATCH, encryption=CTR),
    "patch-gcm-slot-chunks": replace(
        PATCH, encryption=GCM, slot=1, chunks=ChunkHashes.of(b"payload" * 40, 100, 11)
    ),
    "patch-chunks": replace(PATCH, chunks=ChunkHashes.of(b"payload" * 40, 100, 11)),
}


def read_in_c(native: Native, data: bytes, running: bytes = RUNNING) -> Manifest | None:
    manifest = native.ffi.new("struct airdelta_manifest *")
    # A copy of just these bytes: a read behind them is one that a sanitizer sees.
    exact = native.ffi.new("uint8_t[]", data) if data else native.ffi.new("uint8_t[]", 1)
    if not native.lib.bench_read_manifest(exact, len(data), running, manifest):
        return None
    return Manifest(
        security_counter=manifest.security_counter,
        class_id=bytes(manifest.class_id),
        new_image=image_of(manifest.new_image),
        base_digest=bytes(manifest.base_digest) if manifest.has_base else None,
        payload_format=PayloadFormat(manifest.payload_format),
        payload=image_of(manifest.payload),
        payload_uri=uri_of(manifest, data),
        slot=None if manifest.slot == NO_SLOT else manifest.slot,
        chunks=chunks_of(manifest, data),
        encryption=encryption_of(manifest.encryption, data),
    )


def encryption_of(found: Any, data: bytes) -> EncryptionInfo | None:  # noqa: ANN401 (cffi data)
    if found.info_bytes == 0:
        return None
    told = EncryptionInfo.from_bytes(data[found.info_at : found.info_at + found.info_bytes])
    cipher = CIPHERS[found.cipher]
    return replace(told, cipher=cipher, iv=bytes(found.iv)[: cipher.iv_bytes])


def chunks_of(manifest: Any, data: bytes) -> ChunkHashes | None:  # noqa: ANN401 (cffi data)
    found = manifest.chunks
    if found.chunk_bytes == 0:
        return None
    count = chunk_count(manifest.payload.bytes, found.chunk_bytes)
    return ChunkHashes(
        chunk_bytes=found.chunk_bytes,
        hash_bytes=found.hash_bytes,
        hashes=data[found.hashes_at : found.hashes_at + count * found.hash_bytes],
    )


def image_of(image: Any) -> SizedDigest:  # noqa: ANN401 (cffi data: `struct airdelta_image`)
    return SizedDigest(bytes(image.digest), image.bytes)


def uri_of(manifest: Any, data: bytes) -> str:  # noqa: ANN401 (cffi data)
    found = manifest.payload
    return data[found.uri_at : found.uri_at + found.uri_bytes].decode()


def read_in_python(data: bytes, running: bytes = RUNNING) -> Manifest | None:
    try:
        return Manifest.from_bytes(data).for_base(running)
    except FormatError:
        return None


def require_same_verdict(native: Native, data: bytes) -> None:
    assert read_in_c(native, data) == read_in_python(data), data.hex()


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_form_is_read(native: Native, name: str) -> None:
    data = MANIFESTS[name].to_bytes()

    assert read_in_c(native, data) == MANIFESTS[name].for_base(RUNNING)


@pytest.mark.parametrize("running", [RUNNING, *OTHERS, bytes(31) + b"!"])
def test_of_many_patches_the_one_for_the_running_image_is_read(
    native: Native, running: bytes
) -> None:
    manifest = choice_for(RUNNING, *OTHERS)
    found = read_in_c(native, manifest.to_bytes(), running)

    assert found == manifest.for_base(running)
    assert found is not None
    assert found.base_digest == (running if running in (RUNNING, *OTHERS) else None)


def test_patches_in_another_order_or_twice_are_refused(native: Native) -> None:
    one, other, stand_in = *OTHERS[:2], b"x" * 32
    ordered = choice_for(one, other).to_bytes()
    twice = ordered.replace(other, one)
    swapped = ordered.replace(one, stand_in).replace(other, one).replace(stand_in, other)

    for data in (twice, swapped):
        assert read_in_c(native, data) is None
        assert read_in_python(data) is None


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_prefix_is_refused(native: Native, name: str) -> None:
    data = MANIFESTS[name].to_bytes()
    for size in range(len(data)):
        assert read_in_c(native, data[:size]) is None
    assert read_in_c(native, data + b"\0") is None


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_changed_bit_gets_the_same_verdict(native: Native, name: str) -> None:
    data = MANIFESTS[name].to_bytes()
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            require_same_verdict(native, bytes(changed))


@pytest.mark.slow
@pytest.mark.parametrize("name", MANIFESTS)
def test_every_changed_byte_gets_the_same_verdict(native: Native, name: str) -> None:
    data = MANIFESTS[name].to_bytes()
    for at in range(len(data)):
        for value in range(256):
            require_same_verdict(native, data[:at] + bytes([value]) + data[at + 1 :])


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_removed_or_doubled_byte_gets_the_same_verdict(native: Native, name: str) -> None:
    data = MANIFESTS[name].to_bytes()
    for at in range(len(data)):
        require_same_verdict(native, data[:at] + data[at + 1 :])
        require_same_verdict(native, data[: at + 1] + data[at:])


@given(
    data=st.sampled_from([manifest.to_bytes() for manifest in MANIFESTS.values()]),
    edits=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 3), st.binary(max_size=9))),
)
def test_edited_manifests_get_the_same_verdict(
    data: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    for at, removed, added in edits:
        data = data[:at] + added + data[at + removed :]
    require_same_verdict(shipped(), data)


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_get_the_same_verdict(data: bytes) -> None:
    require_same_verdict(shipped(), data)


@given(
    counter=st.integers(0, 2**32 - 1),
    size=st.integers(0, 2**32 - 1),
    uri=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=80),
    slot=st.sampled_from([None, 0, 1]),
)
def test_all_values_are_read(counter: int, size: int, uri: str, slot: int | None) -> None:
    manifest = replace(
        PATCH,
        security_counter=counter,
        new_image=SizedDigest(bytes(range(32)), size),
        payload=SizedDigest(bytes(16), 2**32 - 1 - size),
        payload_uri=uri,
        slot=slot,
    )

    assert read_in_c(shipped(), manifest.to_bytes()) == manifest


@pytest.mark.parametrize(
    "uri",
    [b" ", b"~", b"\x1f", b"\x7f", b"\x80", b"\0", b"\xc0\x80", b"\xe2\x82\xac", b"\xed\xa0\x80"],
)
def test_a_uri_is_printable_in_the_same_cases(native: Native, uri: bytes) -> None:
    stand_in = "u" * len(uri)
    data = replace(FULL, payload_uri=stand_in).to_bytes().replace(stand_in.encode(), uri)

    require_same_verdict(native, data)
