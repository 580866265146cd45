"""A small device, two releases for it and signed updates between them, for the tests of the device.

Small sectors and images keep every erase and every program operation within reach of a full sweep.
"""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import detools
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_apply.profile import (
    AbLayout,
    Architecture,
    DeviceProfile,
    FlashGeometry,
    Region,
    SlotAddressing,
)
from device_apply.simulator.simulated_device import SimulatedDevice
from device_apply.trust import PublicKey, TrustAnchors
from device_apply.wire.chunks import MIN_HASH_BYTES, ChunkHashes
from device_apply.wire.cose import CoseAlgorithm
from device_apply.wire.delivery import INTEGRATED_PAYLOAD_URI, payload_identity
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.identifiers import class_id, vendor_id
from device_apply.wire.manifest import Manifest
from device_apply.wire.payload_format import PayloadFormat
from device_apply.wire.suit import SizedDigest

KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER: Final = TrustAnchors([PublicKey(KEY.public_key())])
SECTOR_BYTES: Final = 512
FRAGMENT_BYTES: Final = 100
BASE_COUNTER: Final = 3
NEW_COUNTER: Final = 4


def small_profile(
    write_unit_bytes: int = 4, slot_addressing: SlotAddressing = SlotAddressing.REMAP
) -> DeviceProfile:
    def region(first_sector: int, sectors: int) -> Region:
        return Region(offset=first_sector * SECTOR_BYTES, size_bytes=sectors * SECTOR_BYTES)

    return DeviceProfile(
        name="small",
        architecture=Architecture.THUMB,
        vendor="vendor.example",
        device_class="sensor",
        cpu_hz=32_000_000,
        active_ma=5.0,
        applier_ram_bytes=8192,
        appliers=frozenset(
            {
                PayloadFormat.FULL,
                PayloadFormat.FULL_HEATSHRINK,
                PayloadFormat.DETOOLS_SEQUENTIAL_CRLE,
                PayloadFormat.DETOOLS_SEQUENTIAL_LZMA,
                PayloadFormat.DETOOLS_IN_PLACE,
            }
        ),
        flash=FlashGeometry(
            base_address=0x0800_0000,
            size_bytes=48 * SECTOR_BYTES,
            sector_bytes=SECTOR_BYTES,
            write_unit_bytes=write_unit_bytes,
            erase_sector_ms=20.0,
            program_unit_us=50.0,
        ),
        layout=AbLayout(
            slot_addressing=slot_addressing,
            slot_a=region(0, 8),
            slot_b=region(8, 8),
            download=region(16, 24),
            state=region(44, 4),
        ),
    )


@cache
def base_image() -> bytes:
    return random.Random(1).randbytes(2400)


@cache
def new_image() -> bytes:
    """The base image with a few words changed and a little more at the end."""
    image = bytearray(base_image())
    for offset in range(100, len(image), 300):
        image[offset : offset + 4] = random.Random(offset).randbytes(4)
    return bytes(image) + random.Random(2).randbytes(150)


@cache
def crle_patch(base: bytes, new: bytes) -> bytes:
    patch = io.BytesIO()
    detools.create_patch(io.BytesIO(base), io.BytesIO(new), patch, compression="crle")
    return patch.getvalue()


@dataclass(frozen=True, slots=True)
class Update:
    """A signed head and the payload that belongs to it."""

    head: bytes
    payload: bytes

    @property
    def fragments(self) -> list[bytes]:
        return [
            self.payload[at : at + FRAGMENT_BYTES]
            for at in range(0, len(self.payload), FRAGMENT_BYTES)
        ]


def manifest_for(
    payload_format: PayloadFormat, payload: bytes, new: bytes, base: bytes | None
) -> Manifest:
    profile = small_profile()
    vendor = vendor_id(profile.vendor)
    return Manifest(
        security_counter=NEW_COUNTER,
        class_id=class_id(vendor, profile.device_class),
        new_image=SizedDigest.of(new),
        base_digest=None if base is None else SizedDigest.of(base).digest,
        payload_format=payload_format,
        payload=payload_identity(payload),
        payload_uri=INTEGRATED_PAYLOAD_URI,
    )


def seal(manifest: Manifest, key: Ed25519PrivateKey = KEY) -> bytes:
    algorithm = CoseAlgorithm.ED25519
    signature = key.sign(signed_bytes(manifest.to_bytes(), algorithm))
    return EnvelopeHead.sealed(manifest, algorithm, signature).to_bytes()


def delta_manifest() -> Manifest:
    base, new = base_image(), new_image()
    payload = crle_patch(base, new)
    return manifest_for(PayloadFormat.DETOOLS_SEQUENTIAL_CRLE, payload, new, base)


@cache
def delta_update() -> Update:
    return Update(seal(delta_manifest()), crle_patch(base_image(), new_image()))


@cache
def full_update(
    new: bytes | None = None,
    security_counter: int = NEW_COUNTER,
    chunk_bytes: int = 0,
    hash_bytes: int = MIN_HASH_BYTES,
) -> Update:
    image = new_image() if new is None else new
    manifest = replace(
        manifest_for(PayloadFormat.FULL, image, image, None),
        security_counter=security_counter,
        chunks=ChunkHashes.of(image, chunk_bytes, hash_bytes) if chunk_bytes else None,
    )
    return Update(seal(manifest), image)


def provisioned_device(profile: DeviceProfile | None = None, *, slot: int = 0) -> SimulatedDevice:
    device = SimulatedDevice(profile or small_profile(), VERIFIER)
    device.provision(base_image(), security_counter=BASE_COUNTER, slot=slot)
    return device


def booted_device(profile: DeviceProfile | None = None, *, slot: int = 0) -> SimulatedDevice:
    device = provisioned_device(profile, slot=slot)
    device.boot()
    return device


def change_flash(device: SimulatedDevice, offset: int, data: bytes) -> None:
    """Put bytes into flash behind the device's back."""
    sector = offset - offset % SECTOR_BYTES
    content = bytearray(device.bench.read_flash(sector, SECTOR_BYTES))
    content[offset - sector : offset - sector + len(data)] = data
    device.bench.erase_flash(sector)
    device.bench.program_flash(sector, bytes(content))


def flip_bit(device: SimulatedDevice, offset: int) -> None:
    """Let a cell rot."""
    (byte,) = device.bench.read_flash(offset, 1)
    change_flash(device, offset, bytes([byte ^ 1]))


@contextmanager
def untouched_flash(device: SimulatedDevice) -> Iterator[None]:
    """Require that the device neither erases nor programs anything."""
    before = device.usage
    yield
    assert device.usage == before
