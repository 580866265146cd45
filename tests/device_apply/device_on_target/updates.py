"""The updates of these tests: a small full image, and a release of the sample firmware as a patch.

Both run on a device with exactly the RAM that is announced for them.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from device_apply.core.device.bench import BenchSetup
from device_apply.core.device.status import Status
from device_apply.core.device.sweep import SweptUpdate
from device_apply.core.needs import DEVICE_STACK_BYTES, PEEK_BYTES, STACK_BYTES, DecoderNeeds
from device_apply.flash_model.native_flash import NativeFlash
from device_apply.wire.envelope import EnvelopeHead, signed_bytes
from device_apply.wire.payload_format import PayloadFormat
from pipeline.encoder.options import Tier
from pipeline.keys.signer import LocalSigner
from tests.device_apply.core_device import test_firmware_update as sample
from tests.device_apply.core_device import test_streaming as streaming
from tests.device_apply.core_device.in_place_cases import FRAGMENT_BYTES, InPlaceCase
from tests.device_apply.core_device.scenarios import SCENARIOS
from tests.device_apply.device_on_target.device_build import EVERY_TIER, TINY_THUMB, build_device
from tests.device_apply.device_on_target.emulated_device import EmulatedDevice
from tests.device_apply.small_device import (
    BASE_COUNTER,
    NEW_COUNTER,
    VERIFIER,
    manifest_for,
    seal,
)

P256_KEY: Final = ec.derive_private_key(0xA1DE17A, ec.SECP256R1())
DECODERS: Final = {Tier.TINY: TINY_THUMB, Tier.STANDARD: EVERY_TIER}
"""What a library is compiled with that decodes a tier."""
_HEAD_BYTES: Final = 384
"""Work memory of a device that decodes nothing: a head has to fit."""
_LORAWAN_PIECE_BYTES: Final = 51


@dataclass(frozen=True, slots=True)
class TargetUpdate:
    """An update, and the device that it is for."""

    setup: BenchSetup
    update: SweptUpdate

    trusted_point: bytes = b""
    """Of the P-256 key whose signatures the processor checks; empty: the test checks Ed25519."""
    defines: tuple[str, ...] = TINY_THUMB
    """What the library is compiled with."""

    def device(
        self, folder: Path, cpu: str, stack_bytes: int = DEVICE_STACK_BYTES
    ) -> EmulatedDevice:
        """Build the device, provision it with the base image."""
        target = build_device(
            folder,
            self.setup,
            cpu=cpu,
            stack_bytes=stack_bytes,
            trusted_point=self.trusted_point,
            defines=self.defines,
        )
        device = EmulatedDevice(target, self.setup, NativeFlash(self.setup.part), VERIFIER)
        assert device.provision(self.update.base, BASE_COUNTER) is Status.OK
        return device


def small_update(scenario: str) -> TargetUpdate:
    """Return a full image of two kilobytes, on the flash of a scenario of the host's tests."""
    case = SCENARIOS[scenario]
    return TargetUpdate(replace(case.setup(), work_bytes=_HEAD_BYTES), case.update())


def in_place_update() -> TargetUpdate:
    """Return a patch for a device with one slot, whose pages read each other in cycles."""
    case = InPlaceCase(page_bytes=128)
    update = SweptUpdate(
        head=case.head,
        payload=case.payload,
        base=case.base,
        new_image=case.new_image,
        base_counter=BASE_COUNTER,
        new_counter=NEW_COUNTER,
        fragment_bytes=FRAGMENT_BYTES,
    )
    return TargetUpdate(case.setup(), update)


def release_update(version: str, tier: Tier = Tier.TINY) -> TargetUpdate:
    """Return the sample firmware's release as a patch to 1.0.0."""
    base, new = sample.image("1.0.0"), sample.image(version)
    patch = sample.patch_to(version, tier)
    update = SweptUpdate(
        head=seal(manifest_for(PayloadFormat.AIRDELTA, patch, new, base)),
        payload=patch,
        base=base,
        new_image=new,
        base_counter=BASE_COUNTER,
        new_counter=NEW_COUNTER,
        fragment_bytes=_LORAWAN_PIECE_BYTES,
    )
    needs = announced_for(update)
    work_bytes = needs.device_ram_bytes - STACK_BYTES
    setup = replace(sample.SETUP, work_bytes=work_bytes)
    return TargetUpdate(setup, update, defines=DECODERS[tier])


def streamed_update() -> TargetUpdate:
    """Return a full image that is decoded while it is downloaded."""
    case = SCENARIOS["streaming"]
    return TargetUpdate(case.setup(), case.update())


def streamed_release_update(version: str, tier: Tier = Tier.TINY) -> TargetUpdate:
    """Return the release as a patch that is decoded while it is downloaded."""
    setup, update = streaming.release_case(version, tier)
    decoder_bytes = announced_for(update).device_ram_bytes - STACK_BYTES
    setup = replace(setup, work_bytes=decoder_bytes + streaming.CHUNK_BYTES)
    return TargetUpdate(setup, update, defines=DECODERS[tier])


def p256_release_update(version: str) -> TargetUpdate:
    """Return the release with a signature that BearSSL checks on the processor."""
    case = release_update(version)
    manifest = EnvelopeHead.from_bytes(case.update.head).manifest
    signer = LocalSigner(P256_KEY)
    signature = signer.sign(signed_bytes(manifest.to_bytes(), signer.algorithm))
    head = EnvelopeHead.sealed(manifest, signer.algorithm, signature).to_bytes()
    point = P256_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return TargetUpdate(case.setup, replace(case.update, head=head), point)


def announced_for(update: SweptUpdate) -> DecoderNeeds:
    """Return what the decoder needs for a patch."""
    return DecoderNeeds.of(
        update.payload[:PEEK_BYTES],
        base_size=len(update.base),
        new_size=len(update.new_image),
        patch_size=len(update.payload),
    )
